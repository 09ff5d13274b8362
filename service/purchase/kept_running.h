// A job that is driven here. Included by kept*.cc alone.
#pragma once

#include <asio/cancellation_signal.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "base/shared_event.h"
#include "service/purchase/kept.h"

namespace flux::service {

struct KeptPurchases::Running {
  Running(const asio::any_io_executor& loop, Plan planned, PurchaseContext asked, StoredJob stored,
          bool again)
      : plan(std::move(planned)),
        context(std::move(asked)),
        job(std::move(stored)),
        resumed(again),
        done(loop) {}

  Plan plan;
  const PurchaseContext context;  // of who began it
  StoredJob job;
  const bool resumed;     // by ClaimDue: nobody here knows what is to be sent
  bool given_up = false;  // something of it is open still, and is to be looked at by whoever claims the job
  SharedEvent done;
  std::shared_ptr<const Result<v1::Generation>>
      result;  // once done; with URLs where the plan fetches pictures
  asio::cancellation_signal cancel;
};

}  // namespace flux::service

// A job that is driven here. Included by kept*.cc alone.
#pragma once

#include <asio/cancellation_signal.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
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
  const bool resumed;     // by ClaimDue: what is to be sent is in the store, if anywhere
  bool given_up = false;  // something of it is open still, and is to be looked at by whoever claims the job
  std::map<std::size_t, std::uint32_t> ahead;  // by purchase: how many are before it in fal's queue
  std::map<std::size_t, std::string> awaited;  // by purchase: its id at fal, while its end is waited for
  JobLog log;
  bool followed = false;  // somebody wants its log
  JobEnded ended;         // may be null
  SharedEvent done;
  std::shared_ptr<const Result<v1::Generation>>
      result;  // once done; with URLs where the plan fetches pictures
  asio::cancellation_signal cancel;
};

}  // namespace flux::service

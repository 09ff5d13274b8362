// Construction, and the last notes.
#include "service/bill/bill.h"

#include <asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <utility>

namespace flux::service {

Bill::Bill(EventLoop& loop, prometheus::Registry& registry, BillRecords& records, fal::BillingOptions billing,
           BillOptions options, Log& log, const Clock& clock)
    : loop_(loop),
      billing_(loop.context(), std::move(billing)),
      metrics_(registry),
      keeper_({loop.executor(), records, billing_, notes_, metrics_, log, clock}, options) {}

void Bill::WriteNotes() {
  constexpr std::chrono::seconds kPatience{3};
  const auto written = std::make_shared<std::promise<void>>();
  std::future<void> done = written->get_future();
  asio::co_spawn(loop_.executor(), keeper_.WriteNotes(),
                 [written](const std::exception_ptr&) { written->set_value(); });
  done.wait_for(kPatience);
}

}  // namespace flux::service

// Bill: the parts that look after fal's bill, put together.
#pragma once

#include <asio/io_context.hpp>

#include "base/event_loop.h"
#include "service/bill/bill_keeper.h"

namespace flux::service {

// Lives on `loop`, and is destroyed after it has stopped; borrows everything.
class Bill {
 public:
  Bill(EventLoop& loop, prometheus::Registry& registry, BillRecords& records, fal::BillingOptions billing,
       BillOptions options, Log& log, const Clock& clock);

  // What was bought without a record is noted here, on the loop.
  BoughtNotes& notes() { return notes_; }

  // Once, from any thread.
  void Start() { keeper_.Start(); }

  // At the end: writes down what was noted, for some seconds at most. Not on the loop.
  void WriteNotes();

 private:
  EventLoop& loop_;
  fal::CurlFalBilling billing_;
  BillMetrics metrics_;
  BoughtNotes notes_;
  BillKeeper keeper_;
};

}  // namespace flux::service

// AccessRecord: the access log line of one request, written when its reply has ended, so that it says whether
// the caller got it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/reason.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// What the line says, as known when the reply was made.
struct AccessEntry {
  std::string request_id;
  std::string trace_id;
  std::string remote;
  std::string caller;
  std::string method;
  std::string path;
  int status = 0;
  std::optional<Reason> failure;
  Billed billed = Billed::kNo;
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;  // of the whole body; of a stream what was sent counts
  bool streamed = false;
  SteadyTime arrived{};
  std::string job;  // that the reply told of; empty: none
  std::chrono::duration<double> upstream{0};
  std::chrono::duration<double> duration{0};  // until the reply was made; a stream counts until it ends
};

// A reply that was cut is told as 499 and CUT with the bytes that arrived and "delivered":false, unless it
// had a reason of its own; one that is never told of counts as cut.
class AccessRecord final : public ReplyWatcher {
 public:
  // Borrows both.
  AccessRecord(Log& log, const Clock& clock, AccessEntry access)
      : log_(log), clock_(clock), access_(std::move(access)) {}
  ~AccessRecord() override { Write(); }
  AccessRecord(const AccessRecord&) = delete;
  AccessRecord& operator=(const AccessRecord&) = delete;

  void Ended(const Delivery& delivery) override { delivery_ = delivery; }

 private:
  void Write() const;

  Log& log_;
  const Clock& clock_;
  const AccessEntry access_;
  Delivery delivery_;
};

}  // namespace flux::gateway

// History: fal's own record of requests, of run and queue alike, as its platform API lists them (fal-api
// §14). Rows are seen late: a request is listed `lag` after it was sent, its end `lag` after it ended.
// Bounded, the oldest rows go first, and payloads before rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "sim/json.h"

namespace flux::sim {

struct HistoryQuery {
  enum class Status : std::uint8_t { kAny, kSuccess, kUserError, kError };
  enum class Sort : std::uint8_t { kEndedAt, kDuration };

  std::vector<std::string> endpoints = {};
  // When it was sent; `end` is exclusive. Which time fal means is not documented.
  std::optional<WallTime> start = {};
  std::optional<WallTime> end = {};
  std::optional<std::string> request_id = {};
  Status status = Status::kAny;
  Sort sort = Sort::kEndedAt;  // the latest or the longest first; what has not ended comes before
  std::size_t limit = 50;
  bool payloads = false;
  std::string cursor = {};                 // next_cursor of the page before; empty: the first page
  std::chrono::milliseconds extra_lag{0};  // on top of the history's own
};

struct HistoryBounds {
  std::size_t rows = 100'000;
  std::size_t payload_bytes = 256 << 20;  // of all rows
  std::size_t page_bytes = 32 << 20;      // of payloads; a page ends early beyond that
};

// Thread-safe.
class History {
 public:
  // `clock` outlives it.
  History(const Clock& clock, std::chrono::milliseconds lag, HistoryBounds bounds = {})
      : clock_(clock), lag_(lag), bounds_(bounds) {}

  // `input` is the body as it came. Without `keeps_payloads` neither it nor the output is kept.
  void Sent(const std::string& request_id, std::string_view endpoint, std::string_view input,
            bool keeps_payloads);
  void Started(const std::string& request_id);
  // An empty `output` is not listed.
  void Ended(const std::string& request_id, int status, std::string_view output);
  void Reset();

  // {"items": […], "next_cursor": …, "has_more": …}; nothing when the cursor is none of its own.
  std::optional<Json> List(const HistoryQuery& query) const;

 private:
  using Payload = std::shared_ptr<const std::string>;
  struct Row {
    std::uint64_t number = 0;  // in the order of sending
    std::string request_id;
    std::string endpoint;
    bool keeps_payloads = true;
    Payload input;  // null when there is none (any more)
    Payload output;
    int status = 0;
    WallTime sent_at;
    SteadyTime sent;  // for the lag
    std::optional<WallTime> started_at;
    std::optional<WallTime> ended_at;
    SteadyTime ended;

    std::chrono::microseconds Duration() const;
    std::size_t PayloadBytes() const;
  };

  Row* Find(const std::string& request_id);
  void DropOldPayloads();
  static Json Item(const Row& row, bool ended, bool payloads);

  const Clock& clock_;
  const std::chrono::milliseconds lag_;
  const HistoryBounds bounds_;
  mutable std::mutex mutex_;
  std::deque<Row> rows_;                                    // guarded by mutex_, as all below
  std::unordered_map<std::string, std::uint64_t> numbers_;  // by request id
  std::uint64_t next_number_ = 0;
  std::uint64_t first_with_payload_ = 0;  // a number; rows before it have none
  std::size_t payload_bytes_ = 0;
};

}  // namespace flux::sim

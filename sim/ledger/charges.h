// Charges: fal's bill, as its platform API tells it (fal-api §14): one event a request, seen late, its amount
// perhaps 0 at first; and what is left of the account's credits. Bounded, the oldest go first.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sim/json.h"

namespace flux::sim {

// How the bill is told.
struct BillingHabits {
  double percent_discount = 0;                      // of what is charged from now on
  std::chrono::milliseconds lag{3'000};             // from the request to its event
  std::chrono::milliseconds provisional{0};         // how long after that the amount is 0
  bool short_ids = false;                           // events name owner and app alone
  std::int64_t credits_nano_usd = 100'000'000'000;  // before anything was charged
};

struct ChargesQuery {
  std::optional<WallTime> start = {};
  std::optional<WallTime> end = {};  // exclusive
  std::vector<std::string> endpoints = {};
  std::vector<std::string> request_ids = {};
  std::size_t limit = 1'000;
  std::string cursor = {};                 // next_cursor of the page before; empty: the first page
  std::chrono::milliseconds extra_lag{0};  // on top of the usual one
};

// Thread-safe.
class Charges {
 public:
  static constexpr std::size_t kMost = 100'000;

  // `clock` outlives it.
  Charges(const Clock& clock, std::chrono::milliseconds lag) : clock_(clock) { habits_.lag = lag; }

  // Charges a request for units, discount taken off; what it costs, in billionths of a dollar.
  std::int64_t Add(const std::string& request_id, const std::string& endpoint, double units);
  void Reset();

  BillingHabits habits() const;
  void set_habits(const BillingHabits& habits);

  // {"billing_events": […], "next_cursor": …, "has_more": …}, the newest first; nothing when the cursor is
  // none of its own.
  std::optional<Json> List(const ChargesQuery& query) const;

  std::int64_t CreditsLeft() const;

 private:
  struct Event {
    std::uint64_t number = 0;
    std::string request_id;
    std::string endpoint;
    WallTime at;
    SteadyTime added;
    double units = 0;
    std::int64_t subtotal_nano_usd = 0;
    std::int64_t total_nano_usd = 0;
    double percent_discount = 0;
  };

  Json Item(const Event& event, SteadyTime now) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  BillingHabits habits_;  // guarded by mutex_, as all below
  std::deque<Event> events_;
  std::uint64_t next_number_ = 1;
  std::int64_t charged_nano_usd_ = 0;
};

}  // namespace flux::sim

// Ledger: what fal would bill, and what it was sent. Tests hold the product against it: nothing paid twice,
// nothing paid and lost. Bounded, the oldest entries go first.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/json.h"
#include "sim/ledger/charges.h"

namespace flux::sim {

// One generation that was billed.
struct Purchase {
  std::string request_id;
  std::string endpoint;
  std::string_view door;  // "run" or "queue"
  double billable_units = 0;
  std::int64_t images = 0;
  Json seed;
  int status = 0;    // as sent; 0 when nothing was
  std::string time;  // ISO 8601
  std::string input_sha256;
  std::string prompt;              // its first kMostPromptBytes
  bool charged = true;             // false: fal forgets to charge it
  std::int64_t cost_nano_usd = 0;  // counted by the ledger
};

// Which purchases are asked for; what is absent matches all.
struct LedgerFilter {
  std::optional<std::string> prompt = {};
  std::optional<std::string> request_id = {};
  std::optional<std::string> endpoint = {};
  std::optional<std::string> door = {};
};

// One POST to a model, as it came in.
struct Received {
  std::string request_id;
  std::string endpoint;
  std::vector<std::pair<std::string, std::string>> headers;  // without credentials; names in lower case
  std::string body;
};

// Thread-safe.
class Ledger {
 public:
  static constexpr std::size_t kMostPurchases = 100'000;
  static constexpr std::size_t kMostPromptBytes = 1'000;
  static constexpr std::size_t kMostReceived = 1'000;
  static constexpr std::size_t kMostReceivedBytes = 128 << 20;  // of bodies; the newest is always kept

  // What is billed is charged there; borrowed, null: nowhere.
  explicit Ledger(Charges* charges = nullptr, std::size_t most_purchases = kMostPurchases)
      : charges_(charges), most_purchases_(most_purchases) {}

  void Receive(Received received);
  void Bill(Purchase purchase);
  // Forgets everything.
  void Reset();

  // {"purchases": […], "requests": N, "billed_units": X, "cost_nano_usd": Y}: the purchases that match,
  // oldest first. N, X and Y count all, also what is forgotten by now.
  Json Bills(const LedgerFilter& filter = {}) const;
  // {"requests": [{"request_id", "endpoint", "headers", "body"}]}; a body that is not JSON is a string.
  Json Requests() const;

 private:
  Charges* const charges_;
  const std::size_t most_purchases_;
  mutable std::mutex mutex_;
  std::deque<Purchase> purchases_;  // guarded by mutex_, as all below
  std::deque<Received> received_;
  std::size_t received_bytes_ = 0;
  std::int64_t requests_ = 0;
  double billed_units_ = 0;
  std::int64_t cost_nano_usd_ = 0;
};

}  // namespace flux::sim

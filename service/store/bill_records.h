// BillRecords: what was bought and what fal charged for it, side by side, by the ids that fal gave the
// requests. Knows nothing of how fal is asked.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/reason.h"
#include "base/result.h"

namespace flux::service {

// A purchase that has no record of its own, as the bill is held against it. Money is in billionths of a
// dollar.
struct Bought {
  std::string fal_request_id;
  std::string endpoint;  // fal application
  std::string caller;
  std::string model;             // public name
  Billed billed = Billed::kYes;  // what was believed when it ended
  std::int64_t estimated_nano_usd = 0;
  std::int64_t settled_nano_usd = 0;  // what it cost by what fal said then
};

// What fal charged for one of its requests.
struct Charge {
  std::string fal_request_id;
  std::string endpoint;
  WallTime at;
  std::int64_t charged_nano_usd = 0;  // discounts taken off; 0 may be provisional
};

// The right to ask fal for charges, which one process has at a time.
struct BillTurn {
  std::string claim;
  WallTime since;          // charges of before are not looked for: nothing was noted then
  WallTime fetched_until;  // what the last turn that went well had asked for
};

// What came of keeping charges.
struct KeptCharges {
  std::uint64_t added = 0;          // that were not known
  std::uint64_t changed = 0;        // known, and now of another amount
  std::int64_t added_nano_usd = 0;  // by how much the sum of all charges has changed
};

enum class FindingKind {
  kUnexplained,  // charged, and no purchase here has that id: somebody else uses the key
  kUncharged,    // believed billed, and not charged
  kUnexpected,   // believed not billed, and charged
};

// "unexplained" and so on, as it is stored and shown.
std::string_view Name(FindingKind kind);
std::optional<FindingKind> FindFindingKind(std::string_view name);

// A request on which the bill and the records do not agree.
struct Finding {
  FindingKind kind = FindingKind::kUnexplained;
  WallTime at = {};
  std::string fal_request_id = {};
  std::string endpoint = {};
  std::string caller = {};  // kUnexplained: empty, as are the two below
  std::string model = {};
  std::string job = {};  // its id; empty: it had no record of its own
  std::int64_t settled_nano_usd = 0;
  std::int64_t charged_nano_usd = 0;
};

// How a turn ended.
struct BillNote {
  std::optional<WallTime> fetched_until = {};  // nothing: it went wrong
  std::chrono::milliseconds due_in{0};         // when the next turn is due
  std::chrono::milliseconds lag{0};            // younger findings may still resolve, and are not told
};

// What was bought and charged on a day.
struct BillDay {
  std::string day;        // "2026-11-25", UTC
  bool explained = true;  // false: fal charged it and no purchase is known; `model` is fal's application then
  std::string caller;
  std::string model;
  std::uint64_t purchases = 0;
  std::int64_t estimated_nano_usd = 0;
  std::int64_t settled_nano_usd = 0;
  std::uint64_t charges = 0;
  std::int64_t charged_nano_usd = 0;
  std::int64_t checked_nano_usd = 0;  // of what was settled the part that fal has charged something for
};

struct BillQuery {
  std::optional<std::string> caller = {};  // nothing: all, summed up, and what is not explained
  std::string first_day;                   // "2026-11-25"
  std::chrono::milliseconds lag{0};        // younger findings are left out
  std::uint32_t most_findings = 100;
};

struct BillView {
  std::vector<BillDay> days;                // oldest first
  std::vector<Finding> findings;            // newest first
  std::optional<WallTime> fetched_at = {};  // when fal was last asked with success
};

// How long each purchase and charge is remembered by itself, after it was looked at for the last time; sums
// by day are remembered as long as what accounts spent.
inline constexpr int kBillKeptDays = 7;

// Verbs as those of Store: called on its loop, failing with STORE_UNAVAILABLE, harmless when they are asked
// again. None needs to survive a power failure at once, since fal can be asked again.
class BillRecords {
 public:
  virtual ~BillRecords() = default;

  // Claims the next turn for `hold`, where one is due and nobody has it; from the first time on purchases are
  // noted as they end. Takes in what the store knows of purchases that have ended.
  virtual asio::awaitable<Result<std::optional<BillTurn>>> TakeTurn(std::chrono::milliseconds hold) = 0;

  // Notes purchases that have no record of their own.
  virtual asio::awaitable<Result<bool>> NoteBought(std::vector<Bought> bought) = 0;

  // Notes what fal charged, and keeps the turn for another `hold`. Nothing: the turn is another's by now, and
  // nothing was changed. Charges of before BillTurn::since are passed over unless a purchase is known.
  virtual asio::awaitable<Result<std::optional<KeptCharges>>> KeepCharges(std::string claim,
                                                                          std::chrono::milliseconds hold,
                                                                          std::vector<Charge> charges) = 0;

  // Ends a turn, and returns findings that nobody was told of before; each is returned once, up to a hundred
  // at a time.
  virtual asio::awaitable<Result<std::vector<Finding>>> EndTurn(std::string claim, BillNote note) = 0;

  virtual asio::awaitable<Result<BillView>> View(BillQuery query) = 0;
};

}  // namespace flux::service

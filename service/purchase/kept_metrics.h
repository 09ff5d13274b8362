// KeptMetrics: what is counted of purchases that are remembered.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "service/store/store.h"

namespace prometheus {
class Registry;
}

namespace flux::service {

// What became of a request for a purchase that is remembered.
enum class KeptEvent { kBegun, kJoined, kReplayed, kReused, kUnknown, kOverBudget, kStoreAway };
inline constexpr std::size_t kKeptEvents = 7;

// What fal's history, or its queue, said of a purchase that somebody had left open.
enum class Resolved { kSucceeded, kFailed, kNotFound, kRefused };
inline constexpr std::size_t kResolvedKinds = 4;

// Series:
//   flux_service_kept_requests_total{outcome}   flux_service_purchases_resolved_total{to}
//   flux_service_purchases_open   flux_service_purchases_unknown   flux_service_jobs_undelivered
//   flux_service_purchases_by_state{state}   flux_service_purchases_open_oldest_seconds
//   flux_service_jobs_taken_up_total   flux_service_webhooks_pending
//   flux_service_purchases_unknown_oldest_seconds   flux_service_store_up   flux_service_unknown_for_seconds
//   flux_service_budget_limit_dollars{name, period}   flux_service_budget_left_dollars{name, period}
// Thread-safe.
class KeptMetrics {
 public:
  KeptMetrics(prometheus::Registry& registry, std::chrono::seconds unknown_for);
  ~KeptMetrics();

  void Count(KeptEvent event);
  void Count(Resolved resolved);
  // Jobs that were claimed because somebody had left them open.
  void CountTakenUp(std::size_t jobs);
  // What the store has now.
  void Show(const StoreTotals& totals, WallTime now);
  void ShowStore(bool up);
  // These budgets and no others. Called by one thread.
  void Show(const std::vector<BudgetState>& budgets);

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace flux::service

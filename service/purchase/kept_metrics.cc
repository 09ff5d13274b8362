// All series exist from the start: their labels are closed lists.
#include "service/purchase/kept_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "service/purchase/budget.h"

namespace flux::service {

struct KeptMetrics::Series {
  std::array<prometheus::Counter*, kKeptEvents> events;
  std::array<prometheus::Counter*, kResolvedKinds> resolved;
  prometheus::Gauge* open;
  prometheus::Gauge* unknown;
  prometheus::Gauge* undelivered;
  prometheus::Counter* taken_up;
  std::array<prometheus::Gauge*, 4> by_state;
  prometheus::Gauge* open_oldest;
  prometheus::Gauge* webhooks;
  prometheus::Gauge* oldest;
  prometheus::Gauge* store_up;
  prometheus::Family<prometheus::Gauge>* limits;
  prometheus::Family<prometheus::Gauge>* lefts;
  struct BudgetGauges {
    prometheus::Gauge* limit = nullptr;
    prometheus::Gauge* left = nullptr;
  };
  std::map<std::pair<std::string, BudgetPeriod>, BudgetGauges> budgets;  // by account
};

KeptMetrics::KeptMetrics(prometheus::Registry& registry, std::chrono::seconds unknown_for)
    : series_(std::make_unique<Series>()) {
  constexpr std::array<const char*, kKeptEvents> kEvents{"begun",   "joined",      "replayed",  "key_reused",
                                                         "unknown", "over_budget", "store_away"};
  constexpr std::array<const char*, kResolvedKinds> kResolved{"succeeded", "failed", "not_found", "refused"};
  auto& events = prometheus::BuildCounter()
                     .Name("flux_service_kept_requests_total")
                     .Help("Requests for purchases that are remembered, by what became of them.")
                     .Register(registry);
  for (std::size_t i = 0; i < kKeptEvents; ++i) series_->events[i] = &events.Add({{"outcome", kEvents[i]}});
  auto& resolved = prometheus::BuildCounter()
                       .Name("flux_service_purchases_resolved_total")
                       .Help("Answers of fal on purchases whose own answer was lost.")
                       .Register(registry);
  for (std::size_t i = 0; i < kResolvedKinds; ++i)
    series_->resolved[i] = &resolved.Add({{"to", kResolved[i]}});
  const auto gauge = [&registry](const char* name, const char* help) {
    return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  };
  series_->open = gauge("flux_service_purchases_open", "Remembered purchases that are not over.");
  series_->unknown =
      gauge("flux_service_purchases_unknown", "Purchases that were sent and whose outcome is not known.");
  series_->undelivered =
      gauge("flux_service_jobs_undelivered", "Remembered pictures that nobody has been answered with.");
  series_->taken_up =
      &prometheus::BuildCounter()
           .Name("flux_service_jobs_taken_up_total")
           .Help("Jobs that were taken up because the process that drove them had ended, or let go of them.")
           .Register(registry)
           .Add({});
  auto& by_state = prometheus::BuildGauge()
                       .Name("flux_service_purchases_by_state")
                       .Help("Remembered purchases that are not over, by how far they have come.")
                       .Register(registry);
  constexpr std::array<const char*, 4> kStates{"reserved", "sent", "accepted", "unknown"};
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    series_->by_state[i] = &by_state.Add({{"state", kStates[i]}});
  }
  series_->open_oldest =
      gauge("flux_service_purchases_open_oldest_seconds",
            "How long ago the oldest purchase was sent that fal has not finished; 0: there is none.");
  series_->webhooks = gauge("flux_service_webhooks_pending", "Webhooks to callers that are to be delivered.");
  series_->oldest =
      gauge("flux_service_purchases_unknown_oldest_seconds",
            "How long ago the oldest purchase was sent whose outcome is not known; 0: there is none.");
  series_->limits = &prometheus::BuildGauge()
                         .Name("flux_service_budget_limit_dollars")
                         .Help("What a name of the budgets file may spend in the running day or month.")
                         .Register(registry);
  series_->lefts = &prometheus::BuildGauge()
                        .Name("flux_service_budget_left_dollars")
                        .Help("What of it is neither spent nor reserved.")
                        .Register(registry);
  gauge("flux_service_unknown_for_seconds", "How long fal's history is asked for a lost outcome.")
      ->Set(static_cast<double>(unknown_for.count()));
  series_->store_up = gauge("flux_service_store_up", "1 while the store of purchases answers, else 0.");
}

KeptMetrics::~KeptMetrics() = default;

void KeptMetrics::Count(KeptEvent event) {
  series_->events[static_cast<std::size_t>(event)]->Increment();
}

void KeptMetrics::Count(Resolved resolved) {
  series_->resolved[static_cast<std::size_t>(resolved)]->Increment();
}

void KeptMetrics::CountTakenUp(std::size_t jobs) {
  series_->taken_up->Increment(static_cast<double>(jobs));
}

void KeptMetrics::Show(const StoreTotals& totals, WallTime now) {
  const std::uint64_t counts[] = {totals.reserved, totals.sent, totals.accepted, totals.unknown};
  for (std::size_t i = 0; i < series_->by_state.size(); ++i) {
    series_->by_state[i]->Set(static_cast<double>(counts[i]));
  }
  series_->open_oldest->Set(
      totals.oldest_open ? std::chrono::duration<double>(now - *totals.oldest_open).count() : 0);
  series_->webhooks->Set(static_cast<double>(totals.webhooks));
  series_->open->Set(static_cast<double>(totals.open));
  series_->unknown->Set(static_cast<double>(totals.unknown));
  series_->undelivered->Set(static_cast<double>(totals.undelivered));
  const double age =
      totals.oldest_unknown ? std::chrono::duration<double>(now - *totals.oldest_unknown).count() : 0;
  series_->oldest->Set(age);
}

void KeptMetrics::ShowStore(bool up) {
  series_->store_up->Set(up ? 1 : 0);
}

void KeptMetrics::Show(const std::vector<BudgetState>& budgets) {
  constexpr double kNanoPerDollar = 1e9;
  std::map<std::pair<std::string, BudgetPeriod>, Series::BudgetGauges> gone;
  gone.swap(series_->budgets);
  for (const BudgetState& state : budgets) {
    auto node = gone.extract({state.line.account, state.line.period});
    if (node.empty()) {
      const prometheus::Labels labels{{"name", NameOf(state.line.account)},
                                      {"period", state.line.period == BudgetPeriod::kDay ? "day" : "month"}};
      series_->budgets[{state.line.account, state.line.period}] = {&series_->limits->Add(labels),
                                                                   &series_->lefts->Add(labels)};
    } else {
      series_->budgets.insert(std::move(node));
    }
    const Series::BudgetGauges& shown = series_->budgets[{state.line.account, state.line.period}];
    shown.limit->Set(static_cast<double>(state.line.limit_nano_usd) / kNanoPerDollar);
    shown.left->Set(static_cast<double>(state.Left()) / kNanoPerDollar);
  }
  for (const auto& [budget, shown] : gone) {
    series_->limits->Remove(shown.limit);
    series_->lefts->Remove(shown.left);
  }
}

}  // namespace flux::service

// All series but the credits exist from the start: their labels are closed lists.
#include "service/bill/bill_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <string>

namespace flux::service {
namespace {

enum FetchOutcome : std::size_t { kOk, kRefused, kThrottled, kUnreadable, kFailed };
enum Amount : std::size_t { kEstimated, kSettled, kCharged, kUnexplained };

constexpr std::array<FindingKind, 3> kKinds{FindingKind::kUnexplained, FindingKind::kUncharged,
                                            FindingKind::kUnexpected};

double ToDollars(std::int64_t nano_usd) {
  constexpr double kNanoPerDollar = 1e9;
  return static_cast<double>(nano_usd) / kNanoPerDollar;
}

FetchOutcome OutcomeOf(const Status& failed) {
  switch (failed.reason) {
    case Reason::kUpstreamAccount:
      return kRefused;
    case Reason::kUpstreamThrottled:
      return kThrottled;
    case Reason::kUpstreamProtocol:
    case Reason::kUpstreamReplyTooLarge:
      return kUnreadable;
    default:
      return kFailed;
  }
}

}  // namespace

struct BillMetrics::Series {
  explicit Series(prometheus::Registry& owner) : registry(owner) {
    const auto counters = [this](const char* name, const char* help) {
      return &prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    };
    const auto gauges = [this](const char* name, const char* help) {
      return &prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    };
    auto* family =
        counters("flux_bill_fetches_total", "Times that fal was asked what it charged, by outcome.");
    constexpr std::array kOutcomes{"ok", "refused", "throttled", "unreadable", "failed"};
    for (std::size_t i = 0; i < fetches.size(); ++i) fetches[i] = &family->Add({{"outcome", kOutcomes[i]}});
    family = counters("flux_bill_events_total",
                      "Charges that fal told: new, changed since they were told first, or not readable.");
    constexpr std::array kEvents{"new", "changed", "unreadable"};
    for (std::size_t i = 0; i < events.size(); ++i) events[i] = &family->Add({{"outcome", kEvents[i]}});
    charged = &counters("flux_bill_charged_dollars_total", "What fal charged, bought here or not.")->Add({});
    auto* recent =
        gauges("flux_bill_recent_dollars",
               "Of today and yesterday (UTC): what purchases were estimated at, what they cost by "
               "what fal said at once, what fal charged for them, and what it charged for requests "
               "that nobody here made.");
    constexpr std::array kAmounts{"estimated", "settled", "charged", "unexplained"};
    for (std::size_t i = 0; i < amounts.size(); ++i) amounts[i] = &recent->Add({{"amount", kAmounts[i]}});
    drift = &gauges("flux_bill_drift_ratio",
                    "By how much fal's charges are above what these purchases cost by what fal said at once; "
                    "0.1: a tenth more; of today and yesterday (UTC).")
                 ->Add({});
    auto* standing =
        gauges("flux_bill_recent_findings",
               "Requests of today and yesterday (UTC) on which fal's bill and the records do not "
               "agree, a thousand at most.");
    auto* told = counters("flux_bill_findings_total",
                          "Requests on which fal's bill and the records do not agree: charged and bought by "
                          "nobody here, believed billed and not charged, believed not billed and charged.");
    auto* told_dollars = counters("flux_bill_findings_dollars_total",
                                  "What such requests cost: charged, or where nothing was, believed.");
    for (const FindingKind kind : kKinds) {
      const auto i = static_cast<std::size_t>(kind);
      const std::string name(Name(kind));
      recent_findings[i] = &standing->Add({{"kind", name}});
      findings[i] = &told->Add({{"kind", name}});
      findings_dollars[i] = &told_dollars->Add({{"kind", name}});
    }
    refused = &gauges("flux_bill_refused", "1 while fal does not let FAL_BILLING_KEY read the bill, else 0.")
                   ->Add({});
    last_success = &gauges("flux_bill_last_success_timestamp_seconds",
                           "When fal's bill was last read to its end, by any replica; 0: never.")
                        ->Add({});
    notes_lost = &counters("flux_bill_notes_lost_total",
                           "Purchases without a record that could not be noted for the bill.")
                      ->Add({});
  }

  prometheus::Registry& registry;
  std::array<prometheus::Counter*, 5> fetches{};
  std::array<prometheus::Counter*, 3> events{};
  prometheus::Counter* charged = nullptr;
  std::array<prometheus::Gauge*, 4> amounts{};
  prometheus::Gauge* drift = nullptr;
  std::array<prometheus::Gauge*, 3> recent_findings{};
  std::array<prometheus::Counter*, 3> findings{};
  std::array<prometheus::Counter*, 3> findings_dollars{};
  prometheus::Gauge* refused = nullptr;
  prometheus::Gauge* last_success = nullptr;
  prometheus::Gauge* credits = nullptr;
  prometheus::Counter* notes_lost = nullptr;
  std::uint64_t lost_counted = 0;
};

BillMetrics::BillMetrics(prometheus::Registry& registry) : series_(std::make_unique<Series>(registry)) {}

BillMetrics::~BillMetrics() = default;

void BillMetrics::CountFetch() {
  series_->fetches[kOk]->Increment();
}

void BillMetrics::CountFetch(const Status& failed) {
  series_->fetches[OutcomeOf(failed)]->Increment();
}

void BillMetrics::Count(const KeptCharges& kept) {
  series_->events[0]->Increment(static_cast<double>(kept.added));
  series_->events[1]->Increment(static_cast<double>(kept.changed));
  // A counter does not go back where fal takes something off afterwards.
  if (kept.added_nano_usd > 0) series_->charged->Increment(ToDollars(kept.added_nano_usd));
}

void BillMetrics::CountUnreadable(std::size_t events) {
  series_->events[2]->Increment(static_cast<double>(events));
}

void BillMetrics::Count(const Finding& finding) {
  const auto kind = static_cast<std::size_t>(finding.kind);
  const bool charged = finding.kind != FindingKind::kUncharged;
  series_->findings[kind]->Increment();
  series_->findings_dollars[kind]->Increment(
      ToDollars(charged ? finding.charged_nano_usd : finding.settled_nano_usd));
}

void BillMetrics::CountLost(std::uint64_t so_far) {
  series_->notes_lost->Increment(static_cast<double>(so_far - series_->lost_counted));
  series_->lost_counted = so_far;
}

void BillMetrics::ShowRefused(bool refused) {
  series_->refused->Set(refused ? 1 : 0);
}

void BillMetrics::ShowCredits(std::int64_t nano_usd) {
  if (series_->credits == nullptr) {
    series_->credits = &prometheus::BuildGauge()
                            .Name("flux_bill_credits_dollars")
                            .Help("What is left of the fal account's credits.")
                            .Register(series_->registry)
                            .Add({});
  }
  series_->credits->Set(ToDollars(nano_usd));
}

void BillMetrics::Show(const BillView& recent) {
  std::array<std::int64_t, 4> sums{};
  std::int64_t checked = 0;
  for (const BillDay& day : recent.days) {
    sums[day.explained ? kCharged : kUnexplained] += day.charged_nano_usd;
    sums[kEstimated] += day.estimated_nano_usd;
    sums[kSettled] += day.settled_nano_usd;
    checked += day.checked_nano_usd;
  }
  for (std::size_t i = 0; i < sums.size(); ++i) series_->amounts[i]->Set(ToDollars(sums[i]));
  series_->drift->Set(checked > 0 ? ToDollars(sums[kCharged]) / ToDollars(checked) - 1 : 0);
  std::array<std::size_t, 3> counts{};
  for (const Finding& finding : recent.findings) ++counts[static_cast<std::size_t>(finding.kind)];
  for (std::size_t i = 0; i < counts.size(); ++i) {
    series_->recent_findings[i]->Set(static_cast<double>(counts[i]));
  }
  if (recent.fetched_at) {
    series_->last_success->Set(std::chrono::duration<double>(recent.fetched_at->time_since_epoch()).count());
  }
}

}  // namespace flux::service

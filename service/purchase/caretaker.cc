// One coroutine with a short beat, and longer ones counted in it.
#include "service/purchase/caretaker.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/this_coro.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/event.h"

namespace flux::service {
namespace {

constexpr std::chrono::milliseconds kBeat{500};
constexpr std::chrono::seconds kTotals{5};
constexpr std::chrono::seconds kExpiry{60};
constexpr std::uint32_t kAtOnce = 256;

// Whether somebody has left it open; what is UNKNOWN is looked at now and then anyway.
bool WasLeft(const StoredJob& job) {
  return std::ranges::any_of(job.purchases, [](const StoredPurchase& one) {
    return !IsOver(one.state) && one.state != PurchaseState::kUnknown;
  });
}

}  // namespace

Caretaker::Caretaker(asio::any_io_executor loop, Store& store, KeptPurchases& kept, const BudgetBook& budgets,
                     KeptMetrics& metrics, Log& log, const Clock& clock, CaretakerOptions options)
    : loop_(std::move(loop)),
      store_(store),
      kept_(kept),
      budgets_(budgets),
      metrics_(metrics),
      log_(log),
      clock_(clock),
      options_(options) {}

void Caretaker::Start() {
  asio::co_spawn(loop_, Run(), asio::detached);
}

asio::awaitable<void> Caretaker::Run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  SteadyTime renew{};
  SteadyTime totals{};
  SteadyTime expiry{};
  const auto due = [](SteadyTime& next, std::chrono::milliseconds period) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < next) return false;
    next = now + period;
    return true;
  };
  for (;;) {
    if (due(renew, options_.lease / 3) && kept_.driven() > 0) {
      static_cast<void>(co_await store_.Renew());
    }
    while (kept_.driven() < options_.most_driven && co_await Claim()) {
    }
    if (due(totals, kTotals)) {
      const Result<StoreTotals> now = co_await store_.Totals();
      if (now) metrics_.Show(*now, clock_.WallNow());
      co_await ShowBudgets();
    }
    if (due(expiry, kExpiry)) static_cast<void>(co_await store_.Expire(1'000));
    TellStore();
    Event never(loop_);
    co_await never.Wait(std::chrono::steady_clock::now() + std::min(kBeat, options_.lease / 3));
  }
}

asio::awaitable<bool> Caretaker::Claim() {
  Result<std::vector<StoredJob>> jobs = co_await store_.ClaimDue(kAtOnce);
  if (!jobs) co_return false;
  metrics_.CountTakenUp(static_cast<std::size_t>(std::ranges::count_if(*jobs, &WasLeft)));
  for (StoredJob& job : *jobs) {
    log_.Info("job_taken_up", {{"job", job.id}, {"state", Name(job.purchases.front().state)}});
    kept_.Resume(std::move(job));
  }
  co_return jobs->size() == kAtOnce;
}

asio::awaitable<void> Caretaker::ShowBudgets() {
  std::vector<BudgetLine> lines = budgets_.NamedLines();
  Result<std::vector<BudgetState>> now = std::vector<BudgetState>();
  if (!lines.empty()) now = co_await store_.Budgets(std::move(lines));
  if (now) metrics_.Show(*now);
}

void Caretaker::TellStore() {
  const std::string problem = store_.Problem();
  metrics_.ShowStore(problem.empty());
  if (problem.empty() != away_) return;
  away_ = !problem.empty();
  if (away_) {
    log_.Error("store_away", {{"message", problem}});
  } else {
    log_.Info("store_back", {});
  }
}

}  // namespace flux::service

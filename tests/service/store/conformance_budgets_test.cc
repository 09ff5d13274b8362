// Every kind of store: budgets are exact, whoever asks at the same time.
#include "service/store/days.h"
#include "tests/service/store/conformance.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using Kind = Begun::Kind;

class StoreBudgets : public StoreFixture {
 protected:
  static NewJob Limited(const std::string& id, const std::string& caller, std::int64_t limit) {
    NewJob job = MakeJob(id, caller, id);
    job.limits = {{caller, BudgetPeriod::kDay, limit}};
    return job;
  }
  BudgetState State(const std::string& account, BudgetPeriod period = BudgetPeriod::kDay) {
    return Must(store_->Budgets({{account, period, kPrice * 10}})).at(0);
  }
};

TEST_P(StoreBudgets, AreReservedAndSettled) {
  EXPECT_EQ(State("alice").Left(), kPrice * 10);
  const Begun begun = Must(store_->Begin(Limited("j1", "alice", kPrice * 10)));
  ASSERT_TRUE(begun.budget);
  EXPECT_EQ(begun.budget->Left(), kPrice * 9);
  EXPECT_EQ(begun.budget->line.account, "alice");
  for (const std::string account : {"alice", "total"}) {
    for (const BudgetPeriod period : {BudgetPeriod::kDay, BudgetPeriod::kMonth}) {
      EXPECT_EQ(State(account, period).reserved_nano_usd, kPrice);
      EXPECT_EQ(State(account, period).spent_nano_usd, 0);
    }
  }
  Must(store_->Finish("j1", 0, Succeeded("picture", kPrice / 2)));
  Must(store_->Finish("j1", 0, Succeeded("picture", kPrice / 2)));
  for (const std::string account : {"alice", "total"}) {
    for (const BudgetPeriod period : {BudgetPeriod::kDay, BudgetPeriod::kMonth}) {
      EXPECT_EQ(State(account, period).reserved_nano_usd, 0);
      EXPECT_EQ(State(account, period).spent_nano_usd, kPrice / 2);
    }
  }
  EXPECT_EQ(State("bob").spent_nano_usd, 0);
}

TEST_P(StoreBudgets, ResetAtMidnightOrAtTheEndOfTheMonth) {
  const BudgetState day = State("alice");
  const BudgetState month = State("alice", BudgetPeriod::kMonth);
  EXPECT_EQ(day.resets_at, std::chrono::floor<std::chrono::days>(day.resets_at));
  EXPECT_EQ(DayOf(month.resets_at).substr(8), "01");
  EXPECT_LE(day.resets_at, month.resets_at);
  EXPECT_NE(MonthOf(month.resets_at), MonthOf(month.resets_at - 1s));
}

TEST_P(StoreBudgets, AFailureThatCostNothingGivesBackWhatItHeld) {
  Must(store_->Begin(Limited("j1", "alice", kPrice)));
  const Begun refused = Must(store_->Begin(Limited("j2", "alice", kPrice)));
  EXPECT_EQ(refused.kind, Kind::kOverBudget);
  ASSERT_TRUE(refused.budget);
  EXPECT_EQ(refused.budget->Left(), 0);
  EXPECT_FALSE(Must(store_->Get("j2")));
  Must(store_->Finish("j1", 0, Failed()));
  EXPECT_EQ(BeginKind(Limited("j2", "alice", kPrice)), Kind::kNew);
}

TEST_P(StoreBudgets, AnUnknownOutcomeKeepsWhatItHolds) {
  Must(store_->Begin(Limited("j1", "alice", kPrice)));
  Must(store_->Finish("j1", 0, Unknown(0ms)));
  EXPECT_EQ(State("alice").reserved_nano_usd, kPrice);
  EXPECT_EQ(BeginKind(Limited("j2", "alice", kPrice)), Kind::kOverBudget);
  Must(store_->ClaimDue(1));
  Must(store_->Finish("j1", 0, Succeeded()));
  EXPECT_EQ(State("alice").spent_nano_usd, kPrice);
}

TEST_P(StoreBudgets, TheTightestIsTold) {
  NewJob job = MakeJob("j1", "alice", "");
  job.limits = {{"alice", BudgetPeriod::kMonth, kPrice * 9},
                {"total", BudgetPeriod::kDay, kPrice * 3},
                {"alice", BudgetPeriod::kDay, kPrice * 4}};
  EXPECT_EQ(Must(store_->Begin(job)).budget->line.account, "total");
  job.id = "j2";
  job.limits[1].limit_nano_usd = kPrice;
  const Begun refused = Must(store_->Begin(job));
  EXPECT_EQ(refused.kind, Kind::kOverBudget);
  EXPECT_EQ(refused.budget->line.account, "total");
}

TEST_P(StoreBudgets, WhatIsRefusedFreesNothing) {
  Must(store_->Begin(Limited("j1", "alice", kPrice)));
  Must(store_->Finish("j1", 0, Failed()));
  Must(store_->Begin(Limited("j2", "alice", kPrice)));
  NewJob again = Limited("j3", "alice", kPrice);
  again.key = "j1";
  EXPECT_EQ(BeginKind(again), Kind::kOverBudget);
  EXPECT_TRUE(Must(store_->Get("j1"))) << "nothing was changed";
}

TEST_P(StoreBudgets, RevivingNeedsTheBudgetToo) {
  NewJob job = Limited("j1", "alice", kPrice * 2);
  job.purchases.push_back(job.purchases[0]);
  Must(store_->Begin(job));
  Must(store_->Finish("j1", 0, Succeeded()));
  Must(store_->Finish("j1", 1, Failed()));
  Must(store_->Begin(Limited("j2", "alice", kPrice * 2)));
  job.id = "j3";
  EXPECT_EQ(BeginKind(job), Kind::kOverBudget);
  EXPECT_EQ(Job("j1").purchases.at(1).state, PurchaseState::kFailed);
  Must(store_->Finish("j2", 0, Failed()));
  EXPECT_EQ(BeginKind(job), Kind::kRevived);
  EXPECT_EQ(State("alice").reserved_nano_usd, kPrice);
}

TEST_P(StoreBudgets, WhatWasSentIsRecordedWhateverItCosts) {
  NewJob job = Limited("j1", "alice", kPrice / 2);
  job.state = PurchaseState::kUnknown;
  EXPECT_EQ(BeginKind(job), Kind::kNew);
  EXPECT_EQ(State("alice").reserved_nano_usd, kPrice);
}

TEST_P(StoreBudgets, AnAccountThatIsNamedTwiceCountsOnce) {
  NewJob job = MakeJob("j1", "alice", "");
  job.accounts = {"alice", "alice"};
  Must(store_->Begin(job));
  EXPECT_EQ(State("alice").reserved_nano_usd, kPrice);
}

TEST_P(StoreBudgets, UsageIsToldByDay) {
  EXPECT_TRUE(Must(store_->Usage("alice", "2000-01-01")).empty());
  Must(store_->Begin(MakeJob("j1", "alice", "", 3)));
  Must(store_->Finish("j1", 0, Succeeded()));
  Must(store_->Finish("j1", 1, Failed()));
  const auto usage = Must(store_->Usage("alice", "1970-01-01"));
  ASSERT_EQ(usage.size(), 1u);
  EXPECT_EQ(usage[0].account, "alice");
  EXPECT_EQ(usage[0].day, DayOf(Job("j1").created_at));
  EXPECT_EQ(usage[0].spent_nano_usd, kPrice);
  EXPECT_EQ(usage[0].reserved_nano_usd, kPrice);
  EXPECT_EQ(usage[0].purchases, 1u);
  EXPECT_TRUE(Must(store_->Usage("alice", "9999-01-01")).empty());
}

TEST_P(StoreBudgets, AHundredAtOnceGetExactlyTen) {
  std::vector<std::unique_ptr<fakes::Spawned<Result<Begun>>>> asked;
  for (int i = 0; i < 100; ++i) {
    asked.push_back(std::make_unique<fakes::Spawned<Result<Begun>>>(
        loop_, store_->Begin(Limited("j" + std::to_string(i), "alice", kPrice * 10))));
  }
  int begun = 0;
  for (const auto& one : asked) begun += one->Get()->kind == Kind::kNew ? 1 : 0;
  EXPECT_EQ(begun, 10);
  EXPECT_EQ(State("alice").reserved_nano_usd, kPrice * 10);
}

TEST_P(StoreBudgets, AHundredAtOnceWithOneKeyBeginOneJob) {
  std::vector<std::unique_ptr<fakes::Spawned<Result<Begun>>>> asked;
  for (int i = 0; i < 100; ++i) {
    asked.push_back(std::make_unique<fakes::Spawned<Result<Begun>>>(
        loop_, store_->Begin(MakeJob("j" + std::to_string(i), "alice", "key"))));
  }
  int begun = 0;
  for (const auto& one : asked) begun += one->Get()->kind == Kind::kNew ? 1 : 0;
  EXPECT_EQ(begun, 1);
}

INSTANTIATE_TEST_SUITE_P(Every, StoreBudgets, testing::ValuesIn(StoreKinds()), KindName);

}  // namespace
}  // namespace flux::service

// Every kind of store: what was bought and what fal charged for it.
#include <algorithm>
#include <map>

#include "tests/service/store/conformance.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;

class StoreBill : public StoreFixture {
 protected:
  BillRecords& bill() { return store_->bill(); }
  BillTurn Turn() {
    auto turn = Must(bill().TakeTurn(1min));
    if (!turn) Die("there is no turn");
    return *turn;
  }
  std::vector<Finding> End(const BillTurn& turn, std::chrono::milliseconds lag = 0s) {
    clock_.Advance(1s);
    return Must(bill().EndTurn(turn.claim, {.fetched_until = turn.since + 1h, .due_in = 0s, .lag = lag}));
  }
  Charge Of(const BillTurn& turn, const std::string& id, std::int64_t nano_usd) {
    return {id, "fal-ai/flux/dev", turn.since, nano_usd};
  }
  KeptCharges Keep(const BillTurn& turn, std::vector<Charge> charges) {
    return Must(bill().KeepCharges(turn.claim, 1min, std::move(charges))).value();
  }
  Bought One(const std::string& id, Billed billed = Billed::kYes, std::int64_t settled = kPrice) {
    return {id, "fal-ai/flux/dev", "alice", "text-to-image/dev", billed, kPrice, settled};
  }
  BillView View(std::optional<std::string> caller = {}, std::chrono::milliseconds lag = 0s) {
    return Must(bill().View({.caller = std::move(caller), .first_day = "1970-01-01", .lag = lag}));
  }
  // A purchase with a record, that has ended.
  void Buy(const std::string& id, const std::string& fal_id, Outcome outcome, const std::string& key = "") {
    Must(store_->Begin(MakeJob(id, "alice", key)));
    Must(store_->MarkSent(id, 0));
    outcome.fal_request_id = fal_id;
    Must(store_->Finish(id, 0, std::move(outcome)));
  }
};

TEST_P(StoreBill, ATurnIsOnesAtATimeAndComesWhenItIsDue) {
  const BillTurn turn = Turn();
  EXPECT_EQ(turn.fetched_until, turn.since);
  EXPECT_FALSE(Must(bill().TakeTurn(1min))) << "somebody has it";
  Must(bill().EndTurn("another's", {.fetched_until = turn.since + 5h}));
  Must(bill().EndTurn(turn.claim, {.fetched_until = turn.since + 1h, .due_in = 0s}));
  const BillTurn next = Turn();
  EXPECT_EQ(next.since, turn.since);
  EXPECT_EQ(next.fetched_until, turn.since + 1h);
  EXPECT_FALSE(Must(bill().KeepCharges(turn.claim, 1min, {Of(turn, "fal-1", 1)}))) << "that turn is over";
  Must(bill().EndTurn(next.claim, {.due_in = 1h}));
  EXPECT_FALSE(Must(bill().TakeTurn(1min))) << "it is not due";
  EXPECT_TRUE(View().days.empty());
}

TEST_P(StoreBill, WhoDiesLeavesTheTurnToOthers) {
  const auto dead = Must(bill().TakeTurn(0ms));
  ASSERT_TRUE(dead);
  const BillTurn alive = Turn();
  EXPECT_FALSE(Must(bill().KeepCharges(dead->claim, 1min, {})));
  EXPECT_TRUE(Must(bill().KeepCharges(alive.claim, 1min, {})));
}

TEST_P(StoreBill, APurchaseAndItsChargeMeetInWhicheverOrder) {
  const BillTurn turn = Turn();
  Must(bill().NoteBought({One("fal-1"), One("fal-2")}));
  Keep(turn, {Of(turn, "fal-1", kPrice), Of(turn, "fal-3", kPrice / 2)});
  Keep(turn, {Of(turn, "fal-2", kPrice - 1)});
  Must(bill().NoteBought({One("fal-3")}));
  EXPECT_TRUE(End(turn).empty());
  const BillView view = View("alice");
  ASSERT_EQ(view.days.size(), 1u);
  const BillDay& day = view.days[0];
  EXPECT_TRUE(day.explained);
  EXPECT_EQ(day.caller, "alice");
  EXPECT_EQ(day.model, "text-to-image/dev");
  EXPECT_EQ(day.purchases, 3u);
  EXPECT_EQ(day.charges, 3u);
  EXPECT_EQ(day.estimated_nano_usd, 3 * kPrice);
  EXPECT_EQ(day.settled_nano_usd, 3 * kPrice);
  EXPECT_EQ(day.charged_nano_usd, 2 * kPrice + kPrice / 2 - 1);
  EXPECT_EQ(day.checked_nano_usd, 3 * kPrice);
  EXPECT_TRUE(view.fetched_at);
  EXPECT_TRUE(View("bob").days.empty());
  EXPECT_EQ(View().days.size(), 1u);
}

TEST_P(StoreBill, TheSameAgainChangesNothing) {
  const BillTurn turn = Turn();
  Must(bill().NoteBought({One("fal-1")}));
  Must(bill().NoteBought({One("fal-1")}));
  KeptCharges kept = Keep(turn, {Of(turn, "fal-1", 0), Of(turn, "fal-2", 5)});
  EXPECT_EQ(kept.added, 2u);
  EXPECT_EQ(kept.added_nano_usd, 5);
  kept = Keep(turn, {Of(turn, "fal-1", 0), Of(turn, "fal-2", 5)});
  EXPECT_EQ(kept.added + kept.changed, 0u);
  EXPECT_EQ(kept.added_nano_usd, 0);
  kept = Keep(turn, {Of(turn, "fal-1", 7), Of(turn, "fal-2", 4)});
  EXPECT_EQ(kept.changed, 2u) << "a zero was provisional";
  EXPECT_EQ(kept.added_nano_usd, 6);
  const BillView view = View();
  ASSERT_EQ(view.days.size(), 2u);
  EXPECT_EQ(view.days[0].purchases, 1u);
  EXPECT_EQ(view.days[0].charged_nano_usd, 7);
  EXPECT_FALSE(view.days[1].explained);
  EXPECT_EQ(view.days[1].model, "fal-ai/flux/dev");
  EXPECT_EQ(view.days[1].charged_nano_usd, 4);
}

TEST_P(StoreBill, PurchasesWithARecordAreTakenIn) {
  const BillTurn turn = Turn();
  Buy("j1", "fal-1", Succeeded());
  Buy("j2", "fal-2", Failed(Billed::kYes, kPrice));
  Buy("j3", "", Failed());
  Keep(turn, {Of(turn, "fal-1", 11), Of(turn, "fal-2", 12)});
  EXPECT_TRUE(End(turn).empty());
  const BillView view = View("alice");
  ASSERT_EQ(view.days.size(), 1u);
  EXPECT_EQ(view.days[0].model, MakeJob("", "", "").model);
  EXPECT_EQ(view.days[0].purchases, 2u);
  EXPECT_EQ(view.days[0].charged_nano_usd, 23);
  EXPECT_EQ(view.days[0].settled_nano_usd, 2 * kPrice);
}

TEST_P(StoreBill, FindingsAreToldOnceAndStayInSight) {
  const BillTurn turn = Turn();
  Buy("j1", "fal-1", Succeeded());
  Must(bill().NoteBought({One("fal-2", Billed::kNo, 0), One("fal-3", Billed::kMaybe), One("fal-4"),
                          One("fal-5", Billed::kNo, 0)}));
  Keep(turn, {Of(turn, "fal-2", 2), Of(turn, "fal-4", kPrice), Of(turn, "stranger", 9), Of(turn, "free", 0)});
  EXPECT_TRUE(Must(bill().EndTurn(turn.claim, {.fetched_until = turn.since + 1h, .lag = 3h})).empty())
      << "they may still resolve";
  std::map<std::string, FindingKind> told;
  for (const Finding& one : End(Turn())) told[one.fal_request_id] = one.kind;
  EXPECT_EQ(told, (std::map<std::string, FindingKind>{{"fal-1", FindingKind::kUncharged},
                                                      {"fal-2", FindingKind::kUnexpected},
                                                      {"stranger", FindingKind::kUnexplained}}));
  EXPECT_TRUE(End(Turn()).empty()) << "once";
  EXPECT_EQ(View().findings.size(), 3u);
  EXPECT_EQ(View("alice").findings.size(), 2u) << "what nobody bought is no caller's concern";
  EXPECT_TRUE(View("bob").findings.empty());
  EXPECT_TRUE(View("").findings.empty());
  const BillView few = Must(bill().View({.caller = "alice", .first_day = "1970-01-01", .most_findings = 2}));
  EXPECT_EQ(few.findings.size(), 2u) << "nor does it push out the caller's own";
  EXPECT_TRUE(View({}, 3h).findings.empty());
  for (const Finding& one : View().findings) {
    if (one.kind == FindingKind::kUnexplained) {
      EXPECT_EQ(one.charged_nano_usd, 9);
      EXPECT_EQ(one.caller, "");
    }
    if (one.kind == FindingKind::kUncharged) {
      EXPECT_EQ(one.job, "j1");
      EXPECT_EQ(one.settled_nano_usd, kPrice);
    }
  }
  const BillTurn late = Turn();
  Keep(late, {Of(late, "fal-1", kPrice)});
  Must(bill().NoteBought({One("stranger")}));
  EXPECT_TRUE(End(late).empty());
  EXPECT_EQ(View().findings.size(), 1u) << "the others have resolved";
}

TEST_P(StoreBill, WhatStillGoesOnIsNoStrangers) {
  const BillTurn turn = Turn();
  Must(store_->Begin(MakeJob("j1", "alice", "")));
  Must(store_->MarkSent("j1", 0));
  Must(store_->MarkAccepted("j1", 0, {"fal-1", "s", "r", "c"}));
  Keep(turn, {Of(turn, "fal-1", kPrice)});
  EXPECT_TRUE(End(turn).empty());
  EXPECT_TRUE(View().findings.empty());
}

TEST_P(StoreBill, ChargesOfBeforeItWasLookedForAreNobodysBusiness) {
  const BillTurn turn = Turn();
  Charge old = Of(turn, "fal-1", 1);
  old.at = turn.since - 1s;
  EXPECT_EQ(Keep(turn, {old}).added, 0u);
  Must(bill().NoteBought({One("fal-1")}));
  EXPECT_EQ(Keep(turn, {old}).added, 1u) << "but for what was bought";
}

TEST_P(StoreBill, AJobThatIsForgottenLeavesItsPurchases) {
  const BillTurn turn = Turn();
  NewJob job = MakeJob("gone", "alice", "");
  job.keep = 0s;
  Must(store_->Begin(job));
  Outcome outcome = Succeeded();
  outcome.fal_request_id = "fal-1";
  Must(store_->Finish("gone", 0, outcome));
  EXPECT_EQ(Must(store_->Expire(10)), 1u);
  EXPECT_EQ(View("alice").days.at(0).purchases, 1u);
  Keep(turn, {Of(turn, "fal-1", kPrice)});
  EXPECT_TRUE(End(turn).empty());
}

TEST_P(StoreBill, AKeyThatIsUsedAgainLeavesItsFirstPurchase) {
  const BillTurn turn = Turn();
  Buy("j1", "fal-1", Failed(), "key");
  Buy("j2", "fal-2", Succeeded(), "key");  // begun anew: nothing was billed
  NewJob two = MakeJob("j3", "alice", "other", 2);
  Must(store_->Begin(two));
  Outcome unbilled = Failed();
  unbilled.fal_request_id = "fal-3";
  Must(store_->Finish("j3", 0, unbilled));
  Must(store_->Finish("j3", 1, Failed(Billed::kYes, kPrice)));
  two.id = "j4";
  EXPECT_EQ(BeginKind(two), Begun::Kind::kRevived);
  Keep(turn, {Of(turn, "fal-1", 1), Of(turn, "fal-3", 3), Of(turn, "fal-2", kPrice)});
  std::vector<std::string> unexpected;
  for (const Finding& one : End(turn)) {
    EXPECT_EQ(one.kind, FindingKind::kUnexpected);
    unexpected.push_back(one.fal_request_id);
  }
  std::ranges::sort(unexpected);
  EXPECT_EQ(unexpected, (std::vector<std::string>{"fal-1", "fal-3"}));
}

TEST_P(StoreBill, WithoutATurnNothingIsKept) {
  NewJob job = MakeJob("gone", "alice", "");
  job.keep = 0s;
  Must(store_->Begin(job));
  Must(store_->Finish("gone", 0, Succeeded()));
  EXPECT_EQ(Must(store_->Expire(10)), 1u);
  EXPECT_TRUE(View().days.empty());
  EXPECT_FALSE(View().fetched_at);
}

TEST_P(StoreBill, TakesTextsThatAreNone) {
  const BillTurn turn = Turn();
  Bought odd = One("fal\xff");
  odd.caller = std::string("a\0b", 3);
  Must(bill().NoteBought({odd}));
  Keep(turn, {Of(turn, "fal\xff", 1), Of(turn, "{\"\\,", 1)});
  End(turn);
  EXPECT_EQ(View("a?b").days.size(), 1u);
  EXPECT_EQ(View().days.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Every, StoreBill, testing::ValuesIn(StoreKinds()), KindName);

}  // namespace
}  // namespace flux::service

// Every kind of store: keys, looking things up, and forgetting.
#include "tests/service/store/conformance.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using Kind = Begun::Kind;

class StoreJobs : public StoreFixture {
 protected:
  std::vector<std::string> Ids(JobQuery query) {
    std::vector<std::string> ids;
    for (const StoredJob& job : Must(store_->List(std::move(query)))) ids.push_back(job.id);
    return ids;
  }
};

TEST_P(StoreJobs, AKeyFindsItsJob) {
  EXPECT_EQ(BeginKind(MakeJob("j1", "alice", "key")), Kind::kNew);
  const Begun again = Must(store_->Begin(MakeJob("j2", "alice", "key")));
  EXPECT_EQ(again.kind, Kind::kExisting);
  EXPECT_EQ(again.job.id, "j1");
  Must(store_->Finish("j1", 0, Succeeded()));
  const Begun replayed = Must(store_->Begin(MakeJob("j3", "alice", "key")));
  EXPECT_EQ(replayed.kind, Kind::kExisting);
  EXPECT_EQ(replayed.job.purchases.at(0).result, "picture");
  EXPECT_FALSE(Must(store_->Get("j2")));
}

TEST_P(StoreJobs, AKeyWithAnotherMeaningFindsItsJobToo) {
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  NewJob other = MakeJob("j2", "alice", "key");
  other.fingerprint = "another";
  const Begun begun = Must(store_->Begin(other));
  EXPECT_EQ(begun.kind, Kind::kExisting);
  EXPECT_EQ(begun.job.fingerprint, "print");
}

TEST_P(StoreJobs, AKeyBelongsToItsCaller) {
  EXPECT_EQ(BeginKind(MakeJob("j1", "alice", "key")), Kind::kNew);
  EXPECT_EQ(BeginKind(MakeJob("j2", "bob", "key")), Kind::kNew);
  EXPECT_EQ(Must(store_->Find("alice", "key"))->id, "j1");
  EXPECT_EQ(Must(store_->Find("bob", "key"))->id, "j2");
  EXPECT_FALSE(Must(store_->Find("carol", "key")));
}

TEST_P(StoreJobs, WithoutAKeyEveryJobIsNew) {
  EXPECT_EQ(BeginKind(MakeJob("j1", "alice", "")), Kind::kNew);
  EXPECT_EQ(BeginKind(MakeJob("j2", "alice", "")), Kind::kNew);
  EXPECT_EQ(Job("j1").key, "");
}

TEST_P(StoreJobs, AskedAgainWithTheSameIdItIsTheSameJob) {
  for (const std::string key : {"key", ""}) {
    const NewJob job = MakeJob("j" + key, "alice", key);
    EXPECT_EQ(BeginKind(job), Kind::kNew);
    const Begun again = Must(store_->Begin(job));
    EXPECT_EQ(again.kind, Kind::kNew);
    EXPECT_EQ(again.job.id, job.id);
  }
  EXPECT_EQ(Must(store_->Renew()), 2u);
  EXPECT_EQ(Must(store_->Budgets({{"alice", BudgetPeriod::kDay, kPrice * 10}})).at(0).reserved_nano_usd,
            kPrice * 2);
}

TEST_P(StoreJobs, AFailureThatCostNothingFreesTheKey) {
  Must(store_->Begin(MakeJob("j1", "alice", "key", 2)));
  Must(store_->Finish("j1", 0, Failed()));
  EXPECT_EQ(BeginKind(MakeJob("j2", "alice", "key", 2)), Kind::kExisting) << "the other one goes on";
  Must(store_->Finish("j1", 1, Failed()));
  NewJob other = MakeJob("j2", "alice", "key");
  other.fingerprint = "another";
  EXPECT_EQ(BeginKind(other), Kind::kNew);
  EXPECT_FALSE(Must(store_->Get("j1")));
  EXPECT_EQ(Must(store_->Find("alice", "key"))->id, "j2");
}

TEST_P(StoreJobs, AFailureThatMayHaveCostKeepsTheKey) {
  for (const Billed billed : {Billed::kMaybe, Billed::kYes}) {
    const std::string name(Name(billed));
    Must(store_->Begin(MakeJob(name, "alice", name)));
    Must(store_->Finish(name, 0, Failed(billed)));
    const Begun again = Must(store_->Begin(MakeJob(name + "2", "alice", name)));
    EXPECT_EQ(again.kind, Kind::kExisting);
    EXPECT_EQ(again.job.purchases.at(0).billed, billed);
    EXPECT_EQ(again.job.purchases.at(0).error, R"({"reason":"X"})");
  }
}

TEST_P(StoreJobs, WhatNobodyDrivesAndNothingWasSentOfIsTakenUpByItsKey) {
  Must(store_->Begin(MakeJob("j1", "alice", "key", 2)));
  EXPECT_EQ(BeginKind(MakeJob("j2", "alice", "key", 2)), Kind::kExisting) << "it is driven";
  EXPECT_TRUE(Must(store_->Postpone("j1", 1h)));
  NewJob other = MakeJob("j3", "alice", "key", 2);
  other.fingerprint = "another";
  EXPECT_EQ(BeginKind(other), Kind::kExisting);

  for (int asked = 0; asked < 2; ++asked) {  // twice: the answer may have been lost
    NewJob again = MakeJob("j4", "alice", "key", 2);
    again.purchases[1].input_sha256 = "of what is sent now";
    const Begun begun = Must(store_->Begin(again));
    EXPECT_EQ(begun.kind, Kind::kRevived);
    EXPECT_EQ(begun.job.id, "j1");
    EXPECT_EQ(begun.job.purchases.at(0).input_sha256, "hash0");
    EXPECT_EQ(begun.job.purchases.at(1).input_sha256, "of what is sent now");
  }
  EXPECT_EQ(BeginKind(MakeJob("j5", "alice", "key", 2)), Kind::kExisting) << "it is driven again";
  auto state = Must(store_->Budgets({{"alice", BudgetPeriod::kDay, kPrice * 10}})).at(0);
  EXPECT_EQ(state.reserved_nano_usd, kPrice * 2) << "once";

  EXPECT_TRUE(Must(store_->MarkSent("j1", 0)));
  EXPECT_TRUE(Must(store_->Postpone("j1", 1h)));
  EXPECT_EQ(BeginKind(MakeJob("j6", "alice", "key", 2)), Kind::kExisting) << "something was sent";
}

TEST_P(StoreJobs, WhatFailedBesideWhatSucceededIsRevived) {
  Must(store_->Begin(MakeJob("j1", "alice", "key", 3)));
  for (const std::uint32_t purchase : {0u, 1u, 2u}) Must(store_->MarkSent("j1", purchase));
  Must(store_->MarkAccepted("j1", 1, {"fal-1", "s", "r", "c"}));
  Must(store_->Finish("j1", 0, Succeeded()));
  Must(store_->Finish("j1", 1, Failed()));
  EXPECT_EQ(BeginKind(MakeJob("j2", "alice", "key", 3)), Kind::kExisting) << "the last goes on";
  Must(store_->Finish("j1", 2, Failed(Billed::kYes, kPrice)));
  EXPECT_EQ(Must(store_->Renew()), 0u);

  NewJob other = MakeJob("j3", "alice", "key", 3);
  other.fingerprint = "another";
  EXPECT_EQ(BeginKind(other), Kind::kExisting);

  for (int asked = 0; asked < 2; ++asked) {  // twice: the answer may have been lost
    NewJob again = MakeJob("j4", "alice", "key", 3);
    again.purchases[0].input_sha256 = "of the one that is there";
    again.purchases[1].input_sha256 = "of what is sent now";
    const Begun revived = Must(store_->Begin(again));
    EXPECT_EQ(revived.kind, Kind::kRevived);
    EXPECT_EQ(revived.job.id, "j1");
    EXPECT_EQ(revived.job.purchases.at(0).state, PurchaseState::kSucceeded);
    EXPECT_EQ(revived.job.purchases.at(0).result, "picture");
    EXPECT_EQ(revived.job.purchases.at(1).state, PurchaseState::kReserved);
    EXPECT_EQ(revived.job.purchases.at(0).input_sha256, "hash0");
    EXPECT_EQ(revived.job.purchases.at(1).input_sha256, "of what is sent now");
    EXPECT_EQ(revived.job.purchases.at(1).ticket.request_id, "");
    EXPECT_EQ(revived.job.purchases.at(1).error, "");
    EXPECT_FALSE(revived.job.purchases.at(1).sent_at);
    EXPECT_FALSE(revived.job.purchases.at(1).ended_at);
    EXPECT_EQ(revived.job.purchases.at(2).state, PurchaseState::kFailed);
  }
  EXPECT_EQ(BeginKind(MakeJob("j5", "alice", "key", 3)), Kind::kExisting) << "it goes on";
  EXPECT_TRUE(Must(store_->MarkSent("j1", 1)));
  EXPECT_TRUE(Must(store_->Finish("j1", 1, Succeeded("second"))));
  const auto state = Must(store_->Budgets({{"alice", BudgetPeriod::kDay, kPrice * 10}})).at(0);
  EXPECT_EQ(state.spent_nano_usd, kPrice * 3);
  EXPECT_EQ(state.reserved_nano_usd, 0);
}

TEST_P(StoreJobs, AJobOfTheSameMeaningIsFound) {
  Must(store_->Begin(MakeJob("j1", "alice", "")));
  Must(store_->Begin(MakeJob("j2", "alice", "key")));
  Must(store_->Begin(MakeJob("j3", "bob", "")));
  EXPECT_EQ(Must(store_->FindLike("alice", "print", {}))->id, "j2");
  EXPECT_EQ(Must(store_->FindLike("alice", "print", Job("j2").created_at))->id, "j2");
  EXPECT_FALSE(Must(store_->FindLike("alice", "print", Job("j2").created_at + 1s)));
  EXPECT_FALSE(Must(store_->FindLike("alice", "other", {})));
  EXPECT_FALSE(Must(store_->FindLike("carol", "print", {})));
}

TEST_P(StoreJobs, AreListedNewestFirst) {
  for (int i = 1; i <= 5; ++i) Must(store_->Begin(MakeJob("j" + std::to_string(i), "alice", "")));
  Must(store_->Begin(MakeJob("other", "bob", "")));
  using Names = std::vector<std::string>;
  EXPECT_EQ(Ids({.caller = "alice"}), (Names{"j5", "j4", "j3", "j2", "j1"}));
  EXPECT_EQ(Ids({.caller = "alice", .limit = 2}), (Names{"j5", "j4"}));
  EXPECT_EQ(Ids({.caller = "alice", .before = Job("j4").number, .limit = 2}), (Names{"j3", "j2"}));
  EXPECT_EQ(Ids({.caller = "alice", .before = Job("j1").number}), Names{});
  EXPECT_EQ(Ids({.caller = "bob", .before = Job("j3").number}), Names{}) << "somebody else's";
  EXPECT_EQ(Ids({.caller = "carol"}), Names{});
  Must(store_->Finish("j3", 0, Succeeded()));
  const auto one = Must(store_->List({.caller = "alice", .before = Job("j4").number, .limit = 1}));
  EXPECT_EQ(one.at(0).purchases.at(0).result, "") << "without results";
}

TEST_P(StoreJobs, AListGoesOnWhereItsLastJobIsForgotten) {
  NewJob job = MakeJob("j2", "alice", "");
  job.keep = 0s;
  Must(store_->Begin(MakeJob("j1", "alice", "")));
  Must(store_->Begin(job));
  const std::int64_t number = Job("j2").number;
  Must(store_->Finish("j2", 0, Succeeded()));
  EXPECT_EQ(Must(store_->Expire(10)), 1u);
  EXPECT_EQ(Ids({.caller = "alice", .before = number}), std::vector<std::string>{"j1"});
}

TEST_P(StoreJobs, AreListedByHowFarTheWholeHasCome) {
  const auto make = [&](const std::string& id) { Must(store_->Begin(MakeJob(id, "alice", "", 2))); };
  for (const std::string id : {"reserved", "sent", "accepted", "unknown", "made", "failed"}) make(id);
  for (const std::string id : {"sent", "accepted", "unknown", "made", "failed"}) {
    Must(store_->MarkSent(id, 0));
    Must(store_->MarkSent(id, 1));
  }
  Must(store_->Finish("sent", 0, Succeeded()));
  Must(store_->MarkAccepted("accepted", 0, {"fal-1", "s", "r", "c"}));
  Must(store_->Finish("accepted", 1, Failed()));
  Must(store_->Finish("unknown", 0, Failed()));
  Must(store_->Finish("unknown", 1, Unknown()));
  Must(store_->Finish("made", 0, Failed()));
  Must(store_->Finish("made", 1, Succeeded()));
  Must(store_->Finish("failed", 0, Failed()));
  Must(store_->Finish("failed", 1, Failed(Billed::kYes)));
  const std::pair<PurchaseState, std::string> wanted[] = {
      {PurchaseState::kReserved, "reserved"}, {PurchaseState::kSent, "sent"},
      {PurchaseState::kAccepted, "accepted"}, {PurchaseState::kUnknown, "unknown"},
      {PurchaseState::kSucceeded, "made"},    {PurchaseState::kFailed, "failed"}};
  for (const auto& [state, id] : wanted) {
    EXPECT_EQ(Ids({.caller = "alice", .state = state}), std::vector<std::string>{id});
  }
}

TEST_P(StoreJobs, AreForgottenWhenTheirTimeIsUp) {
  NewJob job = MakeJob("short", "alice", "key");
  job.keep = 0s;
  Must(store_->Begin(job));
  EXPECT_EQ(Must(store_->Expire(10)), 0u) << "it goes on";
  Must(store_->Finish("short", 0, Succeeded()));
  Must(store_->Begin(MakeJob("long", "alice", "other")));
  Must(store_->Finish("long", 0, Succeeded()));
  EXPECT_EQ(Must(store_->Expire(0)), 0u);
  EXPECT_EQ(Must(store_->Expire(10)), 1u);
  EXPECT_EQ(Must(store_->Expire(10)), 0u);
  EXPECT_FALSE(Must(store_->Get("short")));
  EXPECT_TRUE(Must(store_->Get("long")));
  EXPECT_EQ(BeginKind(job), Kind::kNew) << "its key is free";
  EXPECT_EQ(Must(store_->Usage("alice", "0000-00-00")).at(0).spent_nano_usd, 2 * kPrice) << "money stays";
}

TEST_P(StoreJobs, WhatNobodyWillKnowIsForgottenAsSpent) {
  NewJob job = MakeJob("j1", "alice", "");
  job.keep = 0s;
  Must(store_->Begin(job));
  Must(store_->MarkSent("j1", 0));
  EXPECT_EQ(Must(store_->Expire(10)), 0u) << "it was sent";
  Must(store_->Finish("j1", 0, Unknown()));
  EXPECT_EQ(Must(store_->Expire(10)), 1u);
  const auto state = Must(store_->Budgets({{"alice", BudgetPeriod::kMonth, kPrice}})).at(0);
  EXPECT_EQ(state.spent_nano_usd, kPrice);
  EXPECT_EQ(state.reserved_nano_usd, 0);
}

TEST_P(StoreJobs, OddBytesAreRefusedOrKept) {
  const std::vector<std::string> odd{std::string("a\0b", 3),
                                     "a\xff",
                                     "\xed\xa0\x80",
                                     "\xc0\xaf",
                                     "'; DROP TABLE jobs; --",
                                     "%",
                                     "{}",
                                     "\\x00",
                                     "line\nline",
                                     "\xf0\x9f\x8e\xa8"};
  int number = 0;
  for (const std::string& text : odd) {
    for (std::string NewJob::*field :
         {&NewJob::id, &NewJob::caller, &NewJob::key, &NewJob::fingerprint, &NewJob::request_id,
          &NewJob::model, &NewJob::endpoint, &NewJob::plan}) {
      ++number;
      NewJob job = MakeJob("j" + std::to_string(number), "alice", "key" + std::to_string(number));
      job.*field = text;
      job.accounts = {text};
      const auto begun = Do(store_->Begin(job));
      if (!begun) {
        EXPECT_EQ(begun.error().reason, Reason::kInvalidField) << begun.error().message;
        continue;
      }
      ASSERT_EQ(begun->job.id, job.id);
      const auto kept = Must(store_->Get(job.id));
      ASSERT_TRUE(kept);
      EXPECT_EQ(kept->caller, job.caller);
      EXPECT_EQ(kept->key, job.key);
      EXPECT_EQ(kept->fingerprint, job.fingerprint);
      EXPECT_EQ(kept->plan, job.plan);
      Outcome outcome = Failed(Billed::kYes);
      outcome.error = text;
      EXPECT_TRUE(Must(store_->Finish(job.id, 0, outcome)));
    }
    Must(store_->Get(text));
    Must(store_->Find(text, text));
    Must(store_->FindLike(text, text, {}));
    Must(store_->List({.caller = text}));
    Must(store_->FindByFal(text));
    Must(store_->Nudge(text));
    Must(store_->NoteWebhook(text, text, {.attempts = text}));
    Must(store_->Redeliver(text));
    Must(store_->ClaimWebhooks(1, {text}, 0s));
    Must(store_->Budgets({{text, BudgetPeriod::kDay, 1}}));
    Must(store_->Usage(text, text));
    Must(store_->MarkDelivered(text));
    Must(store_->MarkSent(text, 0));
    Must(store_->Finish(text, 0, Succeeded(text)));
    Must(store_->Postpone(text, 0s));
  }
  // An outcome is recorded whatever its words are, and a ticket whatever its addresses are.
  for (const std::string& text : odd) {
    const std::string id = "t" + std::to_string(++number);
    Must(store_->Begin(MakeJob(id, "alice", "")));
    Must(store_->MarkSent(id, 0));
    EXPECT_TRUE(Must(store_->MarkAccepted(id, 0, {"fal" + std::to_string(number), text, text, text})));
    Must(store_->MarkAccepted(id, 0, {text, text, text, text}));
    Outcome outcome = Failed(Billed::kMaybe);
    outcome.error = text;
    outcome.result = text;
    EXPECT_TRUE(Must(store_->Finish(id, 0, outcome)));
  }
  EXPECT_EQ(store_->Problem(), "");
}

TEST_P(StoreJobs, AJobWithoutPurchasesIsRefused) {
  const auto begun = Do(store_->Begin(MakeJob("j1", "alice", "key", 0)));
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().reason, Reason::kInvalidField);
}

TEST_P(StoreJobs, LargeResultsAreKeptWhole) {
  std::string large(9 << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>(i / 1000);
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  Must(store_->Finish("j1", 0, Succeeded(large)));
  EXPECT_TRUE(Job("j1").purchases[0].result == large);
  EXPECT_EQ(Must(store_->Find("alice", "key"))->purchases.at(0).result, "") << "without results";
}

INSTANTIATE_TEST_SUITE_P(Every, StoreJobs, testing::ValuesIn(StoreKinds()), KindName);

}  // namespace
}  // namespace flux::service

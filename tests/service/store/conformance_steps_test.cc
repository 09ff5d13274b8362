// Every kind of store: how a purchase comes from step to step, and who may take them.
#include "tests/service/store/conformance.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using Kind = Begun::Kind;

class StoreSteps : public StoreFixture {
 protected:
  bool Accept(const std::string& id, std::uint32_t purchase, const std::string& fal_id) {
    FalTicket ticket{fal_id, "https://s/" + fal_id, "https://r/" + fal_id, "https://c/" + fal_id};
    return Must(store_->MarkAccepted(id, purchase, std::move(ticket)));
  }
};

TEST_P(StoreSteps, APurchaseFromBeginningToEnd) {
  const Begun begun = Must(store_->Begin(MakeJob("j1", "alice", "key")));
  EXPECT_EQ(begun.kind, Kind::kNew);
  EXPECT_EQ(begun.job.id, "j1");
  EXPECT_EQ(begun.job.purchases.at(0).state, PurchaseState::kReserved);
  EXPECT_FALSE(begun.budget);

  EXPECT_TRUE(Must(store_->MarkSent("j1", 0)));
  EXPECT_EQ(State("j1"), PurchaseState::kSent);
  EXPECT_TRUE(Accept("j1", 0, "fal-1"));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Succeeded(std::string("\0\xff png", 6)))));

  const StoredJob job = Job("j1");
  EXPECT_EQ(job.caller, "alice");
  EXPECT_EQ(job.key, "key");
  EXPECT_EQ(job.fingerprint, "print");
  EXPECT_EQ(job.request_id, "request");
  EXPECT_EQ(job.model, "flux-2");
  EXPECT_EQ(job.endpoint, "fal-ai/flux-2");
  EXPECT_EQ(job.plan, R"({"seed":7})");
  EXPECT_FALSE(job.delivered_at);
  EXPECT_EQ(job.expires_at - *job.purchases.at(0).ended_at, 24h);
  const StoredPurchase& purchase = job.purchases.at(0);
  EXPECT_EQ(purchase.state, PurchaseState::kSucceeded);
  EXPECT_EQ(purchase.billed, Billed::kYes);
  EXPECT_EQ(purchase.charged_nano_usd, kPrice);
  EXPECT_EQ(purchase.input_sha256, "hash0");
  EXPECT_EQ(purchase.ticket.request_id, "fal-1");
  EXPECT_EQ(purchase.ticket.status_url, "https://s/fal-1");
  EXPECT_EQ(purchase.ticket.response_url, "https://r/fal-1");
  EXPECT_EQ(purchase.ticket.cancel_url, "https://c/fal-1");
  EXPECT_EQ(purchase.result, std::string("\0\xff png", 6));
  EXPECT_TRUE(purchase.sent_at);
  EXPECT_TRUE(purchase.ended_at);
  EXPECT_EQ(store_->Problem(), "");
}

TEST_P(StoreSteps, AStepThatTheStateDoesNotAllowChangesNothing) {
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  EXPECT_FALSE(Accept("j1", 0, "fal-1")) << "nothing was sent";
  EXPECT_TRUE(Must(store_->MarkSent("j1", 0)));
  EXPECT_FALSE(Must(store_->MarkSent("j1", 0))) << "it was sent";
  EXPECT_FALSE(Accept("j1", 0, "")) << "no id";
  EXPECT_TRUE(Accept("j1", 0, "fal-1"));
  EXPECT_TRUE(Accept("j1", 0, "fal-1")) << "the same again";
  EXPECT_FALSE(Accept("j1", 0, "fal-2")) << "another one";
  EXPECT_FALSE(Must(store_->MarkSent("j1", 0)));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Succeeded())));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Succeeded()))) << "the same again";
  EXPECT_FALSE(Must(store_->Finish("j1", 0, Failed())));
  EXPECT_FALSE(Must(store_->Finish("j1", 0, Unknown())));
  EXPECT_FALSE(Must(store_->MarkSent("j1", 0)));
  EXPECT_FALSE(Must(store_->Postpone("j1", 0s)));
  EXPECT_EQ(State("j1"), PurchaseState::kSucceeded);
}

TEST_P(StoreSteps, WhatIsNotThereIsSaidToBeSo) {
  EXPECT_FALSE(Must(store_->MarkSent("none", 0)));
  EXPECT_FALSE(Accept("none", 0, "fal-1"));
  EXPECT_FALSE(Must(store_->Finish("none", 0, Succeeded())));
  EXPECT_FALSE(Must(store_->Postpone("none", 0s)));
  EXPECT_FALSE(Must(store_->MarkDelivered("none")));
  EXPECT_FALSE(Must(store_->Get("none")));
  EXPECT_FALSE(Must(store_->Find("alice", "key")));
  EXPECT_FALSE(Must(store_->Find("alice", "")));
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  EXPECT_FALSE(Must(store_->MarkSent("j1", 1)));
  EXPECT_FALSE(Must(store_->MarkSent("j1", 4'000'000'000)));
  EXPECT_FALSE(Must(store_->Finish("j1", 1, Succeeded())));
  Must(store_->Begin(MakeJob("j2", "alice", "")));
  EXPECT_FALSE(Must(store_->Find("alice", ""))) << "no key is no key";
}

TEST_P(StoreSteps, AnIdOfFalBelongsToOnePurchase) {
  Must(store_->Begin(MakeJob("j1", "alice", "1", 2)));
  Must(store_->Begin(MakeJob("j2", "bob", "2")));
  for (const std::uint32_t purchase : {0u, 1u}) EXPECT_TRUE(Must(store_->MarkSent("j1", purchase)));
  EXPECT_TRUE(Must(store_->MarkSent("j2", 0)));
  EXPECT_TRUE(Accept("j1", 0, "fal-1"));
  EXPECT_FALSE(Accept("j1", 1, "fal-1"));
  EXPECT_FALSE(Accept("j2", 0, "fal-1"));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Succeeded())));
  EXPECT_FALSE(Accept("j2", 0, "fal-1")) << "also when the other one is over";
}

TEST_P(StoreSteps, AnUnknownOutcomeIsLeftUntilItIsDue) {
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  EXPECT_TRUE(Must(store_->MarkSent("j1", 0)));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Unknown(1h))));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Unknown(1h)))) << "the same again";
  EXPECT_EQ(State("j1"), PurchaseState::kUnknown);
  EXPECT_EQ(Job("j1").purchases[0].billed, Billed::kMaybe);
  EXPECT_FALSE(Job("j1").purchases[0].ended_at);
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty()) << "not due";
  EXPECT_FALSE(Accept("j1", 0, "fal-1")) << "nobody drives it";
  EXPECT_EQ(Must(store_->Renew()), 0u);
}

TEST_P(StoreSteps, AnUnknownOutcomeIsResolved) {
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  EXPECT_TRUE(Must(store_->MarkSent("j1", 0)));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Unknown(0ms))));
  const auto claimed = Must(store_->ClaimDue(10));
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].id, "j1");
  EXPECT_EQ(claimed[0].purchases.at(0).state, PurchaseState::kUnknown);
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty()) << "it is driven";
  EXPECT_TRUE(Accept("j1", 0, "found"));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Succeeded())));
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty()) << "it is over";
  EXPECT_EQ(Job("j1").purchases[0].result, "picture");
}

TEST_P(StoreSteps, APostponedJobComesBack) {
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  Must(store_->Begin(MakeJob("j2", "alice", "other")));
  EXPECT_EQ(Must(store_->Renew()), 2u);
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty()) << "what this process drives is not due";
  EXPECT_TRUE(Must(store_->Postpone("j1", 1h)));
  EXPECT_FALSE(Must(store_->Postpone("j1", 1h))) << "it is not driven any more";
  EXPECT_EQ(Must(store_->Renew()), 1u);
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty());
  EXPECT_TRUE(Must(store_->Postpone("j2", 0ms)));
  const auto claimed = Must(store_->ClaimDue(10));
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].id, "j2");
  EXPECT_EQ(claimed[0].purchases.at(0).state, PurchaseState::kReserved);
  EXPECT_TRUE(Must(store_->MarkSent("j2", 0)));
}

TEST_P(StoreSteps, ClaimsHaveALimit) {
  for (int i = 0; i < 5; ++i) {
    const std::string id = "j" + std::to_string(i);
    Must(store_->Begin(MakeJob(id, "alice", id)));
    Must(store_->Postpone(id, 0ms));
  }
  EXPECT_EQ(Must(store_->ClaimDue(2)).size(), 2u);
  EXPECT_EQ(Must(store_->ClaimDue(0)).size(), 0u);
  EXPECT_EQ(Must(store_->ClaimDue(10)).size(), 3u);
  EXPECT_EQ(Must(store_->ClaimDue(10)).size(), 0u);
}

TEST_P(StoreSteps, OfSeveralPurchasesOneMayBeUnknownWhileOthersGoOn) {
  Must(store_->Begin(MakeJob("j1", "alice", "key", 3)));
  for (const std::uint32_t purchase : {0u, 1u, 2u}) EXPECT_TRUE(Must(store_->MarkSent("j1", purchase)));
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Unknown(0ms))));
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty()) << "others go on";
  EXPECT_TRUE(Accept("j1", 1, "fal-1"));
  EXPECT_TRUE(Must(store_->Finish("j1", 1, Succeeded())));
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty());
  EXPECT_TRUE(Must(store_->Finish("j1", 2, Failed())));
  EXPECT_EQ(Must(store_->ClaimDue(10)).size(), 1u) << "the last of them has ended";
  EXPECT_TRUE(Must(store_->Finish("j1", 0, Failed(Billed::kYes, kPrice))));
  EXPECT_EQ(Must(store_->Renew()), 0u);
}

TEST_P(StoreSteps, AJobThatWasSentWithoutARecordGetsOne) {
  NewJob job = MakeJob("j1", "alice", "");
  job.state = PurchaseState::kUnknown;
  job.due_in = 1h;
  job.sent_ago = 90s;
  EXPECT_EQ(BeginKind(job), Kind::kNew);
  EXPECT_EQ(BeginKind(job), Kind::kNew) << "asked again";
  EXPECT_EQ(State("j1"), PurchaseState::kUnknown);
  EXPECT_EQ(Job("j1").purchases[0].billed, Billed::kMaybe);
  const StoredJob stored = Job("j1");
  ASSERT_TRUE(stored.purchases[0].sent_at);
  EXPECT_EQ(stored.created_at - *stored.purchases[0].sent_at, 90s);
  EXPECT_TRUE(Must(store_->ClaimDue(10)).empty());
  job = MakeJob("j2", "alice", "");
  job.state = PurchaseState::kUnknown;
  Must(store_->Begin(job));
  ASSERT_EQ(Must(store_->ClaimDue(10)).size(), 1u);
  EXPECT_TRUE(Accept("j2", 0, "found"));
}

TEST_P(StoreSteps, DeliveryIsToldOnce) {
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  Must(store_->Finish("j1", 0, Succeeded()));
  EXPECT_EQ(Must(store_->Totals()).undelivered, 1u);
  EXPECT_TRUE(Must(store_->MarkDelivered("j1")));
  EXPECT_FALSE(Must(store_->MarkDelivered("j1")));
  EXPECT_TRUE(Job("j1").delivered_at);
  EXPECT_EQ(Must(store_->Totals()).undelivered, 0u);
}

TEST_P(StoreSteps, TotalsCountWhatIsOpen) {
  Must(store_->Begin(MakeJob("j1", "alice", "1", 3)));
  Must(store_->Begin(MakeJob("j2", "bob", "2")));
  StoreTotals totals = Must(store_->Totals());
  EXPECT_EQ(totals.open, 4u);
  EXPECT_EQ(totals.unknown, 0u);
  EXPECT_FALSE(totals.oldest_unknown);
  Must(store_->MarkSent("j1", 0));
  Must(store_->MarkSent("j2", 0));
  Must(store_->Finish("j2", 0, Unknown()));
  Must(store_->Finish("j1", 1, Failed()));
  totals = Must(store_->Totals());
  EXPECT_EQ(totals.open, 2u);
  EXPECT_EQ(totals.unknown, 1u);
  EXPECT_EQ(totals.oldest_unknown, Job("j2").purchases[0].sent_at);
}

TEST_P(StoreSteps, WhoLeavesDoesNotUndoAStep) {
  Must(store_->Begin(MakeJob("j1", "alice", "key")));
  fakes::Spawned<Result<bool>> sent(loop_, store_->MarkSent("j1", 0));
  sent.Cancel();
  const auto result = sent.Get();
  EXPECT_TRUE(result ? *result : result.error().reason == Reason::kCancelled);
  EXPECT_EQ(State("j1"), PurchaseState::kSent);
}

TEST_P(StoreSteps, WhatIsBegunByWhoLeavesIsDue) {
  fakes::Spawned<Result<Begun>> begun(loop_, store_->Begin(MakeJob("j1", "alice", "key")));
  begun.Cancel();
  const auto result = begun.Get();
  if (!result) {
    EXPECT_EQ(result.error().reason, Reason::kCancelled);
    // The release follows its answer, so it may come after this.
    std::size_t claimed = 0;
    for (int i = 0; i < 1000 && claimed == 0; ++i) claimed = Must(store_->ClaimDue(10)).size();
    EXPECT_EQ(claimed, 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, StoreSteps, testing::ValuesIn(StoreKinds()), KindName);

}  // namespace
}  // namespace flux::service

// Every kind of store: webhooks, from the end of their job to their own.
#include "tests/service/store/conformance.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;

class StoreWebhooks : public StoreFixture {
 protected:
  NewJob Told(const std::string& id, const std::string& key = "", const std::string& host = "a:443") {
    NewJob job = MakeJob(id, "alice", key);
    job.webhook_url = "https://a/" + id;
    job.webhook_host = host;
    return job;
  }
  void EndNew(const std::string& id, const std::string& host = "a:443") {
    Must(store_->Begin(Told(id, "", host)));
    Must(store_->Finish(id, 0, Succeeded()));
  }
  std::vector<DueWebhook> Claim(std::vector<std::string> busy = {}, std::chrono::milliseconds hold = 1h) {
    return Must(store_->ClaimWebhooks(10, std::move(busy), hold));
  }
  StoredWebhook Webhook(const std::string& id) { return Job(id).webhook.value(); }
};

TEST_P(StoreWebhooks, IsDueOnceItsJobIsOver) {
  Must(store_->Begin(Told("j1")));
  EXPECT_EQ(Webhook("j1").url, "https://a/j1");
  EXPECT_EQ(Webhook("j1").state, WebhookState::kPending);
  EXPECT_FALSE(Webhook("j1").due_at);
  EXPECT_TRUE(Claim().empty());
  EXPECT_EQ(Must(store_->Totals()).webhooks, 0u);

  Must(store_->Finish("j1", 0, Succeeded()));
  EXPECT_EQ(Must(store_->Totals()).webhooks, 1u);
  EXPECT_EQ(*Webhook("j1").give_up_at - *Webhook("j1").due_at, 24h);
  const std::vector<DueWebhook> due = Claim();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].job, "j1");
  EXPECT_EQ(due[0].host, "a:443");
  EXPECT_EQ(due[0].webhook.url, "https://a/j1");
  EXPECT_TRUE(Claim().empty()) << "it is claimed";
}

TEST_P(StoreWebhooks, IsDueAlsoAfterFailureAndCancellation) {
  Must(store_->Begin(Told("failed")));
  Must(store_->Finish("failed", 0, Failed(Billed::kYes)));
  Must(store_->Begin(Told("cancelled")));
  Must(store_->Cancel("cancelled", "{}"));
  EXPECT_EQ(Claim().size(), 2u);
}

TEST_P(StoreWebhooks, AJobWithoutOneTellsNobody) {
  Must(store_->Begin(MakeJob("j1", "alice", "")));
  EXPECT_FALSE(Job("j1").webhook);
  Must(store_->Finish("j1", 0, Succeeded()));
  EXPECT_TRUE(Claim().empty());
  EXPECT_FALSE(Must(store_->Redeliver("j1")));
}

TEST_P(StoreWebhooks, EndsWhenItIsDeliveredOrGivenUp) {
  for (const WebhookState state : {WebhookState::kDelivered, WebhookState::kFailed}) {
    const std::string id(Name(state));
    EndNew(id);
    const DueWebhook due = Claim().at(0);
    EXPECT_TRUE(Must(store_->NoteWebhook(id, due.claim, {.state = state, .tries = 1, .attempts = "[1]"})));
    EXPECT_EQ(Webhook(id).state, state);
    EXPECT_EQ(Webhook(id).attempts, "[1]");
    EXPECT_EQ(Webhook(id).tries, 1u);
    EXPECT_FALSE(Webhook(id).due_at);
    EXPECT_FALSE(Must(store_->NoteWebhook(id, due.claim, {}))) << "the claim has ended";
  }
  EXPECT_TRUE(Claim().empty());
  EXPECT_EQ(Must(store_->Totals()).webhooks, 0u);
}

TEST_P(StoreWebhooks, IsTriedAgainWhenItIsDue) {
  EndNew("j1");
  const DueWebhook first = Claim().at(0);
  EXPECT_TRUE(Must(store_->NoteWebhook("j1", first.claim, {.due_in = 1h, .tries = 1})));
  EXPECT_TRUE(Claim().empty());
  EXPECT_TRUE(Must(store_->Redeliver("j1"))) << "sooner, where somebody asks";
  const DueWebhook second = Claim().at(0);
  EXPECT_EQ(second.webhook.tries, 0u) << "as if it were new";
  EXPECT_TRUE(Must(store_->NoteWebhook("j1", second.claim, {.due_in = 0s, .tries = 1})));
  EXPECT_EQ(Claim().at(0).webhook.tries, 1u);
}

TEST_P(StoreWebhooks, WhoDiesLeavesItToOthers) {
  EndNew("j1");
  const DueWebhook dead = Claim({}, 0s).at(0);
  const DueWebhook alive = Claim().at(0);
  EXPECT_FALSE(Must(store_->NoteWebhook("j1", dead.claim, {.state = WebhookState::kFailed})));
  EXPECT_EQ(Webhook("j1").state, WebhookState::kPending);
  EXPECT_TRUE(Must(store_->NoteWebhook("j1", alive.claim, {.state = WebhookState::kDelivered})));
}

TEST_P(StoreWebhooks, BusyHostsArePassedOver) {
  EndNew("j1", "slow:443");
  EndNew("j2", "slow:443");
  EndNew("j3", "quick:443");
  EndNew("j4", "low:443");
  const std::vector<DueWebhook> due = Claim({"slow:443", "other:443"});
  ASSERT_EQ(due.size(), 2u) << "and only those of exactly that name";
  EXPECT_EQ(Claim().size(), 2u);
}

TEST_P(StoreWebhooks, IsDeliveredAgainOnlyAfterTheEnd) {
  Must(store_->Begin(Told("j1")));
  EXPECT_FALSE(Must(store_->Redeliver("j1")));
  EXPECT_FALSE(Must(store_->Redeliver("none")));
  Must(store_->Finish("j1", 0, Succeeded()));
  Must(
      store_->NoteWebhook("j1", Claim().at(0).claim, {.state = WebhookState::kDelivered, .attempts = "[1]"}));
  EXPECT_TRUE(Must(store_->Redeliver("j1")));
  EXPECT_EQ(Webhook("j1").state, WebhookState::kPending);
  EXPECT_EQ(Webhook("j1").attempts, "[1]") << "what was, was";
  EXPECT_EQ(Claim().size(), 1u);
}

TEST_P(StoreWebhooks, OfAJobThatBeginsAnewIsDueAnew) {
  NewJob job = Told("j1", "key");
  job.purchases.push_back({kPrice, "hash1"});
  Must(store_->Begin(job));
  Must(store_->Finish("j1", 0, Failed()));
  Must(store_->Finish("j1", 1, Failed(Billed::kYes)));
  Must(store_->NoteWebhook("j1", Claim().at(0).claim, {.state = WebhookState::kDelivered}));

  NewJob again = job;
  again.id = "j2";
  again.webhook_url = "https://b/";
  again.webhook_host = "b:443";
  EXPECT_EQ(BeginKind(again), Begun::Kind::kRevived);
  EXPECT_EQ(Webhook("j1").url, "https://b/");
  EXPECT_EQ(Webhook("j1").state, WebhookState::kPending);
  EXPECT_TRUE(Claim().empty());
  Must(store_->Finish("j1", 0, Succeeded()));
  EXPECT_EQ(Claim().at(0).host, "b:443");
}

TEST_P(StoreWebhooks, WhatIsToBeDeliveredIsNotForgotten) {
  NewJob job = Told("j1");
  job.keep = 0s;
  Must(store_->Begin(job));
  Must(store_->Finish("j1", 0, Succeeded()));
  EXPECT_EQ(Must(store_->Expire(10)), 0u);
  Must(store_->NoteWebhook("j1", Claim().at(0).claim, {.state = WebhookState::kDelivered}));
  EXPECT_EQ(Must(store_->Expire(10)), 1u);
  EXPECT_TRUE(Claim().empty());
}

TEST_P(StoreWebhooks, AJobIsFoundByWhatFalCallsIt) {
  Must(store_->Begin(Told("j1")));
  Must(store_->MarkSent("j1", 0));
  EXPECT_FALSE(Must(store_->FindByFal("fal-1")));
  Must(store_->MarkAccepted("j1", 0, {"fal-1", "s", "r", "c"}));
  EXPECT_EQ(Must(store_->FindByFal("fal-1"))->id, "j1");
  EXPECT_FALSE(Must(store_->FindByFal("")));
  EXPECT_TRUE(Must(store_->Nudge("j1")));
}

TEST_P(StoreWebhooks, TotalsTellWhatIsOpenByState) {
  for (const std::string id : {"j1", "j2", "j3"}) Must(store_->Begin(MakeJob(id, "alice", "")));
  EXPECT_FALSE(Must(store_->Totals()).oldest_open);
  Must(store_->MarkSent("j1", 0));
  Must(store_->MarkSent("j2", 0));
  Must(store_->MarkAccepted("j2", 0, {"fal-1", "s", "r", "c"}));
  const StoreTotals totals = Must(store_->Totals());
  EXPECT_EQ(totals.reserved, 1u);
  EXPECT_EQ(totals.sent, 1u);
  EXPECT_EQ(totals.accepted, 1u);
  EXPECT_EQ(totals.open, 3u);
  EXPECT_EQ(totals.oldest_open, Job("j1").purchases[0].sent_at);
}

INSTANTIATE_TEST_SUITE_P(Every, StoreWebhooks, testing::ValuesIn(StoreKinds()), KindName);

}  // namespace
}  // namespace flux::service

// Webhooks to callers: signed, tried again, given up, and nobody held up by anybody.
#include "service/jobs/webhook_out.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "service/jobs/webhook_message.h"
#include "tests/service/jobs/jobs_fixture.h"

namespace flux::service {
namespace {

// Receivers that answer when they are told to.
class FakePoster final : public WebhookPoster {
 public:
  explicit FakePoster(const asio::any_io_executor& loop) : open_(loop) {}
  asio::awaitable<WebhookAnswer> Post(WebhookPost post) override {
    ++at_once[post.target.Host()];
    most_at_once = std::max(most_at_once, at_once[post.target.Host()]);
    posts.push_back(post);
    if (post.target.origin.host == held) co_await open_.Wait(SteadyTime::max());
    --at_once[post.target.Host()];
    WebhookAnswer answer =
        answers.empty() ? WebhookAnswer{WebhookAnswer::Kind::kAnswered, 200} : answers.front();
    if (answers.size() > 1) answers.erase(answers.begin());
    co_return answer;
  }
  void Open() { open_.Set(); }

  std::string held;
  std::vector<WebhookAnswer> answers;
  std::vector<WebhookPost> posts;
  std::map<std::string, int> at_once;
  int most_at_once = 0;

 private:
  SharedEvent open_;
};

class WebhookOutTest : public JobsFixture {
 protected:
  WebhookOutTest() {
    std::ofstream(file_)
        << "ada whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n";
    EXPECT_TRUE(secrets_.Load().empty());
    sender_ = std::make_unique<WebhookSender>(
        WebhookSender::Parts{loop_.executor(), *store_, *kept_, poster_, targets_, secrets_, metrics_, log_,
                             clock_},
        WebhookSenderOptions{.most_at_once = 8, .most_per_host = 2, .beat = 5ms});
    sender_->Start();
  }
  ~WebhookOutTest() override {
    Do([this] { poster_.Open(); });
    Settle();
  }

  v1::Webhook Webhook(const std::string& id) { return Job(id).webhook(); }
  bool Reaches(const std::string& id, v1::WebhookState state) {
    return Eventually([&] { return Webhook(id).state() == state; });
  }
  std::string Header(const WebhookPost& post, const std::string& name) {
    for (const std::string& line : post.headers) {
      if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
    }
    return {};
  }

  const std::string file_ = testing::TempDir() + "webhook_out_secrets";
  WebhookSecrets secrets_{file_};
  WebhookTargets targets_{{}};
  FakePoster poster_{loop_.executor()};
  std::unique_ptr<WebhookSender> sender_;
};

TEST_F(WebhookOutTest, TellsOfAJobThatIsOver) {
  const std::string id = Begin("ada", "https://a.example/hook");
  EXPECT_EQ(Webhook(id).state(), v1::WEBHOOK_STATE_PENDING);
  EXPECT_TRUE(poster_.posts.empty());
  Finish(id);
  EXPECT_TRUE(Reaches(id, v1::WEBHOOK_STATE_DELIVERED));
  ASSERT_EQ(poster_.posts.size(), 1u);
  const WebhookPost& post = poster_.posts[0];
  EXPECT_EQ(post.target.url, "https://a.example/hook");
  EXPECT_EQ(Header(post, "webhook-id"), "msg_" + id);
  const WallTime sent{std::chrono::seconds(std::stoll(Header(post, "webhook-timestamp")))};
  EXPECT_EQ(Header(post, "webhook-signature"),
            WebhookSignature(secrets_.SecretsOf("ada"), "msg_" + id, sent, post.body));
  EXPECT_EQ(nlohmann::json::parse(post.body)["data"]["job"]["id"], id);
  EXPECT_EQ(Webhook(id).attempts_size(), 1);
  EXPECT_EQ(Webhook(id).attempts(0).status(), 200u);
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_service_webhooks_total", {{"outcome", "delivered"}}), 1);
}

TEST_F(WebhookOutTest, WhatFailsIsTriedAgainAndSaysWhy) {
  Do([this] {
    poster_.answers = {{WebhookAnswer::Kind::kAnswered, 500},
                       {WebhookAnswer::Kind::kTimeout, 0, "it did not answer in time"},
                       {WebhookAnswer::Kind::kAnswered, 301},
                       {WebhookAnswer::Kind::kNotAllowed, 0, "its address is not one of the internet"},
                       {WebhookAnswer::Kind::kAnswered, 204}};
  });
  const std::string id = Begin("ada", "https://a.example/hook");
  Finish(id);
  for (int tries = 1; tries <= 4; ++tries) {
    EXPECT_TRUE(Eventually([&] { return Webhook(id).attempts_size() == tries; }));
    EXPECT_EQ(Webhook(id).state(), v1::WEBHOOK_STATE_PENDING);
    EXPECT_TRUE(Webhook(id).has_next_attempt_at());
    EXPECT_TRUE(Get(kept_->Redeliver(id, "ada"))) << "sooner than in five seconds";
  }
  EXPECT_TRUE(Reaches(id, v1::WEBHOOK_STATE_DELIVERED));
  const v1::Webhook webhook = Webhook(id);
  EXPECT_EQ(webhook.attempts(0).error(), "it answered 500");
  EXPECT_EQ(webhook.attempts(0).status(), 500u);
  EXPECT_EQ(webhook.attempts(2).error(), "it redirects, which is not followed");
  EXPECT_EQ(webhook.attempts(4).error(), "");
  EXPECT_EQ(Header(poster_.posts[0], "webhook-id"), Header(poster_.posts[4], "webhook-id"));
}

TEST_F(WebhookOutTest, WhoIsGoneIsNotAskedAgain) {
  Do([this] { poster_.answers = {{WebhookAnswer::Kind::kAnswered, 410}}; });
  const std::string id = Begin("ada", "https://a.example/hook");
  Finish(id);
  EXPECT_TRUE(Reaches(id, v1::WEBHOOK_STATE_FAILED));
  EXPECT_FALSE(Webhook(id).has_next_attempt_at());
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_service_webhooks_total", {{"outcome", "gone"}}), 1);
}

TEST_F(WebhookOutTest, ASlowReceiverHoldsUpNobodyElse) {
  Do([this] { poster_.held = "slow.example"; });
  std::vector<std::string> slow;
  const auto begin = [&](const std::string& host) {
    NewJob job;
    job.id = std::string(31, 'a') + static_cast<char>('a' + slow.size());
    job.caller = "ada";
    job.id[0] = host[0];
    job.plan = "{}";
    job.webhook_url = "https://" + host + "/";
    job.webhook_host = host + ":443";
    job.purchases.push_back({});
    EXPECT_TRUE(Get(store_->Begin(job)));
    Outcome outcome{.state = PurchaseState::kFailed, .error = R"({"reason":"CANCELLED"})"};
    EXPECT_TRUE(*Get(store_->Finish(job.id, 0, outcome)));
    return job.id;
  };
  for (int i = 0; i < 20; ++i) slow.push_back(begin("slow.example"));
  const std::string quick = begin("quick.example");
  EXPECT_TRUE(Reaches(quick, v1::WEBHOOK_STATE_DELIVERED));
  EXPECT_EQ(Webhook(slow[19]).state(), v1::WEBHOOK_STATE_PENDING);
  Do([this] {
    EXPECT_LE(poster_.most_at_once, 2);
    poster_.Open();
  });
  for (const std::string& id : slow) EXPECT_TRUE(Reaches(id, v1::WEBHOOK_STATE_DELIVERED));
}

TEST_F(WebhookOutTest, WithoutASecretAnyMoreItIsNotSent) {
  const std::string id = Begin("ada", "https://a.example/hook");
  std::ofstream(file_) << "# nobody\n";
  EXPECT_TRUE(secrets_.Load().empty());
  Finish(id);
  EXPECT_TRUE(Eventually([&] { return Webhook(id).attempts_size() == 1; }));
  EXPECT_THAT(Webhook(id).attempts(0).error(), testing::HasSubstr("no secret"));
  EXPECT_TRUE(poster_.posts.empty());
}

TEST_F(WebhookOutTest, AnExceptionThatIsNoneAnyMoreIsHeeded) {
  const std::string id = Begin("ada", "http://10.0.0.1/hook");
  Finish(id);
  EXPECT_TRUE(Eventually([&] { return Webhook(id).attempts_size() == 1; }));
  EXPECT_TRUE(poster_.posts.empty());
}

TEST(WebhookPauseTest, GrowsToADayInAll) {
  EXPECT_EQ(PauseAfter(1), 5s);
  EXPECT_EQ(PauseAfter(2), 30s);
  EXPECT_EQ(PauseAfter(1'000), 4h);
  EXPECT_EQ(PauseAfter(0), 5s);
}

}  // namespace
}  // namespace flux::service

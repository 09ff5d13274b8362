// Attempts as they are remembered.
#include "service/purchase/webhook_record.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

using namespace std::chrono_literals;

TEST(WebhookRecordTest, TheLastTenAreRemembered) {
  std::string json;
  for (int i = 1; i <= 12; ++i) {
    json = WithAttempt(json, {WallTime(std::chrono::seconds(i)), 500, "it answered 500"});
  }
  json = WithAttempt(json, {WallTime(13s), 200, ""});
  const auto attempts = AttemptsFromJson(json);
  ASSERT_EQ(attempts.size(), 10u);
  EXPECT_EQ(attempts.front().at, WallTime(4s));
  EXPECT_EQ(attempts.front().error, "it answered 500");
  EXPECT_EQ(attempts.back().status, 200);
  EXPECT_EQ(attempts.back().error, "");
}

TEST(WebhookRecordTest, WhatCannotBeReadIsNoAttempt) {
  for (const char* odd : {"", "x", "{}", "null", "[1,null,\"x\",{}]", R"([{"at":-1}])", R"([{"at":1e30}])",
                          R"([{"at":"1"}])"}) {
    EXPECT_TRUE(AttemptsFromJson(odd).empty()) << odd;
  }
  const auto partly = AttemptsFromJson(R"([{"at":1,"status":"200","error":7},{"at":2,"status":99999}])");
  ASSERT_EQ(partly.size(), 2u);
  EXPECT_EQ(partly[1].status, 0);
}

TEST(WebhookRecordTest, IsShownToItsOwner) {
  StoredWebhook webhook{.url = "https://a/", .state = WebhookState::kPending, .tries = 1};
  webhook.attempts = WithAttempt("", {WallTime(1s), 0, "it takes no connection"});
  webhook.due_at = WallTime(6s);
  const v1::Webhook shown = ToProto(webhook);
  EXPECT_EQ(shown.url(), "https://a/");
  EXPECT_EQ(shown.state(), v1::WEBHOOK_STATE_PENDING);
  ASSERT_EQ(shown.attempts_size(), 1);
  EXPECT_EQ(shown.attempts(0).error(), "it takes no connection");
  EXPECT_EQ(shown.attempts(0).status(), 0u);
  EXPECT_EQ(shown.next_attempt_at().seconds(), 6);
  webhook.state = WebhookState::kFailed;
  EXPECT_FALSE(ToProto(webhook).has_next_attempt_at());
}

}  // namespace
}  // namespace flux::service

// Everything that fal can do to us, produced by the simulator's fault words: HTTP status, reason, `billed`,
// and what the simulator's ledger says.
#include <gtest/gtest.h>

#include "tests/e2e/stack.h"
#include "tests/fakes/raw_server.h"

namespace flux::e2e {
namespace {

struct FaultRow {
  const char* word;
  int status;
  const char* code;
  const char* billed;
  bool retryable;
};

class FaultsTest : public testing::TestWithParam<FaultRow> {
 protected:
  static void SetUpTestSuite() {
    stack_ = std::make_unique<Stack>(StackOptions{.service = {"--request-timeout=2s"}});
  }
  static void TearDownTestSuite() { stack_.reset(); }
  static std::unique_ptr<Stack> stack_;
};

std::unique_ptr<Stack> FaultsTest::stack_;

TEST_P(FaultsTest, HasItsRow) {
  const std::size_t before = stack_->Billed();
  const Answer answer = stack_->Draw(std::string("a cat sim:") + GetParam().word);
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(answer.json["code"], GetParam().code);
  EXPECT_EQ(answer.json["billed"], GetParam().billed);
  EXPECT_EQ(answer.json["retryable"], GetParam().retryable);
  EXPECT_EQ(answer.Header("x-should-retry"), std::string(GetParam().billed) == "no" ? "" : "false");
  // The ledger is the judge: whatever it billed must not have been called free.
  EXPECT_TRUE(std::string(GetParam().billed) != "no" || stack_->Billed() == before);
}

INSTANTIATE_TEST_SUITE_P(Words, FaultsTest,
                         testing::Values(FaultRow{"401", 502, "UPSTREAM_ACCOUNT", "no", false},
                                         FaultRow{"403", 502, "UPSTREAM_ACCOUNT", "no", false},
                                         FaultRow{"404", 502, "UPSTREAM_NOT_FOUND", "no", false},
                                         FaultRow{"policy", 422, "CONTENT_POLICY", "no", false},
                                         FaultRow{"download", 422, "UPSTREAM_REJECTED_INPUT", "no", false},
                                         FaultRow{"string422", 422, "UPSTREAM_REJECTED_INPUT", "no", false},
                                         FaultRow{"429", 429, "UPSTREAM_THROTTLED", "no", true},
                                         FaultRow{"429-200", 429, "UPSTREAM_THROTTLED", "no", true},
                                         FaultRow{"500", 502, "UPSTREAM_ERROR", "no", true},
                                         FaultRow{"502", 503, "UPSTREAM_BUSY", "no", true},
                                         FaultRow{"503", 503, "UPSTREAM_BUSY", "no", true},
                                         FaultRow{"cut", 502, "UPSTREAM_CONNECTION_LOST", "maybe", false},
                                         FaultRow{"reset", 502, "UPSTREAM_CONNECTION_LOST", "maybe", false},
                                         FaultRow{"notjson", 502, "UPSTREAM_PROTOCOL", "yes", false},
                                         FaultRow{"empty", 502, "UPSTREAM_NO_IMAGES", "yes", false},
                                         FaultRow{"noimages", 502, "UPSTREAM_NO_IMAGES", "yes", false},
                                         FaultRow{"huge", 502, "UPSTREAM_REPLY_TOO_LARGE", "maybe", false},
                                         FaultRow{"hang", 504, "UPSTREAM_TIMEOUT", "maybe", false}),
                         [](const auto& row) {
                           std::string name = row.param.word;
                           std::erase(name, '-');
                           return name;
                         });

TEST_F(FaultsTest, FalsOwnErrorIsPassedOnAsToday) {
  const Answer answer = stack_->Draw("sim:policy");
  EXPECT_EQ(answer.json["fal_error"]["detail"][0]["type"], "content_policy_violation");
  EXPECT_TRUE(answer.json["error"].is_string());
}

TEST_F(FaultsTest, SlowerThanUsualIsNoFault) {
  EXPECT_EQ(stack_->Draw("sim:slow=300").status, 200);
}

TEST_F(FaultsTest, FailuresOfForwardingKeepTheirTimestamp) {
  const Answer answer = stack_->Draw("sim:500");
  EXPECT_TRUE(answer.json["timestamp"].is_string());
  EXPECT_TRUE(answer.json["message"].is_string());
}

TEST(UnreachableTest, NobodyListensAtFal) {
  int port = 0;
  {
    port = fakes::RawServer([](fakes::RawConnection&, int) {}).port();
  }
  Stack stack({.fal_url = "http://127.0.0.1:" + std::to_string(port)});
  const Answer answer = stack.Draw("x");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.json["code"], "UPSTREAM_UNREACHABLE");
  EXPECT_EQ(answer.json["billed"], "no");
  EXPECT_FALSE(answer.Header("Retry-After").empty());
}

TEST(UnreachableTest, NobodyListensAtTheService) {
  Stack stack;
  stack.service->Signal(SIGKILL);
  stack.service->Wait();
  EXPECT_TRUE(Eventually([&] { return stack.Get(stack.admin_address(), "/readyz").status == 503; }));
  const Answer answer = stack.Draw("x");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.json["code"], "SERVICE_UNAVAILABLE");
  EXPECT_EQ(answer.json["billed"], "no");
  EXPECT_EQ(stack.Get(stack.admin_address(), "/healthz").status, 200);
}

TEST(UnreachableTest, ServiceKilledAtWorkMayHaveSpent) {
  Stack stack;
  std::thread caller([&] {
    const Answer answer = stack.Draw("sim:slow=20000");
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(answer.json["code"], "SERVICE_LOST");
    EXPECT_EQ(answer.json["billed"], "maybe");
  });
  EXPECT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 1; }));
  stack.service->Signal(SIGKILL);
  caller.join();
}

TEST(LeavingTest, ACallerWhoLeavesEndsTheExchangeWithFal) {
  Stack stack;
  {
    httplib::Client client("http://" + stack.public_address());
    client.set_read_timeout(std::chrono::milliseconds(300));
    EXPECT_FALSE(
        client.Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"sim:hang"})", "application/json"));
  }
  EXPECT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 0; }));
  EXPECT_TRUE(Eventually([&] { return stack.gateway->Output().find("\"CANCELLED\"") != std::string::npos; }));
}

TEST(DeadlineTest, TheGatewaysLimitReachesFal) {
  Stack stack({.gateway = {"--request-timeout=3s"}});
  const Answer answer = stack.Draw("sim:hang");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.json["code"], "UPSTREAM_TIMEOUT");
  EXPECT_EQ(answer.json["billed"], "maybe");
  EXPECT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 0; }));
}

}  // namespace
}  // namespace flux::e2e

// Purchases with an idempotency key, from the bytes of a head to what flux-service is asked; and what replies
// say of purchases that are remembered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;

class KeyedTest : public GuardTest {
 protected:
  Request Keyed(const std::string& key, std::string path = "/api/v1/flux/text-to-image/dev",
                std::string body = R"({"prompt":"x"})") {
    Request request = Post(std::move(path), std::move(body));
    request.headers.emplace_back("idempotency-key", key);
    return request;
  }

  const v1::GenerationParameters& Asked() const {
    return std::visit(
        [](const auto& typed) -> const auto& { return typed.parameters(); }, backend_.last_request());
  }
};

TEST_F(KeyedTest, EveryGenerationRouteTakesTheHeader) {
  for (const char* path :
       {"/api/v1/flux/text-to-image/pro", "/api/v1/flux/text-to-image/schnell", "/api/v1/flux/image-to-image",
        "/api/v1/flux/inpainting", "/api/v1/flux/edit/kontext-pro", "/api/v1/flux/text-to-image/x"}) {
    EXPECT_EQ(Handle(Keyed("k-1", path)).status, 200) << path;
    EXPECT_EQ(Asked().idempotency_key(), "k-1") << path;
    EXPECT_EQ(Handle(Post(path)).status, 200);
    EXPECT_EQ(Asked().idempotency_key(), "") << "its own request only";
  }
}

TEST_F(KeyedTest, ABodyMayHaveTheKey) {
  const std::string path = "/api/v1/flux/text-to-image/dev";
  EXPECT_EQ(Handle(Post(path, R"({"prompt":"x","idempotency_key":"k-2"})")).status, 200);
  EXPECT_EQ(Asked().idempotency_key(), "k-2");
  EXPECT_EQ(Handle(Keyed("k-2", path, R"({"prompt":"x","idempotency_key":"k-2"})")).status, 200);
  EXPECT_EQ(Asked().idempotency_key(), "k-2");
  for (const char* none : {"null", "false"}) {
    EXPECT_EQ(
        Handle(Keyed("k-3", path, R"({"prompt":"x","idempotency_key":)" + std::string(none) + "}")).status,
        200);
    EXPECT_EQ(Asked().idempotency_key(), "k-3") << none;
  }
}

TEST_F(KeyedTest, ABadHeaderIsRefusedBeforeTheBodyIsThere) {
  for (const std::string& key :
       {std::string(), std::string(256, 'k'), std::string("a\tb"), std::string("schlüssel")}) {
    Request head = Keyed(key);
    head.body.clear();
    const Opened opened = guard_->Open(head);
    ASSERT_TRUE(std::holds_alternative<Reply>(opened)) << key;
    const Reply& reply = std::get<Reply>(opened);
    EXPECT_EQ(reply.status, 400);
    const nlohmann::json json = nlohmann::json::parse(reply.body);
    EXPECT_EQ(json["code"], "INVALID_IDEMPOTENCY_KEY");
    EXPECT_EQ(json["field"], "Idempotency-Key");
    EXPECT_EQ(json["billed"], "no");
    EXPECT_EQ(json["retryable"], false);
  }
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(KeyedTest, ABadFieldIsRefused) {
  const std::string long_key = '"' + std::string(256, 'k') + '"';
  for (const std::string& key :
       {std::string("\"\""), std::string(R"("a\nb")"), std::string(R"("a\u0000b")"), std::string(R"(" ")"),
        std::string(R"("a ")"), std::string(R"("\u00fc")"), long_key, std::string("7"), std::string("true"),
        std::string("[\"a\"]"), std::string("{}")}) {
    EXPECT_EQ(
        Handle(Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x","idempotency_key":)" + key + "}"))
            .status,
        400)
        << key;
    EXPECT_EQ(json_["code"], "INVALID_IDEMPOTENCY_KEY") << key;
    EXPECT_EQ(json_["field"], "idempotency_key") << key;
  }
  EXPECT_EQ(
      Handle(Keyed("k-1", "/api/v1/flux/text-to-image/dev", R"({"prompt":"x","idempotency_key":"k-2"})"))
          .status,
      400);
  EXPECT_EQ(json_["code"], "INVALID_IDEMPOTENCY_KEY");
  EXPECT_THAT(json_["error"].get<std::string>(), HasSubstr("another key than the Idempotency-Key header"));
  EXPECT_EQ(Handle(Post("/api/v1/flux/text-to-image/dev", R"({"prompt":1,"idempotency_key":1})")).status,
            422);
  EXPECT_EQ(json_["violations"].size(), 2u) << "all that is wrong at once";
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(KeyedTest, WhoLeavesMayHaveItFinished) {
  for (const auto& [value, asked] : {std::pair{"\"finish\"", v1::ON_DISCONNECT_FINISH},
                                     {"\" cancel \"", v1::ON_DISCONNECT_CANCEL},
                                     {"null", v1::ON_DISCONNECT_UNSPECIFIED},
                                     {"\"\"", v1::ON_DISCONNECT_UNSPECIFIED}}) {
    const std::string body = R"({"prompt":"x","on_disconnect":)" + std::string(value) + "}";
    EXPECT_EQ(Handle(Post("/api/v1/flux/text-to-image/dev", body)).status, 200) << value;
    EXPECT_EQ(Asked().on_disconnect(), asked) << value;
  }
  EXPECT_EQ(Handle(Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x","on_disconnect":"stay"})")).status,
            422);
  EXPECT_EQ(json_["field"], "on_disconnect");
}

TEST_F(KeyedTest, AResendWithoutAKeyIsTold) {
  Request request = Post();
  request.headers.emplace_back("x-stainless-retry-count", "2");
  Handle(std::move(request));
  EXPECT_EQ(backend_.last_context().retry, 2u);
  request = Keyed("k-1");
  request.headers.emplace_back("x-stainless-retry-count", "2");
  Handle(std::move(request));
  EXPECT_EQ(backend_.last_context().retry, 0u) << "its key says more";
  Handle(Post());
  EXPECT_EQ(backend_.last_context().retry, 0u);
}

TEST_F(KeyedTest, RepliesTellTheJobAReplayAndTheBudget) {
  v1::Generation made;
  made.add_images()->set_url("https://v3.fal.media/a.png");
  made.set_job_id(kJobId);
  made.set_replayed(true);
  made.set_budget_left_nano_usd(1'000'000'007);
  backend_.Answer(made);
  const Reply reply = Handle(Keyed("k-1"));
  EXPECT_EQ(headers_["x-job-id"], kJobId);
  EXPECT_EQ(headers_["Idempotent-Replayed"], "true");
  EXPECT_EQ(headers_["x-budget-left-usd"], "1.000000007");
  EXPECT_EQ(reply.billed, Billed::kNo) << "it was bought before";
  for (const char* name : {"x-job-id", "Idempotent-Replayed", "x-budget-left-usd"}) {
    EXPECT_THAT(headers_["Access-Control-Expose-Headers"], HasSubstr(name));
  }
  backend_.Answer(v1::Generation());
  EXPECT_EQ(Handle(Post()).billed, Billed::kYes);
  for (const char* name : {"x-job-id", "Idempotent-Replayed", "x-budget-left-usd"}) {
    EXPECT_FALSE(headers_.contains(name));
  }
}

TEST_F(KeyedTest, AnErrorThatIsRememberedSaysWhere) {
  Status status(Reason::kUpstreamTimeout);
  status.job = kJobId;
  backend_.Answer(status);
  EXPECT_EQ(Handle(Post()).status, 504);
  EXPECT_EQ(json_["job"], kJobPath);
  EXPECT_EQ(headers_["x-job-id"], kJobId);
  backend_.Answer(Status(Reason::kUpstreamTimeout));
  Handle(Post());
  EXPECT_FALSE(json_.contains("job"));
  EXPECT_FALSE(headers_.contains("x-job-id"));
}

TEST_F(KeyedTest, NobodyResendsByItselfWhatCannotHelp) {
  Status over(Reason::kBudgetExceeded);
  over.budget_left_nano_usd = 12'000'000;
  backend_.Answer(over);
  EXPECT_EQ(Handle(Post()).status, 402);
  EXPECT_EQ(headers_["x-budget-left-usd"], "0.012");
  EXPECT_EQ(headers_["x-should-retry"], "false");
  Status unknown(Reason::kOutcomeUnknown);
  unknown.billed = Billed::kNo;
  backend_.Answer(unknown);
  EXPECT_EQ(Handle(Keyed("k-1")).status, 409);
  EXPECT_EQ(headers_["x-should-retry"], "false");
}

TEST_F(KeyedTest, PagesMaySendTheKey) {
  Request request = Post();
  request.method = "OPTIONS";
  request.headers.emplace_back("Origin", "https://site.example");
  const Reply reply = Handle(std::move(request));
  EXPECT_THAT(reply.headers,
              testing::Contains(testing::Pair("Access-Control-Allow-Headers", HasSubstr("Idempotency-Key"))));
  EXPECT_THAT(reply.headers,
              testing::Contains(testing::Pair("Access-Control-Allow-Headers", HasSubstr("Prefer"))));
}

}  // namespace
}  // namespace flux::gateway

// A key buys once: whoever shares it, wherever they ask, whatever restarts; a budget is never overrun.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/e2e/api_key.h"
#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;

TEST(BuyOnceTest, AHundredWithOneKeyGetOnePictureThroughTwoGatewaysAndTwoServices) {
  StorePlace place("postgres");
  Stack stack({.sim = {"--latency=500ms"},
               .service = place.Arguments(),
               .whole_fal = true,
               .environment = place.Environment()});
  const auto other = stack.AnotherService();
  const auto other_gateway = stack.AnotherGateway(other->Address("grpc"));
  const std::string addresses[] = {stack.public_address(), other_gateway->Address("http")};
  const std::vector<Answer> answers = AtOnce(100, [&](std::size_t i) {
    return Stack::PostTo(addresses[i % 2], kDev, R"({"prompt":"shared"})", {{kKeyHeader, "one key"}});
  });
  std::set<std::string> pictures;
  std::set<std::string> jobs;
  std::set<std::string> costs;
  for (const Answer& answer : answers) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    nlohmann::json told = answer.json;
    told.erase("processing_time");  // how long this caller waited
    pictures.insert(told.dump());
    jobs.insert(answer.Header("x-job-id"));
    costs.insert(answer.Header("x-cost-usd"));
  }
  EXPECT_EQ(pictures.size(), 1u);
  EXPECT_EQ(jobs.size(), 1u);
  EXPECT_EQ(costs.size(), 1u);
  EXPECT_EQ(std::ranges::count(answers, "true",
                               [](const Answer& answer) { return answer.Header("Idempotent-Replayed"); }),
            99);
  EXPECT_EQ(stack.Billed(), 1u);
}

class Budgets : public testing::TestWithParam<const char*> {};

TEST_P(Budgets, AHundredAgainstABudgetForTenBuyTen) {
  StorePlace place(GetParam());
  const std::string file = place.folder() / "budgets";
  std::ofstream(file) << "* usd=0.25 per=day\n";  // a picture of a megapixel is $0.025
  Stack stack({.sim = {"--latency=100ms"},
               .service = place.Arguments({"--budgets-file=" + file}),
               .whole_fal = true,
               .environment = place.Environment()});
  const std::vector<Answer> answers = AtOnce(100, [&](std::size_t i) {
    const std::string number = std::to_string(i);
    return stack.Post(kDev, R"({"prompt":"budget","image_size":"square_hd"})",
                      {{kKeyHeader, "budget-" + number}});
  });
  int bought = 0;
  for (const Answer& answer : answers) {
    if (answer.status == 200) {
      ++bought;
      continue;
    }
    EXPECT_EQ(answer.status, 402) << answer.body;
    EXPECT_EQ(answer.json["code"], "BUDGET_EXCEEDED");
    EXPECT_EQ(answer.json["billed"], "no");
    EXPECT_THAT(answer.json["error"].get<std::string>(), HasSubstr("$0.25 a day"));
    EXPECT_EQ(answer.Header("x-budget-left-usd"), "0");
    EXPECT_EQ(answer.Header("x-should-retry"), "false");
  }
  EXPECT_EQ(bought, 10);
  EXPECT_EQ(stack.Billed(), 10u);
  const nlohmann::json usage = Stack::Get(stack.public_address(), "/api/v1/usage?days=1").json["usage"];
  EXPECT_EQ(usage["days"][0]["spent_usd"], 0.25) << usage.dump();
  EXPECT_EQ(usage["days"][0]["reserved_usd"], 0);
  EXPECT_EQ(usage["days"][0]["purchases"], 10);
  EXPECT_EQ(usage["budgets"][0]["left_usd"], 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, Budgets, testing::Values("memory", "sqlite", "postgres"),
                         [](const auto& row) { return std::string(row.param); });

TEST(BuyOnceTest, ARestartForgetsNothing) {
  StorePlace place("sqlite");
  Stack stack({.service = place.Arguments(), .whole_fal = true});
  const Answer first = stack.Post(kDev, R"({"prompt":"kept"})", {{kKeyHeader, "k"}});
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.Header("Idempotent-Replayed"), "");
  stack.RestartService();
  const Answer again = stack.Insist(kDev, R"({ "prompt" : "kept" })", {{kKeyHeader, "k"}});
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json["data"], first.json["data"]);
  EXPECT_EQ(again.Header("Idempotent-Replayed"), "true");
  EXPECT_EQ(again.Header("x-job-id"), first.Header("x-job-id"));
  const Answer in_body = stack.Post(kDev, R"({"prompt":"kept","idempotency_key":"k"})");
  EXPECT_EQ(in_body.json["data"], first.json["data"]);
  const Answer other = stack.Post(kDev, R"({"prompt":"another"})", {{kKeyHeader, "k"}});
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.json["code"], "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(other.json["billed"], "no");
  EXPECT_EQ(stack.Billed(), 1u);
}

TEST(BuyOnceTest, AKeyHas1To255PrintableCharacters) {
  Stack stack({.service = {"--store=memory"}, .whole_fal = true});
  const std::string body = R"({"prompt":"edges"})";
  for (const std::string& good :
       {std::string("k"), std::string(255, 'k'), std::string("a b"), std::string("\"~!")}) {
    EXPECT_EQ(stack.Post(kDev, body, {{kKeyHeader, good}}).status, 200) << good;
  }
  const std::size_t bought = stack.Billed();
  EXPECT_EQ(bought, 4u);
  std::vector<Answer> refused;
  for (const char* bad : {"", "schl\xc3\xbcssel", "a\tb", "\x80"}) {
    refused.push_back(stack.Post(kDev, body, {{kKeyHeader, bad}}));
  }
  refused.push_back(stack.Post(kDev, body, {{kKeyHeader, std::string(256, 'k')}}));
  refused.push_back(stack.Post(kDev, body, {{kKeyHeader, "a"}, {kKeyHeader, "b"}}));
  for (const char* bad : {R"("")", R"("a\u0000b")", R"("a\u0001")", R"("\n")", R"(" a")", R"("a ")", R"("é")",
                          R"(7)", R"({})"}) {
    refused.push_back(stack.Post(kDev, R"({"prompt":"edges","idempotency_key":)" + std::string(bad) + "}"));
  }
  refused.push_back(stack.Post(kDev, R"({"prompt":"edges","idempotency_key":"a"})", {{kKeyHeader, "b"}}));
  for (std::size_t i = 0; i < refused.size(); ++i) {
    EXPECT_EQ(refused[i].status, 400) << i << refused[i].body;
    EXPECT_EQ(refused[i].json["code"], "INVALID_IDEMPOTENCY_KEY") << i << refused[i].body;
    EXPECT_EQ(refused[i].json["billed"], "no") << i;
  }
  EXPECT_EQ(stack.Billed(), bought);
}

TEST(BuyOnceTest, NobodyElseSeesOrUsesAnotherCallersKeyOrJob) {
  StorePlace place("memory");
  const Key ada = Keygen({"ada"});
  const Key bob = Keygen({"bob"});
  const Key ada_too = Keygen({"ada2"});
  const std::string file = place.folder() / "keys";
  std::ofstream(file) << ada.line << "\n" << bob.line << "\n" << ada_too.line << "\n";
  Stack stack({.service = place.Arguments(), .gateway = {"--api-keys-file=" + file}, .whole_fal = true});
  const auto buy = [&](const Key& who) {
    return stack.Post(kDev, R"({"prompt":"mine"})", {{"X-API-Key", who.key}, {kKeyHeader, "same"}});
  };
  const Answer of_ada = buy(ada);
  const Answer of_bob = buy(bob);
  ASSERT_EQ(of_ada.status, 200) << of_ada.body;
  EXPECT_NE(of_ada.Header("x-job-id"), of_bob.Header("x-job-id"));
  EXPECT_EQ(stack.Billed(), 2u);
  const std::string job = "/api/v1/jobs/" + of_ada.Header("x-job-id");
  const auto look = [&](const httplib::Headers& headers) {
    return Stack::Get(stack.public_address(), job, headers);
  };
  const Answer own = look({{"X-API-Key", ada.key}});
  EXPECT_EQ(own.status, 200);
  EXPECT_EQ(own.json["data"], of_ada.json["data"]);
  EXPECT_EQ(own.json["job"]["billed"], "yes");
  const Answer strange = look({{"X-API-Key", bob.key}});
  EXPECT_EQ(strange.status, 404);
  EXPECT_EQ(strange.json["code"], "UNKNOWN_JOB");
  EXPECT_EQ(look({{"X-API-Key", ada_too.key}}).status, 404);
  EXPECT_EQ(look({}).status, 401);
  const Answer none =
      Stack::Get(stack.public_address(), "/api/v1/jobs/" + std::string(32, '0'), {{"X-API-Key", bob.key}});
  nlohmann::json same = strange.json;
  for (const char* mark : {"request_id"}) same.erase(mark);
  EXPECT_EQ(none.json["error"], strange.json["error"]) << "nobody learns which ids there are";
}

TEST(BuyOnceTest, WhoLeavesFindsThePictureUnderItsKey) {
  StorePlace place("sqlite");
  Stack stack({.sim = {"--latency=700ms"}, .service = place.Arguments(), .whole_fal = true});
  httplib::Client impatient("http://" + stack.public_address());
  impatient.set_read_timeout(std::chrono::milliseconds(100));
  const std::string body = R"({"prompt":"leaves"})";
  EXPECT_FALSE(impatient.Post(kDev, {{kKeyHeader, "leaves"}}, body, "application/json"));
  // In the middle of it the service is replaced in good order.
  stack.service->Signal(SIGTERM);
  stack.service->Wait();
  stack.RestartService();
  EXPECT_EQ(stack.Insist(kDev, body, {{kKeyHeader, "leaves"}}).status, 200);
  EXPECT_EQ(stack.Billed(), 1u);
}

TEST(BuyOnceTest, WithoutAKeyWhoLeavesMayHaveItFinished) {
  StorePlace place("sqlite");
  Stack stack({.sim = {"--latency=500ms"}, .service = place.Arguments(), .whole_fal = true});
  httplib::Client impatient("http://" + stack.public_address());
  impatient.set_read_timeout(std::chrono::milliseconds(100));
  const std::string body = R"({"prompt":"finish","on_disconnect":"finish"})";
  EXPECT_FALSE(impatient.Post(kDev, body, "application/json"));
  EXPECT_TRUE(Eventually([&] { return stack.Billed() == 1; }));
  // A resend that says it is one gets the same.
  const Answer again = stack.Insist(kDev, body, {{"x-stainless-retry-count", "1"}});
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(stack.Billed(), 1u);
}

}  // namespace
}  // namespace flux::e2e

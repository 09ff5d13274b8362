// flux-service is killed before and after each step of a purchase; the next start settles what was left, and
// the caller who comes back with its key has its picture, which was paid for once.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"

namespace flux::e2e {
namespace {

struct Death {
  const char* route;
  const char* moment;
};

class CrashWalk : public testing::TestWithParam<Death> {};

TEST_P(CrashWalk, ThePictureIsThereOnce) {
  StorePlace place("sqlite");
  Stack stack({.sim = {"--history-lag=100ms"},
               .service = place.Arguments({std::string("--keyed-route=") + GetParam().route}),
               .whole_fal = true,
               .environment = {{"DIE_AT", GetParam().moment}},
               .service_program = "dying-service"});
  const httplib::Headers key{{"Idempotency-Key", "dies"}};
  const std::string body = R"({"prompt":"dies"})";
  const Answer first = stack.Post(kDev, body, key);
  ASSERT_EQ(stack.service->Wait(), 128 + SIGKILL);
  const bool told = first.status == 200;  // only what comes after the answer may die after it
  EXPECT_TRUE(!told || std::string(GetParam().moment).starts_with("MarkDelivered")) << first.body;
  stack.RestartService();

  if (std::string(GetParam().moment) == "MarkSent:after") {
    // Nothing was sent; but nobody can know that, so it is never sent again, and that is said.
    Answer unknown;
    EXPECT_TRUE(Eventually([&] {
      unknown = stack.Post(kDev, body, key);
      return unknown.json["code"] == "OUTCOME_UNKNOWN";
    })) << unknown.body;
    EXPECT_EQ(unknown.status, 409);
    EXPECT_EQ(unknown.Header("x-should-retry"), "false");
    const Answer job = Stack::Get(stack.public_address(), unknown.json["job"]);
    EXPECT_EQ(job.json["job"]["state"], "unknown") << job.body;
    EXPECT_EQ(stack.Billed(), 0u);
    return;
  }
  const Answer again = stack.Insist(kDev, body, key);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json["data"]["images"].size(), 1u);
  if (told) {
    EXPECT_EQ(again.json["data"], first.json["data"]);
  }
  EXPECT_EQ(stack.Post(kDev, body, key).json["data"], again.json["data"]);
  EXPECT_EQ(stack.Billed(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Steps, CrashWalk,
    testing::Values(Death{"queue", "Begin:before"}, Death{"queue", "Begin:after"},
                    Death{"queue", "MarkSent:before"}, Death{"queue", "MarkSent:after"},
                    Death{"queue", "MarkAccepted:before"}, Death{"queue", "MarkAccepted:after"},
                    Death{"queue", "Finish:before"}, Death{"queue", "Finish:after"},
                    Death{"queue", "MarkDelivered:before"}, Death{"queue", "MarkDelivered:after"},
                    Death{"direct", "MarkSent:before"}, Death{"direct", "MarkSent:after"},
                    Death{"direct", "Finish:before"}, Death{"direct", "Finish:after"}),
    [](const auto& row) {
      std::string name = std::string(row.param.route) + row.param.moment;
      name.erase(name.find(':'), 1);
      return name;
    });

class TakeOver : public testing::TestWithParam<const char*> {};

TEST_P(TakeOver, AnotherReplicaFinishesWhatOneThatDiedHasBegun) {
  StorePlace place("postgres");
  Process::Settings environment = place.Environment();
  environment["DIE_AT"] = GetParam();
  Stack stack({.sim = {"--history-lag=100ms"},
               .service = place.Arguments({"--lease=1s"}),
               .whole_fal = true,
               .environment = environment,
               .service_program = "dying-service"});
  const auto other = stack.AnotherService();
  const auto gateway = stack.AnotherGateway(other->Address("grpc"));
  const httplib::Headers key{{"Idempotency-Key", "taken over"}};
  const std::string body = R"({"prompt":"taken over"})";
  EXPECT_NE(stack.Post(kDev, body, key).status, 200);
  ASSERT_EQ(stack.service->Wait(), 128 + SIGKILL);
  Answer again;
  EXPECT_TRUE(Eventually([&] {
    again = Stack::PostTo(gateway->Address("http"), kDev, body, key);
    return again.status == 200;
  })) << again.body;
  EXPECT_EQ(again.json["data"]["images"].size(), 1u);
  EXPECT_EQ(stack.Billed(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Steps, TakeOver,
                         testing::Values("Begin:after", "MarkAccepted:before", "MarkAccepted:after",
                                         "Finish:before"),
                         [](const auto& row) {
                           std::string name = row.param;
                           name.erase(name.find(':'), 1);
                           return name;
                         });

}  // namespace
}  // namespace flux::e2e

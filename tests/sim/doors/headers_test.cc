// The newer request headers: how long a start may take, and how urgent it is.
#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

class HeadersTest : public QueueTest {
 protected:
  httplib::Result Run(const Given& body, httplib::Headers more) const {
    more.insert(key_.begin(), key_.end());
    return Client().Post(kDev, more, body.dump(), "application/json");
  }
  void Allow(int generations) const {
    const auto reply = Client().Put(
        "/_sim/limits", R"({"max_concurrency":)" + std::to_string(generations) + "}", "application/json");
    ASSERT_EQ(reply->status, 200);
  }
  std::int64_t Billed() const {
    return Given::parse(Client().Get("/_sim/ledger")->body)["billed_units"].get<std::int64_t>();
  }
};

TEST_F(HeadersTest, AColdStartBeyondTheLimitIs504AndFree) {
  StartSim(Quick());
  const auto late = Run(Prompt("sim:cold=3000"), {{"X-Fal-Request-Start-Timeout", "2"}});
  ASSERT_TRUE(late);
  EXPECT_EQ(late->status, 504);
  EXPECT_EQ(late->get_header_value("X-Fal-Request-Timeout-Type"), "user");
  EXPECT_EQ(late->get_header_value("x-fal-billable-units"), "0");
  EXPECT_EQ(Billed(), 0);
  EXPECT_EQ(Run(Prompt("sim:cold=50"), {{"X-Fal-Request-Start-Timeout", "2"}})->status, 200);
  EXPECT_EQ(Run(Prompt("sim:cold=50"), {})->status, 200);
}

TEST_F(HeadersTest, TheDeprecatedHeaderCountsAloneOnly) {
  StartSim(Quick());
  EXPECT_EQ(Run(Prompt("sim:cold=1500"), {{"X-Fal-Request-Timeout", "1"}})->status, 504);
  EXPECT_EQ(
      Run(Prompt("sim:cold=1500"), {{"X-Fal-Request-Timeout", "1"}, {"X-Fal-Request-Start-Timeout", "60"}})
          ->status,
      200);
  EXPECT_EQ(
      Run(Prompt("sim:cold=1500"), {{"X-Fal-Request-Timeout", "60"}, {"X-Fal-Request-Start-Timeout", "1"}})
          ->status,
      504);
}

TEST_F(HeadersTest, WhatIsNoLimitCountsForNothing) {
  StartSim(Quick());
  for (const char* text : {"0.1", "0", "-3", "x", "nan", "inf", "1e99", ""}) {
    EXPECT_EQ(Run(Prompt("sim:cold=1"), {{"X-Fal-Request-Start-Timeout", text}})->status, 200) << text;
  }
}

TEST_F(HeadersTest, WhoWaitsTooLongInTheQueueIsGivenUp) {
  StartSim(Quick());
  Allow(1);
  const std::string busy = Taken(Prompt("sim:hang"));
  ASSERT_TRUE(Eventually([&] { return State(busy) == "IN_PROGRESS"; }));
  const std::string limited = Taken(Prompt("a"), kDev, {{"X-Fal-Request-Start-Timeout", "0.2"}});
  const std::string patient = Taken(Prompt("b"));
  const auto result = Done(limited);
  EXPECT_EQ(result->status, 504);
  EXPECT_EQ(result->get_header_value("X-Fal-Request-Timeout-Type"), "user");
  EXPECT_EQ(State(patient), "IN_QUEUE");
  Put(Of(busy, "/cancel"));
  EXPECT_EQ(Done(patient)->status, 200);
  EXPECT_EQ(Put(Of(limited, "/cancel"))->status, 400) << "it is over";
}

TEST_F(HeadersTest, LowPriorityComesAfterAllThatIsNot) {
  StartSim(Quick());
  Allow(1);
  const std::string busy = Taken(Prompt("sim:hang"));
  ASSERT_TRUE(Eventually([&] { return State(busy) == "IN_PROGRESS"; }));
  const std::string low = Taken(Prompt("sim:hang low"), kDev, {{"X-Fal-Queue-Priority", "low"}});
  const std::string other = Taken(Prompt("sim:hang other"), kDev, {{"X-Fal-Queue-Priority", "normal"}});
  const auto position = [this](const std::string& id) {
    return Given::parse(Get(Of(id, "/status"))->body)["queue_position"].get<int>();
  };
  EXPECT_EQ(position(other), 0);
  EXPECT_EQ(position(low), 1);
  Put(Of(busy, "/cancel"));
  EXPECT_TRUE(Eventually([&] { return State(other) == "IN_PROGRESS"; }));
  EXPECT_EQ(State(low), "IN_QUEUE");
  Put(Of(other, "/cancel"));
  EXPECT_TRUE(Eventually([&] { return State(low) == "IN_PROGRESS"; }));
}

TEST_F(HeadersTest, FailuresSayWhetherTheyPass) {
  StartSim(Quick());
  const auto passes = Run(Prompt("sim:500-needs-retry"), {});
  EXPECT_EQ(passes->status, 500);
  EXPECT_EQ(passes->get_header_value("X-Fal-Needs-Retry"), "1");
  EXPECT_EQ(passes->get_header_value("x-fal-billable-units"), "0");
  const auto billed = Run(Prompt("sim:500-needs-retry-billed"), {});
  EXPECT_EQ(billed->get_header_value("X-Fal-Needs-Retry"), "1");
  EXPECT_NE(billed->get_header_value("x-fal-billable-units"), "0");
  EXPECT_EQ(Run(Prompt("sim:503-final"), {})->get_header_value("X-Fal-Retryable"), "false");
}

}  // namespace
}  // namespace flux::sim

// One line per attempt.
#include "service/wire/log_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"
#include "tests/service/fal/fal_replies.h"

namespace flux::fal {
namespace {

// The line of one attempt, the second of its call.
nlohmann::json LineOf(Result<FalReply> reply) {
  fakes::FakeTransport wire;
  wire.Answer(std::move(reply));
  const fakes::FakeClock clock;
  testing::internal::CaptureStderr();
  {
    Log log;
    LogTransport transport(wire, log, clock);
    EventLoop loop("test");
    FalCall call;
    call.endpoint = "fal-ai/flux/dev";
    call.body = std::make_shared<const std::string>(R"({"prompt":"canary"})");
    call.model = "m";
    call.request_id = "r-1";
    call.attempt = 2;
    static_cast<void>(
        fakes::Spawned<Result<FalReply>>(loop, fakes::SendKept(transport, std::move(call))).Get());
    loop.Stop();
  }
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_EQ(line.find("canary"), std::string::npos) << line;
  return nlohmann::json::parse(line);
}

TEST(LogTransport, TellsWhichAttemptWasAnsweredHow) {
  const nlohmann::json line = LineOf(With(Reply(503, "canary"), &FalReply::billable_units, "0"));
  EXPECT_EQ(line["event"], "fal_call");
  EXPECT_EQ(line["request_id"], "r-1");
  EXPECT_EQ(line["model"], "m");
  EXPECT_EQ(line["endpoint"], "fal-ai/flux/dev");
  EXPECT_EQ(line["attempt"], 2);
  EXPECT_EQ(line["status"], 503);
  EXPECT_EQ(line["fal_request_id"], "req-1");
  EXPECT_EQ(line["billable_units"], "0");
}

TEST(LogTransport, TellsWhichAttemptFailedHow) {
  const nlohmann::json line = LineOf(Status(Reason::kUpstreamConnectionLost));
  EXPECT_EQ(line["level"], "warn");
  EXPECT_EQ(line["attempt"], 2);
  EXPECT_EQ(line["reason"], "UPSTREAM_CONNECTION_LOST");
  EXPECT_EQ(line["billed"], "maybe");
}

}  // namespace
}  // namespace flux::fal

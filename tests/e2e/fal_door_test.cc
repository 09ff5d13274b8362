// fal's own clients against the real programs; what nobody may ask the proxy for; a job that outlives its
// service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "base/base64.h"
#include "tests/e2e/stack.h"
#include "tests/fakes/pictures.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;

constexpr char kLighthouse[] = R"({"prompt":"a lighthouse"})";

void RunClient(Stack& stack, const std::string& mode) {
  std::string png;
  AppendBase64(fakes::MakePng(64, 64), png);
  Process client(
      "/usr/bin/env",
      {"node", FLUX_SOURCE_DIR "/tests/clients/fal_client.mjs", mode, "http://" + stack.public_address()},
      {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"FLUX_TEST_PNG", png}});
  const int code = client.Wait();
  EXPECT_EQ(code, 0) << mode << "\n" << client.Output();
}

// What fal has been asked.
nlohmann::json Received(Stack& stack) {
  return stack.Get(stack.fal_address(), "/_sim/requests").json["requests"];
}

TEST(FalDoorTest, FalsClientByItsProxyProtocol) {
  Stack stack({.whole_fal = true});
  RunClient(stack, "proxy");
  EXPECT_EQ(stack.Billed(), 7U);
}

TEST(FalDoorTest, FalsClientByItsHosts) {
  Stack stack({.whole_fal = true});
  RunClient(stack, "host");
  EXPECT_EQ(stack.Billed(), 7U);
}

TEST(FalDoorTest, FalsClientCancels) {
  Stack stack({.whole_fal = true});
  RunClient(stack, "cancel");
  EXPECT_EQ(stack.Billed(), 2U) << "both had begun, which the simulator bills";
}

TEST(FalDoorTest, FalsClientIsToldWhatIsWrongInFalsWords) {
  Stack stack({.whole_fal = true});
  RunClient(stack, "errors");
  EXPECT_EQ(stack.Billed(), 2U) << "what was lost is bought once each time: the client does not resend it";
}

TEST(FalDoorTest, TheAiSdkByItsBaseUrl) {
  Stack stack;
  RunClient(stack, "ai-sdk");
  EXPECT_EQ(stack.Billed(), 1U);
}

TEST(FalDoorTest, TheProxyAsksNobodyElse) {
  Stack stack({.whole_fal = true});
  const std::string app = "/fal-ai/flux/dev";
  const std::vector<std::string> refused = {
      "http://fal.run" + app,
      "ftp://fal.run" + app,
      "//fal.run" + app,
      "fal.run" + app,
      "https:/fal.run" + app,
      "https:\\\\fal.run" + app,
      "https://u:p@fal.run" + app,
      "https://fal.run@evil.example" + app,
      "https://evil.example#@fal.run" + app,
      "https://evil.example\\@fal.run" + app,
      "https://fal.run:443" + app,
      "https://fal.run:8443" + app,
      "https://fal.run." + app,
      "https://evil-fal.run" + app,
      "https://fal.run.evil.example" + app,
      "https://ws.fal.run" + app,
      "https://api.fal.ai/v1/models",
      "https://v3.fal.media/files/a.png",
      "https://rest.alpha.fal.ai/tokens/",
      "https://rest.fal.ai/tokens/",
      "https://rest.fal.ai/storage/upload/initiate",
      "https://rest.fal.ai/storage/upload/initiate?storage_type=gcs",
      "https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3&x=1",
      "https://127.0.0.1" + app,
      "https://[::1]" + app,
      "https://169.254.169.254/latest/meta-data",
      "https://0x7f000001" + app,
      "https://localhost" + app,
      "https://fal.run/../etc/passwd",
      "https://fal.run/fal-ai/./flux/dev",
      "https://fal.run//fal-ai/flux/dev",
      "https://fal.run/fal-ai%2fflux/dev",
      "https://fal.run%2eevil.example" + app,
      "https://f\xd0\xb0l.run" + app,
      "https://fal.run" + app + "#x",
      "https://fal.run" + app + "?x=1",
      "https://fal.run?" + app,
      "https://fal.run",
      "https:///fal.run" + app,
      "not a url",
      "https://fal.run/" + std::string(2'100, 'a'),
  };
  for (const std::string& target : refused) {
    const Answer answer = stack.Post("/api/fal/proxy", kLighthouse, {{"x-fal-target-url", target}});
    EXPECT_EQ(answer.status, 412) << target << "\n" << answer.body;
    EXPECT_TRUE(answer.json["detail"].is_string()) << target;
    EXPECT_THAT(answer.body, testing::Not(HasSubstr("evil"))) << "what was sent is not sent back";
  }
  EXPECT_EQ(stack.Post("/api/fal/proxy", kLighthouse).status, 400);
  EXPECT_EQ(stack.Post("/api/fal/proxy", kLighthouse, {{"x-fal-target-url", ""}}).status, 400);
  EXPECT_EQ(
      stack
          .Post("/api/fal/proxy", kLighthouse,
                {{"x-fal-target-url", "https://fal.run" + app}, {"X-Fal-Target-Url", "https://evil.example"}})
          .status,
      400);
  for (const char* other : {"https://fal.run/fal-ai/other", "https://fal.run/fal-ai/flux",
                            "https://queue.fal.run/evil/app", "https://fal.run/fal-ai"}) {
    EXPECT_EQ(stack.Post("/api/fal/proxy", kLighthouse, {{"x-fal-target-url", other}}).status, 404) << other;
  }
  EXPECT_TRUE(Received(stack).empty()) << "nothing was sent to fal";
  EXPECT_EQ(stack.Billed(), 0U);

  const Answer good =
      stack.Post("/api/fal/proxy", kLighthouse,
                 {{"x-fal-target-url", "https://FAL.run" + app}, {"Authorization", "Key their:own"}});
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(stack.Billed(), 1U);
  EXPECT_EQ(stack.LastRequest().dump().find("their:own"), std::string::npos)
      << "a caller's key is never passed on";
}

TEST(FalDoorTest, AnIdempotencyKeyHoldsHereToo) {
  Stack stack({.whole_fal = true});
  const httplib::Headers key{{"Idempotency-Key", "k"}};
  const Answer first = stack.Post("/fal/queue/fal-ai/flux/dev", kLighthouse, key);
  const Answer again = stack.Post("/fal/queue/fal-ai/flux/dev", kLighthouse, key);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(again.json["request_id"], first.json["request_id"]);
  EXPECT_EQ(again.Header("Idempotent-Replayed"), "true");
  const Answer ran = stack.Post("/fal/run/fal-ai/flux/dev", kLighthouse, key);
  EXPECT_EQ(ran.status, 200) << ran.body;
  EXPECT_EQ(ran.Header("Idempotent-Replayed"), "true");
  EXPECT_EQ(stack.Post("/fal/run/fal-ai/flux/dev", R"({"prompt":"y"})", key).status, 422);
  EXPECT_EQ(stack.Billed(), 1U);
}

TEST(FalDoorTest, AJobThatWasNotSentGoesOnAfterAKill) {
  const std::string file = testing::TempDir() + "flux_jobs.db";
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
  Stack stack({.service = {"--store=sqlite:" + file, "--keyed-route=direct", "--fal-max-concurrency=1"},
               .whole_fal = true});
  // Somebody has the only place at fal.run, so the job waits.
  std::thread hog([&] { stack.Draw("sim:hang=3000"); });
  ASSERT_TRUE(Eventually([&] { return !Received(stack).empty(); }));
  const Answer begun = stack.Post("/fal/queue/fal-ai/flux/dev", kLighthouse);
  ASSERT_EQ(begun.status, 200) << begun.body;
  const std::string job = "/api/v1/jobs/" + begun.json["request_id"].get<std::string>();
  const auto state = [&] {
    const nlohmann::json json = stack.Get(stack.public_address(), job).json;
    return json.contains("job") ? json["job"]["state"].get<std::string>() : std::string();
  };
  EXPECT_EQ(state(), "reserved");
  stack.service->Signal(SIGKILL);
  EXPECT_EQ(stack.service->Wait(), 128 + SIGKILL);
  hog.join();
  stack.RestartService();
  EXPECT_TRUE(Eventually([&] { return state() == "succeeded"; })) << state() << stack.service->Output();
}

}  // namespace
}  // namespace flux::e2e

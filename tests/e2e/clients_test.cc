// Runs clients and checkers that are not part of this project against the real programs: Python over gRPC,
// curl, SDKs and libraries of OpenAI, promtool.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/base64.h"
#include "tests/e2e/stack.h"
#include "tests/fakes/pictures.h"

namespace flux::e2e {
namespace {

// Runs a command with the shell's environment; returns its exit code and output.
std::pair<int, std::string> RunProgram(const std::string& program, std::vector<std::string> arguments) {
  Process process(program, std::move(arguments), {{"PATH", "/usr/local/bin:/usr/bin:/bin"}});
  const int code = process.Wait();
  return {code, process.Output()};
}

TEST(ClientsTest, PythonOverGrpcWithHealthAndReflection) {
  Stack stack;
  const auto [code, output] =
      RunProgram("/usr/bin/python3", {FLUX_SOURCE_DIR "/tests/clients/grpc_client.py",
                                      FLUX_SOURCE_DIR "/proto", stack.service->Address("grpc")});
  EXPECT_EQ(code, 0) << output;
}

TEST(ClientsTest, CurlWithoutAnyHeader) {
  Stack stack;
  const auto [code, output] = RunProgram(
      "/usr/bin/curl", {"-sS", "http://" + stack.public_address() + "/api/v1/flux/text-to-image/dev", "-d",
                        R"({"prompt":"x"})"});
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, testing::HasSubstr("\"success\":true"));
}

TEST(ClientsTest, OpenAisSdk) {
  Stack stack({.gateway = {"--request-timeout=5s"}});  // one picture of it never comes
  const auto [code, output] = RunProgram("/usr/bin/node", {FLUX_SOURCE_DIR "/tests/clients/openai_client.mjs",
                                                           stack.public_address(), stack.fal_address()});
  EXPECT_EQ(code, 0) << output;
}

TEST(ClientsTest, LibrariesThatSpeakToOpenAi) {
  Stack stack;
  const auto [code, output] = RunProgram(
      "/usr/bin/node",
      {FLUX_SOURCE_DIR "/tests/clients/openai_libraries.mjs", stack.public_address(), stack.fal_address()});
  EXPECT_EQ(code, 0) << output;
}

TEST(ClientsTest, CurlSendsFilesToBothDoors) {
  Stack stack;
  const std::string file = testing::TempDir() + "flux_upload.png";
  const std::string picture = fakes::MakePng(32, 24);
  std::ofstream(file, std::ios::binary) << picture;
  std::string sent = "data:image/png;base64,";
  AppendBase64(picture, sent);
  const std::string url = "http://" + stack.public_address();
  const auto today = RunProgram("/usr/bin/curl", {"-sS", url + "/api/v1/flux/edit/kontext-pro", "-F",
                                                  "image=@" + file, "-F", "prompt=x", "-F", "seed=7"});
  EXPECT_THAT(today.second, testing::HasSubstr("\"success\":true"));
  EXPECT_EQ(stack.LastRequest()["body"]["image_url"], sent);
  EXPECT_EQ(stack.LastRequest()["body"]["seed"], 7);
  const auto openai = RunProgram("/usr/bin/curl", {"-sS", url + "/v1/images/edits", "-F", "image[]=@" + file,
                                                   "-F", "model=flux-2", "-F", "prompt=x"});
  EXPECT_THAT(openai.second, testing::HasSubstr("\"url\":\"http"));
  EXPECT_EQ(stack.LastRequest()["body"]["image_urls"][0], sent);
}

TEST(ClientsTest, PromtoolFindsNothingToSayAboutTheMetrics) {
  Stack stack;
  stack.Draw("x");
  stack.Draw("sim:500");
  stack.Post("/nowhere", "{}");
  for (const std::string& address : {stack.admin_address(), stack.metrics_address()}) {
    const std::string file = testing::TempDir() + "flux_metrics.txt";
    std::ofstream(file) << stack.Get(address, "/metrics").body;
    const auto [code, output] = RunProgram("/bin/sh", {"-c", "promtool check metrics < " + file});
    EXPECT_EQ(code, 0) << output;
    EXPECT_EQ(output, "");
  }
}

}  // namespace
}  // namespace flux::e2e

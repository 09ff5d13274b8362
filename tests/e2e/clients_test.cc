// Runs clients and checkers that are not part of this project against the real programs: Python over gRPC,
// curl, promtool.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/e2e/stack.h"

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

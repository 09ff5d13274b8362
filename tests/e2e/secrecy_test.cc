// Nothing that must stay private is in a log line or a metric.
#include <gtest/gtest.h>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

constexpr char kPrompt[] = "canary-prompt-7431";

bool Holds(const std::string& text, std::string_view needle) {
  return text.find(needle) != std::string::npos;
}

TEST(SecrecyTest, NoKeyNoPromptNoPictureInLogsAndMetrics) {
  Stack stack;
  ASSERT_EQ(stack.Draw(kPrompt).status, 200);
  for (const char* word : {" sim:policy", " sim:401", " sim:string422", " sim:cut", " sim:502"})
    stack.Draw(kPrompt + std::string(word));
  stack.Post("/api/v1/flux/image-to-image",
             nlohmann::json{{"prompt", kPrompt}, {"image_url", "https://secret.example/canary-picture-9.png"}}
                 .dump());
  stack.Post("/api/v1/flux/text-to-image/dev", R"({"canary-prompt-7431":1})");
  stack.Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"canary-prompt-7431)");
  const std::string metrics =
      stack.Get(stack.admin_address(), "/metrics").body + stack.Get(stack.metrics_address(), "/metrics").body;
  for (Process* process : {stack.gateway.get(), stack.service.get()}) {
    process->Signal(SIGTERM);
    EXPECT_EQ(process->Wait(), 0);
  }
  const std::string logs = stack.gateway->Output() + stack.service->Output();
  EXPECT_TRUE(Holds(logs, "\"event\":\"access\"")) << "there is something to look into";
  EXPECT_TRUE(Holds(logs, "\"event\":\"generation\""));
  EXPECT_TRUE(Holds(logs, "\"event\":\"fal_call\""));
  for (const std::string& text : {logs, metrics}) {
    for (const char* secret :
         {"canary-prompt", "secret-canary", "canary-picture", "secret.example", "base64"}) {
      EXPECT_FALSE(Holds(text, secret)) << secret << " in\n" << text;
    }
  }
}

TEST(SecrecyTest, EnableLoggingFalseWritesNoLinePerRequest) {
  Stack stack({.service = {"--enable-logging=false"}, .gateway = {"--enable-logging=false"}});
  ASSERT_EQ(stack.Draw("x").status, 200);
  for (Process* process : {stack.gateway.get(), stack.service.get()}) {
    process->Signal(SIGTERM);
    EXPECT_EQ(process->Wait(), 0) << process->Output();
    EXPECT_FALSE(Holds(process->Output(), "request_id"));
    EXPECT_TRUE(Holds(process->Output(), "listening"));
  }
}

TEST(SecrecyTest, EveryLineIsOneJsonObject) {
  Stack stack;
  stack.Draw("x");
  stack.gateway->Signal(SIGTERM);
  EXPECT_EQ(stack.gateway->Wait(), 0);
  std::istringstream lines(stack.gateway->Output());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(nlohmann::json::parse(line, nullptr, false).is_object()) << line;
  }
  EXPECT_GT(count, 3);
}

}  // namespace
}  // namespace flux::e2e

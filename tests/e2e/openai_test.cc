// The OpenAI door from outside: the file of aliases, keys for some models, streams as bytes, and what reaches
// the logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "tests/e2e/api_key.h"
#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;

constexpr char kGenerations[] = "/v1/images/generations";

std::string FileWith(const std::string& name, const std::string& text) {
  std::string file = testing::TempDir() + name;
  std::ofstream(file, std::ios::trunc) << text;
  return file;
}

TEST(OpenAiTest, AliasesAreReadAtStartAndAgain) {
  const std::string file = FileWith("flux_aliases_e2e.json", R"({"gpt-image-1":"text-to-image/schnell"})");
  Stack stack({.gateway = {"--model-aliases=" + file}});
  const std::string body = R"({"model":"gpt-image-1","prompt":"x","response_format":"url"})";
  EXPECT_EQ(stack.Post(kGenerations, body).json["model"], "text-to-image/schnell");
  EXPECT_EQ(stack.Post(kGenerations, R"({"model":"dall-e-3","prompt":"x"})").status, 404)
      << "not in the file";
  EXPECT_EQ(stack.Post(kGenerations, R"({"prompt":"x"})").status, 400) << "no default in the file";

  FileWith("flux_aliases_e2e.json", R"({"gpt-image-1":"text-to-image/gone"})");
  stack.gateway->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return stack.Post(kGenerations, body).status == 404; }));
  const Answer gone = stack.Post(kGenerations, body);
  EXPECT_THAT(gone.json["error"]["message"].get<std::string>(), HasSubstr("alias \"gpt-image-1\""));
  EXPECT_EQ(gone.json["error"]["code"], "model_not_found");

  FileWith("flux_aliases_e2e.json", "{");
  stack.gateway->Signal(SIGHUP);
  EXPECT_TRUE(
      Eventually([&] { return stack.gateway->Output().find("model_aliases_refused") != std::string::npos; }));
  EXPECT_EQ(stack.Post(kGenerations, body).status, 404) << "as before";
}

TEST(OpenAiTest, AFileWithMistakesIsToldAtStart) {
  const std::string file =
      FileWith("flux_aliases_bad.json", R"({"a":"dev","b":{"edit":"text-to-image/dev"}})");
  Process gateway("flux-gateway", {"--check-config", "--model-aliases=" + file});
  EXPECT_EQ(gateway.Wait(), 2);
  EXPECT_THAT(gateway.Output(), testing::AllOf(HasSubstr("row \"a\""), HasSubstr("row \"b\"")));
}

TEST(OpenAiTest, AKeyIsForItsModelsWhateverTheyAreCalled) {
  const Key key = Keygen({"shop", "models=text-to-image/dev"});
  const std::string file = FileWith("flux_openai_keys", key.line + "\n");
  Stack stack({.gateway = {"--api-keys-file=" + file}});
  const httplib::Headers shown{{"Authorization", "Bearer " + key.key}};
  EXPECT_EQ(stack.Post(kGenerations, R"({"model":"dev","prompt":"x"})", shown).status, 200);
  const Answer other = stack.Post(kGenerations, R"({"model":"gpt-image-1","prompt":"x"})", shown);
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(other.json["error"]["code"], "model_not_allowed");
  const Answer none = stack.Post(kGenerations, R"({"model":"dev","prompt":"x"})");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.json["error"]["code"], "invalid_api_key");
  EXPECT_EQ(stack.Billed(), 1u);
}

TEST(OpenAiTest, AStreamIsEventsAndIsLoggedOnce) {
  Stack stack;
  const Answer answer =
      stack.Post(kGenerations, R"({"model":"dev","prompt":"a canary","stream":true,"output_format":"png"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("Content-Type"), "text/event-stream; charset=utf-8");
  EXPECT_THAT(answer.body, testing::StartsWith("event: image_generation.completed\ndata: {\"type\":"));
  EXPECT_THAT(answer.body, testing::EndsWith("}\n\n"));
  const std::string line =
      "\"path\":\"/v1/images/generations\",\"status\":200,\"reason\":\"OK\",\"billed\":\"yes\"";
  EXPECT_TRUE(Eventually([&] { return stack.gateway->Output().find(line) != std::string::npos; }));
  EXPECT_EQ(stack.gateway->Output().find("canary"), std::string::npos);
  const std::string metrics = stack.Get(stack.admin_address(), "/metrics").body;
  EXPECT_THAT(metrics,
              HasSubstr(R"(flux_gateway_requests_total{reason="OK",route="/v1/images/generations"} 1)"));
  EXPECT_THAT(metrics, HasSubstr("flux_gateway_requests_in_flight 0"));
}

}  // namespace
}  // namespace flux::e2e

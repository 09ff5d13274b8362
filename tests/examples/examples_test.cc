// Runs each client of examples/ against the real programs: a picture that succeeds, and an error that tells
// what it should.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kExamples = FLUX_SOURCE_DIR "/examples";

// A folder of this test's own, empty.
fs::path Scratch(const std::string& name) {
  const fs::path folder = fs::path(testing::TempDir()) / ("flux_examples_" + name + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

// Exit code and output of a command that the shell runs.
std::pair<int, std::string> Shell(const std::string& command, Process::Settings environment = {}) {
  environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
  Process process("/bin/bash", {"-c", command}, environment);
  const int code = process.Wait();
  return {code, process.Output()};
}

TEST(ExamplesTest, Curl) {
  Stack stack;
  const fs::path folder = Scratch("curl");
  const Process::Settings environment = {{"FLUX_URL", "http://" + stack.public_address()}};
  const std::string command =
      std::string("cd ") + folder.string() + " && " + kExamples + "/curl/generate.sh ";
  const auto [code, output] = Shell(command + "'a \"lighthouse\"' text-to-image/dev a.jpeg", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("a.jpeg: 1024x576, seed "));
  EXPECT_GT(fs::file_size(folder / "a.jpeg"), 1000u);

  const auto [refused, told] = Shell(command + "sim:policy", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("CONTENT_POLICY"));
  EXPECT_THAT(told, HasSubstr("billed: "));
  fs::remove_all(folder);
}

TEST(ExamplesTest, CurlWithAKeyBuysOnce) {
  Stack stack;
  const Process::Settings environment = {{"FLUX_URL", "http://" + stack.public_address()}};
  const std::string command = std::string(kExamples) + "/curl/buy-once.sh ";
  const auto [code, output] = Shell(command + "order-4711 'a lighthouse'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, testing::StartsWith("bought: http"));
  const auto [again, replayed] = Shell(command + "order-4711 'a lighthouse'", environment);
  EXPECT_EQ(again, 0) << replayed;
  EXPECT_THAT(replayed, testing::StartsWith("bought before: http"));
  EXPECT_EQ(output.substr(output.find("http")), replayed.substr(replayed.find("http")));

  const auto [refused, told] = Shell(command + "order-4711 'another picture'", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("IDEMPOTENCY_KEY_REUSED"));
}

// The same by curl and by Node.js: a job that is asked for, and one that is followed.
class JobExamples : public testing::TestWithParam<std::string> {};

TEST_P(JobExamples, EndWithAPictureOrSayWhyNot) {
  Stack stack({.whole_fal = true});
  const Process::Settings environment = {{"FLUX_URL", "http://" + stack.public_address()}};
  const std::string command = std::string(kExamples) + "/" + GetParam() + " ";
  const std::string program = GetParam().ends_with(".mjs") ? "node " : "";
  const auto [code, output] = Shell(program + command + "'a lighthouse'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("http"));
  EXPECT_THAT(output, testing::AnyOf(testing::StartsWith("job "), HasSubstr("succeeded")));
  EXPECT_EQ(stack.Billed("a lighthouse"), 1u);
  for (const char* prompt : {"''", "sim:policy"}) {
    const auto [refused, told] = Shell(program + command + prompt, environment);
    EXPECT_EQ(refused, 1) << told;
    EXPECT_THAT(
        told, testing::AnyOf(HasSubstr("CONTENT_POLICY"), HasSubstr("INVALID_FIELD"), HasSubstr("say what")));
  }
}

INSTANTIATE_TEST_SUITE_P(All, JobExamples,
                         testing::Values("curl/job.sh", "curl/follow.sh", "node/job.mjs", "node/follow.mjs"));

// What the receiver takes is what npm's standardwebhooks has signed with the secret that keygen made.
TEST(ExamplesTest, NodeReceiverTakesWhatIsSignedAndNothingElse) {
  const auto [made, secrets] =
      Shell(std::string(FLUX_BIN_DIR) + "/flux-gateway keygen --webhook shop 2>/dev/null");
  ASSERT_EQ(made, 0) << secrets;
  EXPECT_THAT(secrets, testing::MatchesRegex("whsec_[A-Za-z0-9+/=]+\nshop whsec_[A-Za-z0-9+/=]+\n"));
  const std::string secret = secrets.substr(0, secrets.find('\n'));
  const auto [code, output] =
      Shell(std::string("node ") + FLUX_SOURCE_DIR + "/tests/examples/receiver.mjs " + kExamples,
            {{"FLUX_WEBHOOK_SECRET", secret}, {"NODE_PATH", FLUX_NODE_MODULES}});
  EXPECT_EQ(code, 0) << output;
}

// From the order to the receiver, with the real programs: what they send is what standardwebhooks takes.
TEST(ExamplesTest, CurlHasAReceiverToldOfTheEnd) {
  const fs::path folder = Scratch("webhook");
  const std::string keygen = std::string(FLUX_BIN_DIR) + "/flux-gateway keygen ";
  const auto [made, key] = Shell(keygen + "shop 2>/dev/null");
  const auto [made_too, secret] = Shell(keygen + "--webhook shop 2>/dev/null");
  ASSERT_EQ(made + made_too, 0) << key << secret;
  std::ofstream(folder / "keys") << key.substr(key.find('\n') + 1);
  std::ofstream(folder / "secrets") << secret.substr(secret.find('\n') + 1);
  fs::permissions(folder / "secrets", fs::perms::owner_read | fs::perms::owner_write);
  Process receiver("/usr/bin/env", {"node", std::string(kExamples) + "/node/receiver.mjs"},
                   {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                    {"NODE_PATH", FLUX_NODE_MODULES},
                    {"PORT", "0"},
                    {"FLUX_WEBHOOK_SECRET", secret.substr(0, secret.find('\n'))}});
  ASSERT_TRUE(Eventually([&] { return receiver.Output().find("listening on ") != std::string::npos; }));
  const std::string said = receiver.Output();
  const std::string port = std::to_string(std::stoi(said.substr(said.find("listening on ") + 13)));
  Stack stack({.service = {"--webhook-secrets-file=" + (folder / "secrets").string(),
                           "--webhook-allow=127.0.0.1:" + port},
               .gateway = {"--api-keys-file=" + (folder / "keys").string()},
               .whole_fal = true});
  const auto [code, output] = Shell(
      std::string(kExamples) + "/curl/webhook.sh http://127.0.0.1:" + port + "/hook 'a lighthouse'",
      {{"FLUX_URL", "http://" + stack.public_address()}, {"FLUX_API_KEY", key.substr(0, key.find('\n'))}});
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("told to http://127.0.0.1:" + port + "/hook"));
  EXPECT_TRUE(Eventually([&] { return receiver.Output().find("job.succeeded") != std::string::npos; }))
      << receiver.Output() << stack.service->Output();
  EXPECT_THAT(receiver.Output(), HasSubstr("\"prompt\":\"a lighthouse\""));
  fs::remove_all(folder);
}

TEST(ExamplesTest, PythonOverGrpc) {
  Stack stack;
  const fs::path stubs = Scratch("python");
  const auto [made, said] =
      Shell(std::string("cd ") + FLUX_SOURCE_DIR + " && protoc -I proto --python_out=" + stubs.string() +
            " --grpc_python_out=" + stubs.string() +
            " --plugin=protoc-gen-grpc_python=\"$(command -v grpc_python_plugin)\""
            " proto/flux/v1/*.proto proto/google/rpc/*.proto");
  ASSERT_EQ(made, 0) << said;
  const Process::Settings environment = {{"FLUX_SERVICE", stack.service->Address("grpc")},
                                         {"PYTHONPATH", stubs.string()},
                                         {"PYTHONDONTWRITEBYTECODE", "1"}};
  const std::string command = std::string("/usr/bin/python3 ") + kExamples + "/python/generate.py ";
  const auto [code, output] = Shell(command + "'a lighthouse'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("about $0.025"));
  EXPECT_THAT(output, HasSubstr(" 1024x576, seed "));

  const auto [refused, told] = Shell(command + "'' text-to-image/dev", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(told, HasSubstr("BILLED_NO"));
  fs::remove_all(stubs);
}

// What npm would install for the example is what tests/clients has; NODE_PATH tells where.
TEST(ExamplesTest, NodeOverGrpc) {
  Stack stack;
  const Process::Settings environment = {{"FLUX_SERVICE", stack.service->Address("grpc")},
                                         {"NODE_PATH", FLUX_NODE_MODULES}};
  const std::string command = std::string("node ") + kExamples + "/node/generate.mjs ";
  const auto [code, output] = Shell(command + "'a lighthouse'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr(" 1024x576, seed "));

  const auto [refused, told] = Shell(command + "sim:500", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("INTERNAL"));
  EXPECT_THAT(told, HasSubstr("BILLED_NO"));
}

TEST(ExamplesTest, CurlSendsAFile) {
  Stack stack;
  const fs::path folder = Scratch("curl_edit");
  const Process::Settings environment = {{"FLUX_URL", "http://" + stack.public_address()}};
  const std::string command = std::string("cd ") + folder.string() + " && " + kExamples + "/curl/";
  const auto [made, said] = Shell(command + "generate.sh 'a cat' text-to-image/dev cat.jpeg", environment);
  ASSERT_EQ(made, 0) << said;
  const auto [code, output] = Shell(command + "edit.sh cat.jpeg '@blue'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("edited.jpeg: image/"));
  EXPECT_EQ(stack.LastRequest()["body"]["prompt"], "@blue");
  const auto [refused, told] = Shell(command + "edit.sh cat.jpeg x text-to-image/dev", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("INVALID_FIELD"));
  fs::remove_all(folder);
}

TEST(ExamplesTest, NodeWithTheSdkOfOpenAi) {
  Stack stack;
  const fs::path folder = Scratch("openai");
  const Process::Settings environment = {{"FLUX_URL", "http://" + stack.public_address()},
                                         {"NODE_PATH", FLUX_NODE_MODULES}};
  const std::string command =
      std::string("cd ") + folder.string() + " && node " + kExamples + "/node/openai.mjs ";
  const auto [code, output] = Shell(command + "'a lighthouse'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("picture.png: 1024x1024, about $0.0"));
  EXPECT_GT(fs::file_size(folder / "picture.png"), 1000u);
  const auto [refused, told] = Shell(command + "sim:policy", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("400 content_policy_violation"));
  EXPECT_THAT(told, HasSubstr("billed: "));
  fs::remove_all(folder);
}

// The versions that the example names are those that were tested.
TEST(ExamplesTest, NodePackagesAreThoseOfTheTests) {
  const auto dependencies = [](const std::string& path) {
    std::ifstream file(std::string(FLUX_SOURCE_DIR) + path);
    return nlohmann::json::parse(file).at("dependencies");
  };
  const nlohmann::json tested = dependencies("/tests/clients/package.json");
  const nlohmann::json shown = dependencies("/examples/node/package.json");
  for (const auto& [name, version] : shown.items()) {
    EXPECT_EQ(tested.value(name, ""), version) << name;
  }
}

TEST(ExamplesTest, BrowserModule) {
  Stack stack;
  const auto [code, output] = Shell(std::string("node ") + FLUX_SOURCE_DIR + "/tests/examples/browser.mjs " +
                                    kExamples + " http://" + stack.public_address());
  EXPECT_EQ(code, 0) << output;
}

// The four programs for fal's door do the same thing.
class FalExamplesTest : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(FalExamplesTest, MakesAPictureAndTellsWhatIsWrong) {
  Stack stack({.whole_fal = true});
  const fs::path folder = Scratch(GetParam().first);
  const Process::Settings environment = {{"FLUX_URL", "http://" + stack.public_address()},
                                         {"NODE_PATH", FLUX_NODE_MODULES},
                                         {"PYTHONDONTWRITEBYTECODE", "1"},
                                         {"GO111MODULE", "off"},
                                         {"GOCACHE", fs::temp_directory_path() / "flux-go-cache"}};
  std::string program = GetParam().second;
  const std::size_t path = program.find("examples/");
  program.insert(path, FLUX_SOURCE_DIR "/");
  const std::string command = std::string("cd ") + folder.string() + " && " + program + ' ';
  const auto [code, output] =
      Shell(command + "'a \"lighthouse\" \u2600' fal-ai/flux/schnell a.jpeg", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("a.jpeg: 1024x576, seed "));
  EXPECT_GT(fs::file_size(folder / "a.jpeg"), 1000u);
  EXPECT_EQ(stack.LastRequest()["endpoint"], "fal-ai/flux/schnell");
  EXPECT_EQ(stack.LastRequest()["body"]["prompt"], "a \"lighthouse\" \u2600");

  const auto [refused, told] = Shell(command + "sim:policy", environment);
  EXPECT_NE(refused, 0);
  EXPECT_THAT(told, HasSubstr("content_policy_violation"));
  const auto [unknown, said] = Shell(command + "x fal-ai/nothing", environment);
  EXPECT_NE(unknown, 0);
  EXPECT_THAT(said, HasSubstr("Application 'nothing' not found"));
  EXPECT_EQ(stack.Billed(), 1U);
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Languages, FalExamplesTest,
                         testing::Values(std::pair("curl", "examples/curl/fal.sh"),
                                         std::pair("node", "node examples/node/fal.mjs"),
                                         std::pair("python", "/usr/bin/python3 examples/python/fal.py"),
                                         std::pair("go", "go run examples/go/fal.go")),
                         [](const auto& row) { return row.param.first; });

TEST(ExamplesTest, CurlOverGrpc) {
  Stack stack;
  const Process::Settings environment = {{"FLUX_SERVICE", stack.service->Address("grpc")}};
  const std::string command = std::string(kExamples) + "/curl/grpc.sh ";
  const auto [code, output] = Shell(command + "'a \"lighthouse\"'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("width: 1024"));
  EXPECT_EQ(stack.LastRequest()["body"]["prompt"], "a \"lighthouse\"");

  const auto [refused, told] = Shell(command + "sim:policy", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("status 3: fal's content checker"));
}

TEST(ExamplesTest, CppOverGrpc) {
  Stack stack;
  const Process::Settings environment = {{"FLUX_SERVICE", stack.service->Address("grpc")}};
  const std::string command = FLUX_BIN_DIR "/example-grpc ";
  const auto [code, output] = Shell(command + "'a lighthouse'", environment);
  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr(" 1024x576, seed "));
  EXPECT_THAT(output, HasSubstr(", about $0.025"));

  const auto [refused, told] = Shell(command + "''", environment);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(told, HasSubstr("INVALID_FIELD: "));
  EXPECT_THAT(told, HasSubstr("BILLED_NO"));
}

}  // namespace
}  // namespace flux::e2e

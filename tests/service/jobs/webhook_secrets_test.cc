// The file of secrets.
#include "service/jobs/webhook_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace flux::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kOne[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // 24 bytes
constexpr char kOther[] = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

TEST(WebhookSecretsTest, EachLineIsACaller) {
  std::vector<std::string> problems;
  const SecretTable table = ParseWebhookSecrets(
      std::string("# who\n\n  shop ") + kOne + "\nblog\t" + kOther + " " + kOne + "\r\n", problems);
  EXPECT_THAT(problems, IsEmpty());
  ASSERT_THAT(table, SizeIs(2));
  EXPECT_THAT(table.at("shop"), ElementsAre(SizeIs(24)));
  EXPECT_THAT(table.at("blog"), SizeIs(2));
  EXPECT_EQ(table.at("blog")[1], table.at("shop")[0]);
}

TEST(WebhookSecretsTest, WhatIsWrongIsToldWithoutTheSecret) {
  const std::string rest = std::string(kOne).substr(6);
  const std::pair<std::string, std::string> wrong[] = {
      {kOne, "NAME before"},
      {"shop", "expected NAME"},
      {"shop " + rest, "whsec_ and base64"},
      {"shop whsec_" + rest + "!", "whsec_ and base64"},
      {"shop whsec_AAAA", "24 to 64 bytes"},
      {"shop whsec_" + std::string(88, 'A'), "24 to 64 bytes"},
      {std::string("shop ") + kOne + "\nshop " + kOther, "a second line"},
      {std::string("shop ") + kOne + " " + kOne + " " + kOne + " " + kOne + " " + kOne, "more than 4"}};
  for (const auto& [text, sentence] : wrong) {
    std::vector<std::string> problems;
    ParseWebhookSecrets(text, problems);
    ASSERT_THAT(problems, SizeIs(1)) << text;
    EXPECT_THAT(problems[0], HasSubstr(sentence));
    EXPECT_THAT(problems[0], testing::Not(HasSubstr(rest)));
  }
}

TEST(WebhookSecretsTest, AWrongFileLeavesTheOldSecrets) {
  const std::string file = testing::TempDir() + "webhook_secrets";
  std::ofstream(file) << "shop " << kOne << "\n";
  WebhookSecrets secrets(file);
  EXPECT_THAT(secrets.Load(), IsEmpty());
  EXPECT_THAT(secrets.SecretsOf("shop"), SizeIs(1));
  EXPECT_THAT(secrets.SecretsOf("blog"), IsEmpty());
  std::ofstream(file) << "shop\n";
  EXPECT_THAT(secrets.Load(), SizeIs(1));
  EXPECT_THAT(secrets.SecretsOf("shop"), SizeIs(1));
  std::filesystem::remove(file);
  EXPECT_THAT(secrets.Load(), ElementsAre(HasSubstr("cannot be read")));
  EXPECT_THAT(WebhookSecrets("").Load(), IsEmpty());
}

}  // namespace
}  // namespace flux::service

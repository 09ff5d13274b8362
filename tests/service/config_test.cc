#include "service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::service {
namespace {

using testing::HasSubstr;

class ServiceConfigTest : public testing::Test {
 protected:
  OptionsOutcome Parse(std::vector<const char*> flags) {
    Options options("flux-service", "test");
    DeclareOptions(options, config_);
    flags.insert(flags.begin(), "flux-service");
    const Environment env{{"FAL_KEY", "sim:sim"}};
    return options.Parse(static_cast<int>(flags.size()), flags.data(), env,
                         [this] { return ValidateConfig(config_); });
  }

  ServiceConfig config_;
};

TEST_F(ServiceConfigTest, TheWayToFalHasItsDefaults) {
  ASSERT_FALSE(Parse({}).exit);
  const fal::StackOptions options = FalOptions(config_);
  EXPECT_EQ(options.wire.url, "https://fal.run");
  EXPECT_EQ(options.wire.key, "sim:sim");
  EXPECT_EQ(options.governor.max_concurrency, 0u);
  EXPECT_EQ(options.governor.queue_length, 1000u);
  EXPECT_EQ(options.governor.queue_wait, std::chrono::seconds(30));
  EXPECT_EQ(options.resends, 2u);
}

TEST_F(ServiceConfigTest, TheWayToFalIsSetByFlags) {
  ASSERT_FALSE(Parse({"--fal-url=http://127.0.0.1:1", "--fal-max-concurrency=10", "--fal-queue-length=5",
                      "--fal-queue-wait=1500ms", "--fal-retries=0"})
                   .exit);
  const fal::StackOptions options = FalOptions(config_);
  EXPECT_EQ(options.wire.url, "http://127.0.0.1:1");
  EXPECT_EQ(options.governor.max_concurrency, 10u);
  EXPECT_EQ(options.governor.queue_length, 5u);
  EXPECT_EQ(options.governor.queue_wait, std::chrono::milliseconds(1500));
  EXPECT_EQ(options.resends, 0u);
}

TEST_F(ServiceConfigTest, MoreThanTwoResendsAreRefused) {
  const OptionsOutcome outcome = Parse({"--fal-retries=3"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.text, HasSubstr("--fal-retries: must be 0 to 2"));
}

TEST_F(ServiceConfigTest, PicturesComeFromFalsHostsUnlessOthersAreNamed) {
  ASSERT_FALSE(Parse({}).exit);
  EXPECT_THAT(FetchOptions(config_).hosts, testing::ElementsAre("fal.media", "*.fal.media"));
  ASSERT_FALSE(Parse({"--fetch-hosts=cdn.example.com, *.example.org", "--fal-url=http://127.0.0.1:1"}).exit);
  const fal::ImageFetcherOptions options = FetchOptions(config_);
  EXPECT_THAT(options.hosts, testing::ElementsAre("cdn.example.com", "*.example.org"));
  EXPECT_EQ(options.fal_url, "http://127.0.0.1:1");
  EXPECT_THAT(options.user_agent, testing::StartsWith("flux-service/"));
}

TEST_F(ServiceConfigTest, HostsThatAreNoneAreRefused) {
  const OptionsOutcome outcome = Parse({"--fetch-hosts=fal.media,v*.fal.media,https://fal.media"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.text, HasSubstr("--fetch-hosts: \"v*.fal.media\" is not a host name"));
  EXPECT_THAT(outcome.text, HasSubstr("--fetch-hosts: \"https://fal.media\" is not a host name"));
}

}  // namespace
}  // namespace flux::service

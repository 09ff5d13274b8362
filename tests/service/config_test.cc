// Settings of flux-service: defaults, values, and combinations that are refused.
#include "service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/fal_settings.h"
#include "tests/fakes/certificate.h"

namespace flux::service {
namespace {

using testing::HasSubstr;

class ServiceConfigTest : public testing::Test {
 protected:
  OptionsOutcome Parse(std::vector<const char*> flags) {
    Options options("flux-service", "test");
    DeclareOptions(options, config_);
    flags.insert(flags.begin(), "flux-service");
    Environment env{{"FAL_KEY", "sim:sim"}};
    if (!store_.empty()) env["FLUX_STORE"] = store_;
    return options.Parse(static_cast<int>(flags.size()), flags.data(), env,
                         [this] { return ValidateConfig(config_); });
  }

  ServiceConfig config_;
  std::string store_ = "memory";  // towards fal it has to be said
};

TEST_F(ServiceConfigTest, TowardsFalTheStoreHasToBeSaid) {
  store_.clear();
  const OptionsOutcome outcome = Parse({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.text, HasSubstr("--store: say where purchases are remembered"));
  EXPECT_FALSE(Parse({"--fal-url=http://127.0.0.1:1"}).exit);
  EXPECT_EQ(StoreOptionsOf(config_).text, "memory");
}

TEST_F(ServiceConfigTest, FalsQueueAndHistoryAreAskedWhereFalIs) {
  ASSERT_FALSE(Parse({}).exit);
  EXPECT_EQ(QueueUrlOf(config_), "https://queue.fal.run");
  EXPECT_EQ(PlatformUrlOf(config_), "https://api.fal.ai");
  EXPECT_TRUE(KeptOptionsOf(config_).through_queue);
  ASSERT_FALSE(Parse({"--fal-url=http://127.0.0.1:1"}).exit);
  EXPECT_EQ(QueueUrlOf(config_), "");
  EXPECT_EQ(PlatformUrlOf(config_), "");
  EXPECT_FALSE(KeptOptionsOf(config_).through_queue);
  ASSERT_FALSE(Parse({"--fal-platform-url="}).exit);
  EXPECT_EQ(PlatformUrlOf(config_), "");
  ASSERT_FALSE(Parse({"--keyed-route=direct"}).exit);
  EXPECT_FALSE(KeptOptionsOf(config_).through_queue);
}

TEST_F(ServiceConfigTest, WhatIsRememberedHasItsLimits) {
  ASSERT_FALSE(Parse({}).exit);
  EXPECT_EQ(KeptOptionsOf(config_).result_ttl, std::chrono::hours(24));
  EXPECT_EQ(KeptOptionsOf(config_).unknown_for, std::chrono::minutes(30));
  EXPECT_EQ(KeptOptionsOf(config_).most_result_bytes, 16u << 20);
  EXPECT_EQ(StoreOptionsOf(config_).lease, std::chrono::seconds(15));
  const OptionsOutcome outcome =
      Parse({"--store=mysql://x", "--store-sync=never", "--keyed-route=pigeon", "--result-ttl=1s",
             "--lease=10ms", "--fal-queue-url=ftp://x", "--budgets-file=/no/such/file"});
  for (const char* flag : {"--store:", "--store-sync:", "--keyed-route:", "--result-ttl:", "--lease:",
                           "--fal-queue-url:", "--budgets-file:"}) {
    EXPECT_THAT(outcome.text, HasSubstr(flag));
  }
}

TEST_F(ServiceConfigTest, FalIsAskedForItsBillWithAKeyOfItsOwn) {
  ASSERT_FALSE(Parse({}).exit);
  EXPECT_FALSE(AsksForBill(config_));
  EXPECT_FALSE(KeptOptionsOf(config_).bill_lag);
  config_.fal_billing_key = "id:secret";
  ASSERT_FALSE(Parse({"--bill-every=1m", "--bill-lag=2h"}).exit);
  EXPECT_TRUE(AsksForBill(config_));
  EXPECT_EQ(BillingOptionsOf(config_).url, "https://api.fal.ai");
  EXPECT_EQ(BillingOptionsOf(config_).key, "id:secret");
  EXPECT_EQ(BillOptionsOf(config_).every, std::chrono::minutes(1));
  EXPECT_EQ(KeptOptionsOf(config_).bill_lag, std::chrono::hours(2));
  EXPECT_THAT(Parse({"--fal-platform-url="}).text, HasSubstr("FAL_BILLING_KEY: needs --fal-platform-url"));
  for (const char* bad : {"nocolon", ":secret", "id:"}) {
    config_.fal_billing_key = bad;
    const OptionsOutcome outcome = Parse({});
    EXPECT_THAT(outcome.text, HasSubstr("FAL_BILLING_KEY: ***"));
    EXPECT_THAT(outcome.text, testing::Not(HasSubstr("nocolon")));
  }
  const OptionsOutcome outcome = Parse({"--bill-every=10ms", "--bill-lag=10ms"});
  EXPECT_THAT(outcome.text, HasSubstr("--bill-every: must be 1s or more"));
  EXPECT_THAT(outcome.text, HasSubstr("--bill-lag: must be 1s or more"));
}

TEST_F(ServiceConfigTest, FalIsAskedForWebhooksWhereItIsToldWhereTo) {
  ASSERT_FALSE(Parse({}).exit);
  EXPECT_EQ(QueueOptionsOf(config_).webhook_url, "");
  EXPECT_EQ(KeysUrlOf(config_), "https://rest.fal.ai/.well-known/jwks.json");
  ASSERT_FALSE(Parse({"--public-url=https://flux.example.com"}).exit);
  EXPECT_EQ(QueueOptionsOf(config_).webhook_url, "https://flux.example.com/hooks/fal");
  config_ = {};
  ASSERT_FALSE(Parse({"--fal-url=http://127.0.0.1:1"}).exit);
  EXPECT_EQ(KeysUrlOf(config_), "");
}

TEST_F(ServiceConfigTest, WebhooksHaveTheirLimits) {
  const OptionsOutcome outcome = Parse(
      {"--public-url=flux.example.com", "--fal-keys-url=http://keys.example/x", "--webhook-allow=http://a",
       "--webhook-secrets-file=/no/such/file", "--webhook-ca-file=/no/such/file"});
  for (const char* flag : {"--public-url:", "--fal-keys-url:", "--webhook-allow:", "--webhook-secrets-file:",
                           "--webhook-ca-file:"}) {
    EXPECT_THAT(outcome.text, HasSubstr(flag));
  }
  config_ = {};
  EXPECT_THAT(Parse({"--fal-url=http://127.0.0.1:1", "--public-url=https://a.example"}).text,
              HasSubstr("needs --fal-keys-url"));
}

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

TEST_F(ServiceConfigTest, BeyondThisMachineOnlyMutualTlsIsServed) {
  for (const char* listen :
       {"--listen=0.0.0.0:1", "--listen=[::]:1", "--listen=10.0.0.1:1", "--listen=host:1"}) {
    const OptionsOutcome refused = Parse({listen, "--trust-network=false"});
    EXPECT_EQ(refused.code, 2) << listen;
    EXPECT_THAT(refused.text, HasSubstr("--tls-client-ca")) << listen;
    EXPECT_THAT(refused.text, HasSubstr("--trust-network")) << listen;
    EXPECT_FALSE(Parse({listen, "--trust-network=true"}).exit) << listen;
  }
  for (const char* listen : {"--listen=127.0.0.1:1", "--listen=127.1.2.3:1", "--listen=[::1]:1",
                             "--listen=localhost:1", "--listen=unix:/tmp/x"}) {
    EXPECT_FALSE(Parse({listen, "--trust-network=false"}).exit) << listen;
  }
}

TEST_F(ServiceConfigTest, MutualTlsIsServedAnywhere) {
  const fakes::Certificate own;
  const std::string cert = "--tls-cert=" + own.certificate().string();
  const std::string key = "--tls-key=" + own.key().string();
  const std::string authority = "--tls-client-ca=" + own.certificate().string();
  EXPECT_FALSE(
      Parse({"--listen=0.0.0.0:1", cert.c_str(), key.c_str(), authority.c_str(), "--trust-network=false"})
          .exit);
}

TEST_F(ServiceConfigTest, TlsWithoutClientCertificatesIsNotEnough) {
  const fakes::Certificate own;
  const std::string cert = "--tls-cert=" + own.certificate().string();
  const std::string key = "--tls-key=" + own.key().string();
  EXPECT_EQ(Parse({"--listen=0.0.0.0:1", cert.c_str(), key.c_str()}).code, 2);
}

TEST_F(ServiceConfigTest, ReflectionIsForThisMachineUnlessAskedFor) {
  ASSERT_FALSE(Parse({"--listen=127.0.0.1:1"}).exit);
  EXPECT_TRUE(ServerOptionsOf(config_).reflection);
  ASSERT_FALSE(Parse({"--listen=0.0.0.0:1", "--trust-network=true"}).exit);
  EXPECT_FALSE(ServerOptionsOf(config_).reflection);
  ASSERT_FALSE(Parse({"--listen=0.0.0.0:1", "--trust-network=true", "--reflection=true"}).exit);
  EXPECT_TRUE(ServerOptionsOf(config_).reflection);
  ASSERT_FALSE(Parse({"--listen=127.0.0.1:1", "--reflection=false"}).exit);
  EXPECT_FALSE(ServerOptionsOf(config_).reflection);
  EXPECT_EQ(Parse({"--reflection=maybe"}).code, 2);
}

}  // namespace
}  // namespace flux::service

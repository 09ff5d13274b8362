// Where webhooks may go, and where not.
#include "service/jobs/webhook_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::service {
namespace {

using testing::HasSubstr;

std::string Refusal(const std::string& url, const std::vector<std::string>& allow = {}) {
  const Result<WebhookTarget> target = WebhookTargets(allow).Check(url);
  return target ? "" : target.error().message;
}

TEST(WebhookTargetsTest, TheInternetIsReachedByHttps) {
  for (const char* good :
       {"https://example.com/hooks", "https://example.com:8443/?a=b", "HTTPS://Example.COM",
        "https://8.8.8.8/", "https://[2606:4700::1111]/", "https://a.b.example.com/x#y"}) {
    EXPECT_EQ(Refusal(good), "") << good;
  }
  const WebhookTarget target = *WebhookTargets({}).Check("https://Example.com/hooks?x=1");
  EXPECT_EQ(target.url, "https://Example.com/hooks?x=1");
  EXPECT_EQ(target.Host(), "example.com:443");
}

TEST(WebhookTargetsTest, WhatIsNoHttpsUrlIsRefused) {
  for (const char* bad :
       {"http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://a.example/",
        "example.com", "/hooks", "https://", "javascript:alert(1)", "x"}) {
    EXPECT_THAT(Refusal(bad), HasSubstr("https URL")) << bad;
  }
  EXPECT_THAT(Refusal("https://user:word@example.com/"), HasSubstr("user name or password"));
  EXPECT_THAT(Refusal("https://example.com/a b"), HasSubstr("ASCII"));
  EXPECT_THAT(Refusal("https://example.com/\r\nx: y"), HasSubstr("ASCII"));
  EXPECT_THAT(Refusal("https://b\xc3\xbc"
                      "cher.example/"),
              HasSubstr("ASCII"));
  EXPECT_THAT(Refusal("https://example.com/" + std::string(2'048, 'x')), HasSubstr("2048"));
}

TEST(WebhookTargetsTest, WhatPointsInwardsIsRefused) {
  for (const char* bad :
       {"https://localhost/",        "https://localhost./",      "https://a.localhost/",
        "https://intranet/",         "https://db.internal/",     "https://printer.local/",
        "https://127.0.0.1/",        "https://127.1/",           "https://2130706433/",
        "https://0x7f000001/",       "https://0177.0.0.1/",      "https://10.1.2.3/",
        "https://172.31.0.1/",       "https://192.168.1.1/",     "https://169.254.169.254/",
        "https://100.64.0.1/",       "https://0.0.0.0/",         "https://224.0.0.1/",
        "https://255.255.255.255/",  "https://[::1]/",           "https://[::]/",
        "https://[fe80::1]/",        "https://[fd00:ec2::254]/", "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/",  "https://[ff02::1]/"}) {
    EXPECT_NE(Refusal(bad), "") << bad;
  }
}

TEST(WebhookTargetsTest, TheOperatorMakesExceptions) {
  const std::vector<std::string> allow{"hooks.internal", "127.0.0.1:9000", "10.0.0.0/8", "[::1]:80"};
  for (const char* good : {"http://hooks.internal/", "https://hooks.internal:444/", "http://127.0.0.1:9000/x",
                           "http://10.1.2.3/", "http://[::1]/"}) {
    EXPECT_EQ(Refusal(good, allow), "") << good;
  }
  for (const char* bad : {"http://127.0.0.1:9001/", "http://x.hooks.internal/", "http://11.1.2.3/",
                          "http://[::1]:81/", "http://example.com/"}) {
    EXPECT_NE(Refusal(bad, allow), "") << bad;
  }
}

TEST(WebhookTargetsTest, WhatANameMeansIsJudgedToo) {
  const WebhookTargets targets({"hooks.internal", "10.0.0.0/8"});
  const fal::Origin outside{"https", "example.com", "443"};
  EXPECT_TRUE(targets.MayConnect(outside, *ParseIpAddress("8.8.8.8")));
  EXPECT_TRUE(targets.MayConnect(outside, *ParseIpAddress("10.9.9.9")));
  EXPECT_FALSE(targets.MayConnect(outside, *ParseIpAddress("127.0.0.1")));
  EXPECT_FALSE(targets.MayConnect(outside, *ParseIpAddress("::ffff:192.168.0.1")));
  EXPECT_TRUE(targets.MayConnect({"http", "hooks.internal", "80"}, *ParseIpAddress("192.168.0.1")));
}

TEST(WebhookTargetsTest, PublicIsWhatTheInternetRoutes) {
  for (const char* good : {"1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
                           "64:ff9b::808:808", "2001:4860:4860::8888"}) {
    EXPECT_TRUE(IsPublic(*ParseIpAddress(good))) << good;
  }
  for (const char* bad :
       {"192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "240.0.0.1", "2001:db8::1", "2001::1",
        "fc00::1", "::", "::127.0.0.1", "64:ff9b::7f00:1", "3fff::1", "4000::1"}) {
    EXPECT_FALSE(IsPublic(*ParseIpAddress(bad))) << bad;
  }
}

TEST(WebhookTargetsTest, AnExceptionHasAForm) {
  for (const char* good : {"hooks.internal", "localhost", "localhost:8080", "10.0.0.0/8", "::1", "[::1]:80",
                           "fd00::/8", "192.168.0.5"}) {
    EXPECT_FALSE(WebhookAllowProblem(good)) << good;
  }
  for (const char* bad : {"", "http://a/", "a b", "10.0.0.1/8", "a:0", "a:99999", "*.example.com", "/"}) {
    EXPECT_TRUE(WebhookAllowProblem(bad)) << bad;
  }
}

}  // namespace
}  // namespace flux::service

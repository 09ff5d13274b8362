#include "base/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "base/http_server.h"

namespace flux {
namespace {

class AdminServerTest : public testing::Test {
 protected:
  AdminServerTest() {
    prometheus::BuildCounter().Name("things_total").Help("Things.").Register(registry_).Add({}).Increment(3);
    address_ = admin_.Start({"127.0.0.1:0"}).value();
  }

  httplib::Result Get(const char* path) { return httplib::Client("http://" + address_).Get(path); }

  prometheus::Registry registry_;
  std::string why_not_;
  AdminServer admin_{{&registry_}, [this] { return why_not_; }};
  std::string address_;
};

TEST_F(AdminServerTest, HealthReadinessAndMetrics) {
  EXPECT_EQ(Get("/healthz")->status, 200);
  EXPECT_EQ(Get("/readyz")->status, 200);
  const httplib::Result metrics = Get("/metrics");
  EXPECT_EQ(metrics->status, 200);
  EXPECT_EQ(metrics->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(metrics->body, testing::HasSubstr("things_total 3"));
}

TEST_F(AdminServerTest, SaysWhyItIsNotReady) {
  why_not_ = "draining";
  EXPECT_EQ(Get("/readyz")->status, 503);
  EXPECT_EQ(Get("/readyz")->body, "draining\n");
  EXPECT_EQ(Get("/healthz")->status, 200) << "not ready is not dead";
}

TEST_F(AdminServerTest, TakenPortIsAnError) {
  AdminServer second({&registry_}, [] { return std::string(); });
  const Result<std::string> started = second.Start({address_});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, testing::HasSubstr(address_));
}

TEST(SplitHostPortTest, Forms) {
  std::string host;
  int port = 0;
  EXPECT_TRUE(SplitHostPort("[::1]:80", host, port));
  EXPECT_EQ(host, "::1");
  EXPECT_EQ(port, 80);
  for (const char* bad : {"", ":80", "a", "a:", "a:65536", "a:-1", "a:x"})
    EXPECT_FALSE(SplitHostPort(bad, host, port)) << bad;
}

}  // namespace
}  // namespace flux

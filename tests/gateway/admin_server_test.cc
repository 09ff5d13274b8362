#include "gateway/admin_server.h"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/gateway/http/raw_client.h"

namespace flux::gateway {
namespace {

class AdminServerTest : public testing::Test {
 protected:
  AdminServerTest() {
    prometheus::BuildCounter().Name("things_total").Help("Things.").Register(registry_).Add({}).Increment(3);
    address_ = admin_.Start({"127.0.0.1:0"}).value();
  }

  RawReply Ask(const std::string& method, const std::string& path) {
    RawClient client(address_);
    EXPECT_TRUE(client.Send(method + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    return client.Read(method != "HEAD");
  }

  prometheus::Registry registry_;
  std::string why_not_;
  AdminServer admin_{{&registry_}, [this] { return why_not_; }};
  std::string address_;
};

struct Row {
  std::string name;
  std::string method;
  std::string path;
  int status;
  std::string says;  // in the head or the body
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class AdminAnswers : public AdminServerTest, public testing::WithParamInterface<Row> {};

TEST_P(AdminAnswers, AsExpected) {
  const RawReply reply = Ask(GetParam().method, GetParam().path);
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_NE((reply.head + reply.body).find(GetParam().says), std::string::npos) << reply.head << reply.body;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, AdminAnswers,
    testing::Values(Row{"Health", "GET", "/healthz", 200, "ok\n"},
                    Row{"Ready", "GET", "/readyz", 200, "ready\n"},
                    Row{"Metrics", "GET", "/metrics", 200, "things_total 3"},
                    Row{"MetricsType", "GET", "/metrics", 200, "Content-Type: text/plain; version=0.0.4"},
                    Row{"Query", "GET", "/metrics?a=b", 200, "things_total 3"},
                    Row{"HeadOfHealth", "HEAD", "/healthz", 200, "Content-Length: 3\r\n"},
                    Row{"HeadOfMetrics", "HEAD", "/metrics", 200, "Content-Type: text/plain; version=0.0.4"},
                    Row{"Post", "POST", "/healthz", 405, "Allow: GET, HEAD\r\n"},
                    Row{"Unknown", "GET", "/", 404, "/healthz"},
                    Row{"Below", "GET", "/healthz/x", 404, "/healthz"}),
    [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

TEST_F(AdminServerTest, SaysWhyItIsNotReady) {
  why_not_ = "draining";
  EXPECT_EQ(Ask("GET", "/readyz").status, 503);
  EXPECT_EQ(Ask("GET", "/readyz").body, "draining\n");
  EXPECT_EQ(Ask("GET", "/healthz").status, 200) << "not ready is not dead";
}

TEST_F(AdminServerTest, IdleScrapersDisturbNobody) {
  std::vector<RawClient> idle;
  for (int i = 0; i < 100; ++i) idle.emplace_back(address_);
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
}

TEST_F(AdminServerTest, TakenAddressIsAnError) {
  AdminServer second({&registry_}, [] { return std::string(); });
  const Result<std::string> started = second.Start({address_});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find(address_), std::string::npos);
}

TEST_F(AdminServerTest, StopsTwice) {
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
  admin_.Stop();
  admin_.Stop();
}

}  // namespace
}  // namespace flux::gateway

// The operators' address: what it answers, and that slow or many visitors hold up nobody.
#include "base/admin_server.h"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/gateway/http/raw_client.h"

namespace flux {
namespace {

using gateway::RawClient;
using gateway::RawReply;
using std::chrono::milliseconds;

std::string Request(const std::string& method, const std::string& path) {
  return method + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

class AdminServerTest : public testing::Test {
 protected:
  explicit AdminServerTest(AdminLimits limits = {}) {
    prometheus::BuildCounter().Name("things_total").Help("Things.").Register(registry_).Add({}).Increment(3);
    admin_ = std::make_unique<AdminServer>(
        AdminServer::Sources{&registry_}, [this] { return why_not_; }, limits);
    address_ = admin_->Start({"127.0.0.1:0"}).value();
  }

  RawReply Ask(const std::string& method, const std::string& path) {
    RawClient client(address_);
    EXPECT_TRUE(client.Send(Request(method, path)));
    return client.Read(method != "HEAD");
  }

  prometheus::Registry registry_;
  std::string why_not_;
  std::unique_ptr<AdminServer> admin_;
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

TEST_F(AdminServerTest, KeepsConnectionsForThoseWhoScrape) {
  RawClient client(address_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Request("GET", "/metrics")));
    EXPECT_EQ(client.Read().status, 200);
  }
  ASSERT_TRUE(client.Send(Request("GET", "/healthz") + Request("GET", "/readyz")));
  EXPECT_EQ(client.Read().body, "ok\n");
  EXPECT_EQ(client.Read().body, "ready\n");
  ASSERT_TRUE(client.Send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_TRUE(client.Read().Says("Connection: close\r\n"));
  EXPECT_TRUE(client.Ended());
}

TEST_F(AdminServerTest, WhatIsNoRequestIsRefusedAndCloses) {
  for (const std::string& bytes :
       {std::string("nonsense\r\n\r\n"), std::string("GET /healthz HTTP/2.0\r\n\r\n"),
        std::string("\r\n\r\n"), std::string("GET healthz HTTP/1.1\r\n\r\n"),
        "GET /" + std::string(10'000, 'a')}) {
    RawClient client(address_);
    ASSERT_TRUE(client.Send(bytes));
    EXPECT_EQ(client.Read().status, 400) << bytes.substr(0, 40);
    EXPECT_TRUE(client.Ended());
  }
}

TEST_F(AdminServerTest, ABodyIsNotTakenForTheNextRequest) {
  for (const char* lines : {"Content-Length: 27\r\n", "Transfer-Encoding: chunked\r\n"}) {
    RawClient client(address_);
    ASSERT_TRUE(client.Send(std::string("POST /healthz HTTP/1.1\r\nHost: a\r\n") + lines + "\r\n" +
                            Request("GET", "/metrics")));
    EXPECT_EQ(client.Read().status, 405);
    EXPECT_TRUE(client.Ended());
  }
}

TEST_F(AdminServerTest, AnOldClientIsAnswered) {
  RawClient client(address_);
  ASSERT_TRUE(client.Send("GET /healthz HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(client.Read().body, "ok\n");
  EXPECT_TRUE(client.Ended());
}

TEST_F(AdminServerTest, HundredsOfDrippingAndIdleVisitorsDelayNobody) {
  std::vector<RawClient> slow;
  for (int i = 0; i < 600; ++i) {
    slow.emplace_back(address_);
    slow.back().Send(i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " : "");
  }
  for (int round = 0; round < 20; ++round) {
    for (RawClient& client : slow) client.Send("a");
    EXPECT_EQ(Ask("GET", "/healthz").status, 200);
  }
}

TEST_F(AdminServerTest, NorDoThoseWhoReadNothing) {
  for (int i = 0; i < 2'000; ++i) {
    prometheus::BuildCounter().Name("n" + std::to_string(i)).Help("N.").Register(registry_).Add({});
  }
  std::vector<RawClient> deaf;
  for (int i = 0; i < 50; ++i) {
    deaf.emplace_back(address_);
    for (int k = 0; k < 100; ++k) deaf.back().Send(Request("GET", "/metrics"));
  }
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
}

TEST_F(AdminServerTest, TakenAddressIsAnError) {
  AdminServer second({&registry_}, [] { return std::string(); });
  const Result<std::string> started = second.Start({address_});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find(address_), std::string::npos);
}

TEST_F(AdminServerTest, AUnixSocketIsRemovedAtTheEnd) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "flux_admin_test.sock";
  AdminServer unix_server({&registry_}, [] { return std::string(); });
  const std::string address = unix_server.Start({"unix:" + path.string()}).value();
  RawClient client(address);
  ASSERT_TRUE(client.Send(Request("GET", "/healthz")));
  EXPECT_EQ(client.Read().status, 200);
  unix_server.Stop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(AdminServerTest, StopsTwiceAndEndsConnections) {
  RawClient idle(address_);
  ASSERT_TRUE(idle.Send(Request("GET", "/healthz")));
  EXPECT_EQ(idle.Read().status, 200);
  admin_->Stop();
  EXPECT_TRUE(idle.Ended());
  admin_->Stop();
}

class ImpatientAdmin : public AdminServerTest {
 protected:
  ImpatientAdmin() : AdminServerTest({.patience = milliseconds(50), .idle = milliseconds(50)}) {}
};

TEST_F(ImpatientAdmin, EndsWhoNeverAsksAndWhoAsksNoMore) {
  RawClient silent(address_);
  EXPECT_TRUE(silent.Ended());
  RawClient idle(address_);
  ASSERT_TRUE(idle.Send(Request("GET", "/healthz")));
  EXPECT_EQ(idle.Read().status, 200);
  EXPECT_TRUE(idle.Ended());
}

}  // namespace
}  // namespace flux

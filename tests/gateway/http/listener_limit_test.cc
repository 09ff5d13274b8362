// What the listener refuses, and how: heads, pace, connections. Every refusal closes, and every reply can be
// read.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;
using std::string_literals::operator""s;

struct RefusalRow {
  std::string name;
  std::string bytes;
  int status;
};

void PrintTo(const RefusalRow& row, std::ostream* out) {
  *out << row.name;
}

class RefusalTest : public testing::TestWithParam<RefusalRow> {};

TEST_P(RefusalTest, IsAnsweredAndCloses) {
  TestEdge edge;
  RawClient client = edge.Connect();
  // Behind the refusal stands what a smuggler would want to be served.
  ASSERT_TRUE(client.Send(GetParam().bytes + Get("/smuggled")));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_TRUE(reply.Says("Connection: close\r\n"));
  EXPECT_FALSE(reply.body.empty());
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(edge.counters().requests, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusalTest,
    testing::Values(
        RefusalRow{"Malformed", "GET\r\n\r\n", 400},
        RefusalRow{"BareFeed", "GET / HTTP/1.1\nHost: a\n\n", 400},
        RefusalRow{"LengthAndChunked",
                   "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                   400},
        RefusalRow{"Coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        RefusalRow{"Version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        RefusalRow{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        RefusalRow{"Tls", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"s, 400},
        RefusalRow{"HeadTooLarge", "GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(40'000, 'x') + "\r\n\r\n",
                   431},
        RefusalRow{"TargetTooLong", "GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
        RefusalRow{"NulInPath", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400}),
    [](const testing::TestParamInfo<RefusalRow>& row) { return row.param.name; });

TEST(ListenerLimit, ALineWithoutEndIsCutOff) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: a\r\nx: "));
  while (edge.counters().Refused(Reason::kHeadersTooLarge) == 0)
    ASSERT_TRUE(client.Send(std::string(1000, 'x')));
  EXPECT_EQ(client.Read().status, 431);
}

TEST(ListenerLimit, ASlowHeadTimesOut) {
  Limits limits;
  limits.head_timeout = milliseconds(50);
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("GET / HT"));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 408);
  EXPECT_TRUE(reply.Says("X-Reason: REQUEST_TIMEOUT"));
  EXPECT_TRUE(client.Ended());
}

TEST(ListenerLimit, ADrippingHeadTimesOut) {
  Limits limits;
  limits.head_timeout = milliseconds(100);
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\n"));
  ASSERT_TRUE(Eventually([&] {
    client.Send("a: b\r\n");
    return edge.counters().Refused(Reason::kRequestTimeout) +
               edge.counters().Refused(Reason::kHeadersTooLarge) ==
           1;
  }));
}

TEST(ListenerLimit, TheSecondHeadHasItsOwnDeadline) {
  Limits limits;
  limits.head_timeout = milliseconds(50);
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/") + "GET /x"));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 408);
}

TEST(ListenerLimit, SilentAndIdleConnectionsAreClosedWithoutAWord) {
  Limits limits;
  limits.head_timeout = milliseconds(50);
  limits.idle_timeout = milliseconds(50);
  TestEdge edge(limits);
  RawClient silent = edge.Connect();
  EXPECT_TRUE(silent.Ended());
  RawClient idle = edge.Connect();
  ASSERT_TRUE(idle.Send(Get("/")));
  EXPECT_EQ(idle.Read().status, 200);
  EXPECT_TRUE(idle.Ended());
  EXPECT_EQ(edge.counters().Refused(Reason::kRequestTimeout), 0U);
}

TEST(ListenerLimit, AHandlerMayTakeLongerThanEveryDeadline) {
  Limits limits;
  limits.head_timeout = milliseconds(20);
  limits.idle_timeout = milliseconds(20);
  limits.body_grace = milliseconds(20);
  TestEdge edge(limits);
  RawClient watched = edge.Connect();
  ASSERT_TRUE(watched.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  RawClient silent = edge.Connect();
  EXPECT_TRUE(silent.Ended());
  RawClient again = edge.Connect();
  EXPECT_TRUE(again.Ended());
  edge.Release();
  EXPECT_EQ(watched.Read().body, "held");
}

TEST(ListenerLimit, ConnectionsAreCapped) {
  Limits limits;
  limits.max_connections = 2;
  TestEdge edge(limits);
  RawClient first = edge.Connect();
  RawClient second = edge.Connect();
  ASSERT_TRUE(Eventually([&] { return edge.counters().open == 2; }));
  RawClient third = edge.Connect();
  ASSERT_TRUE(third.Send(Get("/")));
  const RawReply reply = third.Read();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.Says("Retry-After: 1\r\n"));
  EXPECT_TRUE(third.Ended());
  third.Close();
  EXPECT_EQ(edge.counters().Refused(Reason::kOverloaded), 1U);
  ASSERT_TRUE(first.Send(Get("/")));
  EXPECT_EQ(first.Read().status, 200);
  second.Close();
  ASSERT_TRUE(Eventually([&] { return edge.counters().open == 1; }));
  RawClient fourth = edge.Connect();
  ASSERT_TRUE(fourth.Send(Get("/")));
  EXPECT_EQ(fourth.Read().status, 200);
}

TEST(ListenerLimit, AFloodOverTheCapIsClosed) {
  Limits limits;
  limits.max_connections = 1;
  TestEdge edge(limits);
  std::vector<RawClient> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(edge.Connect());
  ASSERT_TRUE(Eventually([&] { return edge.counters().accepted == 200; }));
  EXPECT_LE(edge.counters().open, 65U);
  EXPECT_EQ(edge.counters().Refused(Reason::kOverloaded), 199U);
}

}  // namespace
}  // namespace flux::gateway

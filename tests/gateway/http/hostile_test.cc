// Hostile clients over real sockets: the rows of hostile_rows.cc in one piece and in small ones, and tricks
// that need time.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/gateway/http/hostile_rows.h"
#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;
using Fate = HostileRow::Fate;

Limits SuiteLimits() {
  Limits limits;
  limits.max_body_bytes = 1'000'000;
  return limits;
}

class HostileTest : public testing::TestWithParam<HostileRow> {
 protected:
  void Check(RawClient& client) {
    for (const int status : GetParam().statuses) {
      const RawReply reply = client.Read(status != 100);
      ASSERT_EQ(reply.status, status);
      if (status >= 400) {
        EXPECT_TRUE(reply.Says("Connection: close\r\n"));
        EXPECT_FALSE(reply.body.empty());
      }
    }
    if (GetParam().fate == Fate::kStays) {
      ASSERT_TRUE(client.Send(Get("/alive")));
      EXPECT_EQ(client.Read().body, "GET /alive from 127.0.0.1");
    } else {
      // Who ends their side in the middle of a request is not answered.
      if (GetParam().fate == Fate::kWaits) client.HalfClose();
      EXPECT_TRUE(client.Ended());
    }
    client.Close();
    EXPECT_TRUE(Eventually([&] { return edge_.counters().open == 0; }));
    EXPECT_EQ(edge_.counters().bytes_in_flight, 0U);
  }

  TestEdge edge_{SuiteLimits()};
};

TEST_P(HostileTest, InOnePiece) {
  RawClient client = edge_.Connect();
  client.Send(GetParam().bytes);
  Check(client);
}

TEST_P(HostileTest, InPieces) {
  RawClient client = edge_.Connect();
  const std::string& bytes = GetParam().bytes;
  // Long rows are made of the same byte over and over.
  const std::size_t piece = bytes.size() > 2'000 ? bytes.size() / 10 : 7;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!client.Send(std::string_view(bytes).substr(at, piece)))
      break;  // refused, and closed, before the end
  }
  Check(client);
}

INSTANTIATE_TEST_SUITE_P(Rows, HostileTest, testing::ValuesIn(HostileRows()),
                         [](const testing::TestParamInfo<HostileRow>& row) { return row.param.name; });

TEST(Hostile, HundredMegabytesAreEchoedAndOneByteMoreIsNot) {
  Limits limits;
  limits.max_body_bytes = 100 << 20;
  limits.max_bytes_in_flight = 400 << 20;
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  const std::string body(100 << 20, 'b');
  ASSERT_TRUE(client.Send(Post("/echo", body)));
  EXPECT_TRUE(client.Read().body == body);
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6400000\r\n"));
  ASSERT_TRUE(client.Send(body));
  ASSERT_TRUE(client.Send("\r\n1\r\n"));
  EXPECT_EQ(client.Read().status, 413);
  EXPECT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight == 0; }));
}

TEST(Hostile, AnAnnouncedBodySetsNothingAside) {
  TestEdge edge;
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(edge.Connect());
    ASSERT_TRUE(clients.back().Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\nx"));
  }
  ASSERT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight == 100; }));
}

TEST(Hostile, ResetInEveryPhase) {
  TestEdge edge;
  const std::vector<std::string> phases{
      "",
      "G",
      "GET / HTTP/1.1\r\nHost: a\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nhel",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
      Get("/hold"),
      Get("/hold") + Get("/hold"),
      Get("/big"),
      Get("/stream/endless"),
      Get("/stream/hold"),
      "GET / HTTP/1.1\n",
      Get("/close"),
      Get("/")};
  for (const std::string& bytes : phases) {
    for (const bool reset : {true, false}) {
      const std::uint64_t accepted = edge.counters().accepted;
      RawClient client = edge.Connect();
      ASSERT_TRUE(client.Send(bytes));
      ASSERT_TRUE(Eventually([&] { return edge.counters().accepted == accepted + 1; }));
      if (bytes.starts_with("GET /hold")) {
        ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
      }
      if (reset) {
        client.Reset();
      } else {
        client.Close();
      }
      EXPECT_TRUE(Eventually([&] { return edge.counters().open == 0; })) << bytes;
      EXPECT_EQ(edge.counters().bytes_in_flight, 0U) << bytes;
      EXPECT_EQ(edge.held() + edge.streams(), 0) << bytes;
    }
  }
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().status, 200);
}

TEST(Hostile, HalfClosedInEveryPhase) {
  TestEdge edge;
  for (const std::string& bytes :
       {std::string(), std::string("G"), Get("/hold"), Get("/stream/hold"),
        std::string("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhel")}) {
    RawClient client = edge.Connect();
    ASSERT_TRUE(client.Send(bytes));
    client.HalfClose();
    client.ReadToEnd();
    EXPECT_TRUE(Eventually([&] { return edge.counters().open == 0; })) << bytes;
  }
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().status, 200);
}

// Who sends a little at a time is cut off when the time for it is over, whatever it sends.
struct Drip {
  std::string name;
  std::string start;
  std::string drop;
};

void PrintTo(const Drip& drip, std::ostream* out) {
  *out << drip.name;
}

class SlowTest : public testing::TestWithParam<Drip> {};

TEST_P(SlowTest, IsCutOff) {
  Limits limits;
  limits.head_timeout = milliseconds(100);
  limits.body_grace = milliseconds(100);
  limits.min_bytes_per_second = 1'000'000'000;
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(GetParam().start));
  EXPECT_TRUE(Eventually([&] {
    client.SendSome(GetParam().drop);
    return edge.counters().accepted == 1 && edge.counters().open == 0;
  }));
  EXPECT_EQ(edge.counters().requests, 0U);
  EXPECT_EQ(edge.counters().bytes_in_flight, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SlowTest,
    testing::Values(
        Drip{"RequestLine", "GET /", "a"}, Drip{"HeaderLine", "GET / HTTP/1.1\r\nHost: a\r\nx: ", "y"},
        Drip{"HeaderLines", "GET / HTTP/1.1\r\nHost: a\r\n", "x: y\r\n"},
        Drip{"Body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n", "b"},
        Drip{"Chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nc\r\n"},
        Drip{"ChunkSize", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", ""},
        Drip{"Trailers", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "x: y\r\n"},
        Drip{"AfterARefusal", "GET / HTTP/1.1\n", "z"}),
    [](const testing::TestParamInfo<Drip>& row) { return row.param.name; });

}  // namespace
}  // namespace flux::gateway

// Replies that are made while they are sent: framing, pace, and the end of those that nobody reads any more.
#include <gtest/gtest.h>

#include <string>

#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;

TEST(ListenerStream, IsChunkedAndKeepsTheConnection) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/stream/3") + Get("/stream/0") + Get("/after")));
  const RawReply reply = client.Read();
  EXPECT_TRUE(reply.Says("Transfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(reply.Says("Content-Length"));
  EXPECT_EQ(reply.body, "piece 0\npiece 1\npiece 2\n");
  EXPECT_EQ(client.Read().body, "");
  EXPECT_EQ(client.Read().body, "GET /after from 127.0.0.1");
  EXPECT_EQ(edge.streams(), 0);
}

TEST(ListenerStream, AnOldClientReadsUntilTheClose) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("GET /stream/2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const std::string all = client.ReadToEnd();
  EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n\r\npiece 0\npiece 1\n")) << all;
}

TEST(ListenerStream, AHeadRequestMakesNothing) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("HEAD /stream/3 HTTP/1.1\r\nHost: a\r\n\r\n" + Get("/after")));
  EXPECT_TRUE(client.Read(false).Says("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(client.Read().body, "GET /after from 127.0.0.1");
  EXPECT_EQ(edge.pieces(), 0);
  EXPECT_EQ(edge.streams(), 0);
}

TEST(ListenerStream, EveryPieceIsSentWhenItIsMade) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/stream/hold") + Get("/after")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  EXPECT_EQ(edge.pieces(), 1);
  edge.Release();
  EXPECT_EQ(client.Read().body, "piece 0\npiece 1\n");
  EXPECT_EQ(client.Read().body, "GET /after from 127.0.0.1");
}

TEST(ListenerStream, ASlowReaderSlowsTheProducer) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/stream/endless")));
  // Nothing is held beyond the piece at hand and what the kernel's buffers take.
  ASSERT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight > 0; }));
  EXPECT_LE(edge.counters().bytes_in_flight, 65U * 1024);
  const int before = edge.pieces();
  EXPECT_LT(before, 1000);
  client.Close();
  EXPECT_TRUE(Eventually([&] { return edge.streams() == 0 && edge.counters().open == 0; }));
  EXPECT_EQ(edge.counters().bytes_in_flight, 0U);
}

TEST(ListenerStream, AReaderWhoStopsIsCutOff) {
  Limits limits;
  limits.write_grace = milliseconds(50);
  limits.min_bytes_per_second = 1 << 30;  // what the kernel still takes for the reader earns it no more time
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/stream/endless")));
  EXPECT_TRUE(Eventually([&] { return edge.counters().accepted == 1 && edge.counters().open == 0; }));
  EXPECT_EQ(edge.streams(), 0);
}

TEST(ListenerStream, WhoLeavesCancelsTheProducer) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/stream/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  client.Reset();
  EXPECT_TRUE(Eventually([&] { return edge.cancelled() == 1 && edge.streams() == 0; }));
  EXPECT_EQ(edge.counters().left, 1U);
}

TEST(ListenerStream, AProducerThatFailsCutsTheBody) {
  for (const std::string version : {"1.0", "1.1"}) {
    TestEdge edge;
    RawClient client = edge.Connect();
    ASSERT_TRUE(client.Send("GET /stream/throw HTTP/" + version + "\r\nHost: a\r\n\r\n"));
    const std::string all = client.ReadToEnd();
    EXPECT_EQ(all.find("\r\n0\r\n"), std::string::npos) << all;
    EXPECT_TRUE(client.WasReset()) << version;
    EXPECT_EQ(edge.counters().Refused(Reason::kInternal), 1U);
    EXPECT_EQ(edge.streams(), 0);
  }
}

TEST(ListenerStream, ADrainEndsItWhenPatienceDoes) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/stream/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  EXPECT_FALSE(edge.listener().Drain(milliseconds(10)));
  EXPECT_EQ(edge.streams(), 0);
}

}  // namespace
}  // namespace flux::gateway

// Bodies: lengths at the edge, chunks, expectations, pace, memory.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kChunkedHead =
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

Limits SmallBodies() {
  Limits limits;
  limits.max_body_bytes = 1000;
  return limits;
}

TEST(ListenerBody, ExactlyTheLimitIsTaken) {
  TestEdge edge(SmallBodies());
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Post("/echo", std::string(1000, 'x'))));
  EXPECT_EQ(client.Read().body.size(), 1000U);
}

TEST(ListenerBody, OneByteMoreIsRefusedBeforeItIsRead) {
  TestEdge edge(SmallBodies());
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 413);
  EXPECT_TRUE(reply.Says("Connection: close\r\n"));
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(edge.counters().Refused(Reason::kPayloadTooLarge), 1U);
  EXPECT_EQ(edge.counters().requests, 0U);
}

TEST(ListenerBody, ChunksUpToTheLimitAreTaken) {
  TestEdge edge(SmallBodies());
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(std::string(kChunkedHead) + "3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n"));
  EXPECT_EQ(client.Read().body.size(), 1000U);
  ASSERT_TRUE(client.Send(std::string(kChunkedHead) + "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"));
  EXPECT_EQ(client.Read().status, 413);
  EXPECT_TRUE(client.Ended());
}

TEST(ListenerBody, TheReplyToARefusedUploadCanBeRead) {
  TestEdge edge(SmallBodies());
  RawClient client = edge.Connect();
  // Sent in full before anything is read: a close without draining would reset the connection and lose the
  // reply.
  ASSERT_TRUE(client.Send(Post("/echo", std::string(4 << 20, 'x'))));
  EXPECT_EQ(client.Read().status, 413);
}

TEST(ListenerBody, AMalformedChunkIsRefused) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(std::string(kChunkedHead) + "zz\r\n"));
  EXPECT_EQ(client.Read().status, 400);
  EXPECT_TRUE(client.Ended());
}

TEST(ListenerBody, ALargeUploadArrivesWhole) {
  TestEdge edge;
  RawClient client = edge.Connect();
  std::string body(8 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4096) body[i] = static_cast<char>('a' + i / 4096 % 26);
  ASSERT_TRUE(client.Send(Post("/echo", body) + Get("/next")));
  EXPECT_TRUE(client.Read().body == body);
  EXPECT_EQ(client.Read().body, "GET /next from 127.0.0.1");
}

TEST(ListenerBody, ALargeChunkedUploadArrivesWhole) {
  TestEdge edge;
  RawClient client = edge.Connect();
  const std::string chunk = "10000\r\n" + std::string(65536, 'c') + "\r\n";
  ASSERT_TRUE(client.Send(kChunkedHead));
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(client.Send(chunk));
  ASSERT_TRUE(client.Send("0\r\n\r\n" + Get("/next")));
  EXPECT_EQ(client.Read().body, std::string(64 * 65536, 'c'));
  EXPECT_EQ(client.Read().body, "GET /next from 127.0.0.1");
}

TEST(ListenerBody, ExpectIsAnsweredBeforeTheBody) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(
      client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 100);
  ASSERT_TRUE(client.Send("hello"));
  EXPECT_EQ(client.Read().body, "hello");
}

TEST(ListenerBody, ExpectIsNotAnsweredWhenTheBodyIsThere) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello"));
  EXPECT_EQ(client.Read().status, 200);
}

TEST(ListenerBody, ExpectWithABodyTooLargeIsRefusedAtOnce) {
  TestEdge edge(SmallBodies());
  RawClient client = edge.Connect();
  ASSERT_TRUE(
      client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 413);
}

TEST(ListenerBody, WhatNobodyWantsIsNotWaitedFor) {
  TestEdge edge;
  for (const std::string& request :
       {std::string("POST /echo?unwanted HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"),
        "POST /echo?unwanted HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + std::string(4999, 'x'),
        std::string("POST /echo?unwanted HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
        std::string("POST /echo?unwanted HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                    "Expect: 100-continue\r\n\r\n")}) {
    RawClient client = edge.Connect();
    ASSERT_TRUE(client.Send(request));
    const RawReply reply = client.Read();
    EXPECT_EQ(reply.status, 200) << request;
    EXPECT_EQ(reply.body, "") << "not even a part of the body is handed over";
    EXPECT_TRUE(reply.Says("Connection: close\r\n"));
    client.Send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");  // would be the body's: no request
    EXPECT_TRUE(client.Ended());
  }
  EXPECT_EQ(edge.counters().requests, 4U);
  EXPECT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight == 0; }));
}

TEST(ListenerBody, WhatNobodyWantsIsTakenWhereItIsThere) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Post("/echo?unwanted", "here") + Get("/next")));
  EXPECT_EQ(client.Read().body, "here");
  EXPECT_EQ(client.Read().body, "GET /next from 127.0.0.1");
}

TEST(ListenerBody, TheReplyToAnUnwantedUploadCanBeRead) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Post("/echo?unwanted", std::string(4 << 20, 'x'))));
  EXPECT_EQ(client.Read().status, 200);
}

TEST(ListenerBody, OtherExpectationsFail) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 417);
}

TEST(ListenerBody, AStalledBodyTimesOut) {
  Limits limits;
  limits.body_grace = milliseconds(50);
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"));
  EXPECT_EQ(client.Read().status, 408);
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(edge.counters().bytes_in_flight, 0U);
}

TEST(ListenerBody, AStalledChunkedBodyTimesOut) {
  Limits limits;
  limits.body_grace = milliseconds(50);
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(std::string(kChunkedHead) + "5\r\nhel"));
  EXPECT_EQ(client.Read().status, 408);
}

TEST(ListenerBody, ASteadyBodyStillEndsAtItsDeadline) {
  Limits limits;
  limits.body_timeout = milliseconds(100);
  limits.min_bytes_per_second = 1;
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
  ASSERT_TRUE(Eventually([&] {
    client.Send("x");
    return edge.counters().Refused(Reason::kRequestTimeout) == 1;
  }));
  EXPECT_EQ(client.Read().status, 408);
}

}  // namespace
}  // namespace flux::gateway

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
    EXPECT_EQ(reply.body, "unwanted");
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
  EXPECT_EQ(client.Read().body, "unwanted");
  EXPECT_EQ(client.Read().body, "GET /next from 127.0.0.1");
}

TEST(ListenerBody, TheReplyToAnUnwantedUploadCanBeRead) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Post("/echo?unwanted", std::string(4 << 20, 'x'))));
  EXPECT_EQ(client.Read().status, 200);
}

TEST(ListenerBody, ATicketsLimitHoldsHoweverTheBodyComes) {
  TestEdge edge;
  for (const std::string& request :
       {Post("/echo?small", std::string(11, 'x')),
        std::string("POST /echo?small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"),
        std::string("POST /echo?small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "b\r\n01234567890\r\n0\r\n\r\n")}) {
    RawClient client = edge.Connect();
    ASSERT_TRUE(client.Send(request));
    EXPECT_EQ(client.Read().status, 413) << request;
  }
  RawClient piecewise = edge.Connect();
  ASSERT_TRUE(piecewise.Send(
      "POST /echo?small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"));
  ASSERT_TRUE(Eventually([&] { return edge.tickets() == 1; }));
  ASSERT_TRUE(piecewise.Send("6\r\n567890\r\n"));
  EXPECT_EQ(piecewise.Read().status, 413);
  RawClient fits = edge.Connect();
  ASSERT_TRUE(fits.Send(Post("/echo?small", "0123456789")));
  EXPECT_EQ(fits.Read().body, "0123456789");
  EXPECT_TRUE(Eventually([&] { return edge.tickets() == 0; }));
}

TEST(ListenerBody, ABodyThatHasYetToComeWaitsForTheLastWord) {
  TestEdge edge;
  const auto head = [](const std::string& query) {
    return "POST /echo" + query + " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  };
  RawClient asking = edge.Connect();
  RawClient refused = edge.Connect();
  ASSERT_TRUE(asking.Send(head("?ask")));
  ASSERT_TRUE(refused.Send(head("?refuse")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 2; }));
  edge.Release();
  EXPECT_EQ(asking.Read().status, 100);
  ASSERT_TRUE(asking.Send("hello"));
  EXPECT_EQ(asking.Read().body, "hello");
  const RawReply reply = refused.Read();
  EXPECT_EQ(reply.body, "refused");
  EXPECT_TRUE(reply.Says("Connection: close\r\n"));
  EXPECT_TRUE(refused.Ended());
  // Who has sent it all is served at once.
  RawClient whole = edge.Connect();
  ASSERT_TRUE(whole.Send(Post("/echo?refuse", "hello")));
  EXPECT_EQ(whole.Read().body, "hello");
  EXPECT_TRUE(Eventually([&] { return edge.tickets() == 0; }));
}

TEST(ListenerBody, WhoIsWaitingForTheLastWordCanBeDrained) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("POST /echo?ask HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  EXPECT_FALSE(edge.listener().Drain(milliseconds(50)));
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(edge.tickets(), 0);
}

TEST(ListenerBody, AnUploadThatComesToNothingGivesItsTicketBack) {
  Limits limits;
  limits.body_grace = std::chrono::milliseconds(50);
  TestEdge edge(limits);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n";
  RawClient slow = edge.Connect();
  ASSERT_TRUE(slow.Send(head));
  EXPECT_EQ(slow.Read().status, 408);
  EXPECT_TRUE(Eventually([&] { return edge.tickets() == 0; })) << "before the connection has lingered";
  {
    TestEdge patient;
    auto leaving = std::make_unique<RawClient>(patient.Connect());
    ASSERT_TRUE(leaving->Send(head));
    ASSERT_TRUE(Eventually([&] { return patient.tickets() == 1; }));
    leaving.reset();
    EXPECT_TRUE(Eventually([&] { return patient.tickets() == 0; }));
  }
}

TEST(ListenerBody, RefusalsKnowTheOriginAsFarAsItWasRead) {
  TestEdge edge(SmallBodies());
  const std::string lines = "Host: a\r\nOrigin: https://a.example\r\n";
  const auto refused = [&](const std::string& request) {
    RawClient client = edge.Connect();
    client.Send(request);
    return client.Read();
  };
  // As a whole.
  const RawReply large = refused("POST /echo HTTP/1.1\r\n" + lines + "Content-Length: 5000\r\n\r\n");
  EXPECT_EQ(large.status, 413);
  EXPECT_TRUE(large.Says("X-Origin: https://a.example\r\n"));
  EXPECT_TRUE(large.Says("X-Path: /echo\r\n"));
  const RawReply chunked = refused("POST /echo HTTP/1.1\r\n" + lines + "Transfer-Encoding: chunked\r\n\r\nx");
  EXPECT_EQ(chunked.status, 400);
  EXPECT_TRUE(chunked.Says("X-Origin: https://a.example\r\n"));
  // In part.
  for (const std::string& head :
       {"GET /a|b HTTP/1.1\r\n" + lines + "\r\n", "GET /%00 HTTP/1.1\r\n" + lines + "\r\n",
        "GET / HTTP/1.1\r\n" + lines + "Expect: tea\r\n\r\n",
        "GET / HTTP/1.1\r\nExpect: tea\r\n" + lines + "\r\n",
        "GET / HTTP/1.1\r\n" + lines + "X-Big: " + std::string(40'000, 'x') + "\r\n\r\n"}) {
    const RawReply reply = refused(head);
    EXPECT_GE(reply.status, 400) << head.substr(0, 80);
    EXPECT_TRUE(reply.Says("X-Origin: https://a.example\r\n")) << head.substr(0, 80);
    EXPECT_FALSE(reply.Says("X-Path")) << head.substr(0, 80);
  }
  EXPECT_FALSE(refused("GET /|| HTTP/1.1\r\n" + lines + "Origin: https://b.example\r\n\r\n").Says("X-Origin"))
      << "which one is meant is not for us to choose";
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

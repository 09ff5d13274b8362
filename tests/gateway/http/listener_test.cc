// One connection at a time, and many: keep-alive, pipelining, splitting, versions, addresses.
#include "gateway/http/listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/local/stream_protocol.hpp>
#include <string>
#include <vector>

#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

TEST(Listener, AnswersAndKeepsTheConnection) {
  TestEdge edge;
  RawClient client = edge.Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Get("/a?" + std::to_string(i))));
    const RawReply reply = client.Read();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "GET /a?" + std::to_string(i) + " from 127.0.0.1");
    EXPECT_TRUE(reply.Says("\r\nDate: "));
    EXPECT_FALSE(reply.Says("Connection:"));
  }
  EXPECT_EQ(edge.counters().accepted, 1U);
  EXPECT_EQ(edge.counters().requests, 3U);
  EXPECT_EQ(edge.counters().open, 1U);
}

class PipelineTest : public testing::TestWithParam<int> {};

TEST_P(PipelineTest, AnswersInOrder) {
  TestEdge edge;
  RawClient client = edge.Connect();
  std::string bytes;
  for (int i = 0; i < GetParam(); ++i) {
    bytes += i % 2 == 0 ? Get("/" + std::to_string(i)) : Post("/echo", "body " + std::to_string(i));
  }
  ASSERT_TRUE(client.Send(bytes));
  for (int i = 0; i < GetParam(); ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(client.Read().body, i % 2 == 0 ? "GET /" + number + " from 127.0.0.1" : "body " + number);
  }
}

INSTANTIATE_TEST_SUITE_P(Requests, PipelineTest, testing::Values(2, 3, 10, 50, 2000));

TEST(Listener, PipelinedBehindAHeldRequestWaitsAndIsNotLeaving) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  ASSERT_TRUE(client.Send(Get("/b") + Post("/echo", "tail")));
  ASSERT_TRUE(client.Send(Get("/c")));
  edge.Release();
  EXPECT_EQ(client.Read().body, "held");
  EXPECT_EQ(client.Read().body, "GET /b from 127.0.0.1");
  EXPECT_EQ(client.Read().body, "tail");
  EXPECT_EQ(client.Read().body, "GET /c from 127.0.0.1");
  EXPECT_EQ(edge.cancelled(), 0);
}

TEST(Listener, PipeliningIsBoundedWhileAHandlerRuns) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  // More than both kernel buffers hold: the rest is only taken when the handler is done.
  const std::string request = Post("/echo", std::string(8000, 'p'));
  std::string flood;
  for (int i = 0; i < 2000; ++i) flood += request;
  const std::size_t sent = client.SendSome(flood);
  edge.Release();
  EXPECT_EQ(client.Read().body, "held");
  ASSERT_GT(sent, request.size());
  for (std::size_t i = 0; i < sent / request.size(); ++i) ASSERT_EQ(client.Read().body.size(), 8000U);
}

TEST(Listener, SplitAtEveryByte) {
  TestEdge edge;
  const std::string bytes = Post("/echo", "hello") +
                            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                            "3\r\nabc\r\n0\r\nT: x\r\n\r\n";
  RawClient client = edge.Connect();
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    ASSERT_TRUE(client.Send(std::string_view(bytes).substr(0, at)));
    ASSERT_TRUE(client.Send(std::string_view(bytes).substr(at)));
    ASSERT_EQ(client.Read().body, "hello") << at;
    ASSERT_EQ(client.Read().body, "abc") << at;
  }
}

TEST(Listener, EveryByteInAPacketOfItsOwn) {
  TestEdge edge;
  RawClient client = edge.Connect();
  for (const char c : Post("/echo", "hello")) ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_EQ(client.Read().body, "hello");
}

TEST(Listener, HeadGetsTheLengthWithoutTheBody) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + Get("/y")));
  EXPECT_TRUE(client.Read(false).Says("Content-Length: 22\r\n"));
  EXPECT_EQ(client.Read().body, "GET /y from 127.0.0.1");
}

TEST(Listener, Http10ClosesUnlessAskedToStay) {
  TestEdge edge;
  RawClient stays = edge.Connect();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(stays.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_TRUE(stays.Read().Says("Connection: keep-alive\r\n"));
  }
  RawClient closes = edge.Connect();
  ASSERT_TRUE(closes.Send("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(closes.Read().Says("Connection: close\r\n"));
  EXPECT_TRUE(closes.Ended());
}

TEST(Listener, ClosesWhenEitherSideAsks) {
  TestEdge edge;
  RawClient asking = edge.Connect();
  ASSERT_TRUE(asking.Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(asking.Read().Says("Connection: close\r\n"));
  EXPECT_TRUE(asking.Ended());
  RawClient told = edge.Connect();
  ASSERT_TRUE(told.Send(Get("/close")));
  EXPECT_TRUE(told.Read().Says("Connection: close\r\n"));
  EXPECT_TRUE(told.Ended());
}

TEST(Listener, AHandlerThatThrowsCostsOneReply) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/throw")));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("as asked"), std::string::npos);
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(edge.counters().Refused(Reason::kInternal), 1U);
}

TEST(Listener, ABigReplyReachesASlowReader) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/big") + Get("/after")));
  ASSERT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight > 0; }));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.body.size(), TestEdge::kBigBytes);
  EXPECT_EQ(client.Read().body, "GET /after from 127.0.0.1");
  EXPECT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight == 0; }));
}

TEST(Listener, TwoLoopsShareTheConnections) {
  TestEdge edge({}, 2);
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(edge.Connect());
  for (int round = 0; round < 5; ++round) {
    for (RawClient& client : clients) ASSERT_TRUE(client.Send(Post("/echo", std::to_string(round))));
    for (RawClient& client : clients) ASSERT_EQ(client.Read().body, std::to_string(round));
  }
  EXPECT_EQ(edge.counters().open, 20U);
  EXPECT_EQ(edge.counters().requests, 100U);
}

TEST(Listener, AThousandIdleConnectionsDisturbNobody) {
  TestEdge edge({}, 2);
  std::vector<RawClient> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(edge.Connect());
  ASSERT_TRUE(Eventually([&] { return edge.counters().open == 1000; }));
  RawClient client = edge.Connect();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(client.Send(Get("/")));
    ASSERT_EQ(client.Read().status, 200);
  }
  ASSERT_TRUE(idle.back().Send(Get("/late")));
  EXPECT_EQ(idle.back().Read().body, "GET /late from 127.0.0.1");
  idle.clear();
  EXPECT_TRUE(Eventually([&] { return edge.counters().open == 1; }));
}

TEST(Listener, Ipv6) {
  TestEdge edge({}, 1, "[::1]:0");
  ASSERT_TRUE(edge.address().starts_with("[::1]:")) << edge.address();
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().body, "GET / from ::1");
}

TEST(Listener, BothFamiliesOnOneSocketAreToldApart) {
  TestEdge edge({}, 1, "[::]:0");
  RawClient client("127.0.0.1" + edge.address().substr(edge.address().rfind(':')));
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().body, "GET / from 127.0.0.1");
}

TEST(Listener, AHostNameIsResolved) {
  TestEdge edge({}, 1, "localhost:0");
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().status, 200);
}

TEST(Listener, UnixSocketIsReplacedWhenStaleAndRemovedAtTheEnd) {
  const std::string path = testing::TempDir() + "flux_edge_" + std::to_string(::getpid());
  struct stat info {};
  {
    EventLoop loop("stale");
    asio::local::stream_protocol::acceptor stale(loop.context(),
                                                 asio::local::stream_protocol::endpoint(path));
  }
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  {
    TestEdge edge({}, 1, "unix:" + path);
    ASSERT_EQ(edge.address(), "unix:" + path);
    RawClient client = edge.Connect();
    ASSERT_TRUE(client.Send(Get("/")));
    EXPECT_EQ(client.Read().body, "GET / from unix");
    // Somebody listens: a second listener must not take the path away.
    EventLoop loop("second");
    Listener second({&loop.context()}, {}, edge);
    EXPECT_FALSE(second.Start({"unix:" + path}));
    ASSERT_TRUE(client.Send(Get("/")));
    EXPECT_EQ(client.Read().status, 200);
    EXPECT_TRUE(edge.listener().Drain(std::chrono::seconds(10)));
    EXPECT_NE(::stat(path.c_str(), &info), 0);
  }
}

TEST(Listener, SaysWhyItCannotListen) {
  TestEdge edge;
  EventLoop loop("other");
  for (const std::string& address :
       {edge.address(), std::string("192.0.2.1:0"), std::string("nonsense"),
        std::string("unix:/nonexistent/dir/socket"), "unix:/" + std::string(200, 'a')}) {
    Listener other({&loop.context()}, {}, edge);
    const Result<std::string> bound = other.Start({address});
    ASSERT_FALSE(bound) << address;
    EXPECT_NE(bound.error().message.find(address), std::string::npos);
  }
}

}  // namespace
}  // namespace flux::gateway

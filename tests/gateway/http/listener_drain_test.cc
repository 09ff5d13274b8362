// Drain: idle connections close, busy ones finish, and the wait has an end.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ListenerDrain, ClosesIdleConnectionsAtOnce) {
  TestEdge edge({}, 2);
  std::vector<RawClient> idle;
  for (int i = 0; i < 10; ++i) idle.push_back(edge.Connect());
  ASSERT_TRUE(idle[0].Send(Get("/")));
  EXPECT_EQ(idle[0].Read().status, 200);
  ASSERT_TRUE(Eventually([&] { return edge.counters().open == 10; }));
  EXPECT_TRUE(edge.listener().Drain(seconds(10)));
  for (RawClient& client : idle) EXPECT_TRUE(client.Ended());
  EXPECT_EQ(edge.counters().open, 0U);
}

TEST(ListenerDrain, BusyOnesGetTheirReplyAndAClose) {
  TestEdge edge({}, 2);
  RawClient handled = edge.Connect();
  ASSERT_TRUE(handled.Send(Get("/hold") + Get("/never")));
  RawClient reading = edge.Connect();
  ASSERT_TRUE(reading.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1 && edge.counters().bytes_in_flight == 2; }));

  // One idle connection per loop, whose end says that the loop drains.
  RawClient first_loop = edge.Connect();
  RawClient second_loop = edge.Connect();
  auto drained = std::async(std::launch::async, [&] { return edge.listener().Drain(seconds(20)); });
  EXPECT_TRUE(first_loop.Ended());
  EXPECT_TRUE(second_loop.Ended());
  ASSERT_TRUE(reading.Send("llo"));
  const RawReply echoed = reading.Read();
  EXPECT_EQ(echoed.body, "hello");
  edge.Release();
  const RawReply held = handled.Read();
  EXPECT_EQ(held.body, "held");
  EXPECT_TRUE(held.Says("Connection: close\r\n"));
  EXPECT_TRUE(handled.Ended());
  handled.Close();
  reading.Close();
  EXPECT_TRUE(drained.get());
}

TEST(ListenerDrain, CancelsWhatIsLeftWhenTheGraceIsOver) {
  TestEdge edge({}, 2);
  std::vector<RawClient> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(edge.Connect());
    ASSERT_TRUE(clients.back().Send(Get("/hold")));
  }
  ASSERT_TRUE(Eventually([&] { return edge.held() == 10; }));
  auto drained = std::async(std::launch::async, [&] { return edge.listener().Drain(milliseconds(20)); });
  for (RawClient& client : clients) {
    const RawReply reply = client.Read();
    EXPECT_EQ(reply.body, "stopped") << "who waits is told, and sends nothing again by itself";
    EXPECT_TRUE(reply.Says("Connection: close\r\n"));
    EXPECT_TRUE(client.Ended());
    client.Close();
  }
  EXPECT_FALSE(drained.get());
  EXPECT_EQ(edge.cancelled(), 10);
  EXPECT_EQ(edge.counters().open, 0U);
}

TEST(ListenerDrain, WhatHasNotArrivedWholeIsRefusedWhenTheGraceIsOver) {
  TestEdge edge;
  RawClient head = edge.Connect();
  ASSERT_TRUE(head.Send("POST /echo HTTP/1.1\r\nHo"));
  RawClient body = edge.Connect();
  ASSERT_TRUE(body.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"));
  RawClient idle = edge.Connect();
  ASSERT_TRUE(Eventually([&] { return edge.counters().open == 3 && edge.counters().bytes_in_flight == 2; }));
  auto drained = std::async(std::launch::async, [&] { return edge.listener().Drain(milliseconds(300)); });
  for (RawClient* client : {&head, &body}) {
    const RawReply reply = client->Read();
    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(reply.Says("X-Reason: OVERLOADED\r\n"));
    EXPECT_TRUE(reply.Says("Connection: close\r\n"));
    client->Close();
  }
  EXPECT_TRUE(idle.Ended());
  EXPECT_FALSE(drained.get());
  EXPECT_EQ(edge.counters().requests, 0U);
}

TEST(ListenerDrain, AHandlerThatThrowsAtTheEndIsAnsweredForToo) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/hold?throw")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  auto drained = std::async(std::launch::async, [&] { return edge.listener().Drain(milliseconds(20)); });
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.Says("X-Reason: SHUTTING_DOWN\r\n"));
  client.Close();
  EXPECT_FALSE(drained.get());
}

TEST(ListenerDrain, AStreamIsCutWhenTheGraceIsOver) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/stream/hold-throw")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  EXPECT_FALSE(edge.listener().Drain(milliseconds(20)));
  EXPECT_FALSE(client.ReadToEnd().ends_with("0\r\n\r\n")) << "nobody takes it for the whole";
  EXPECT_EQ(edge.counters().Cut(Billed::kNo), 1U);
}

TEST(ListenerDrain, NobodyIsAcceptedAfterwards) {
  TestEdge edge;
  EXPECT_TRUE(edge.listener().Drain(seconds(10)));
  EXPECT_TRUE(edge.listener().Drain(seconds(10)));
  // The address is free again.
  TestEdge next({}, 1, edge.address());
  RawClient client = next.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(edge.counters().accepted, 0U);
}

TEST(ListenerDrain, TheDestructorEndsEverything) {
  auto edge = std::make_unique<TestEdge>(Limits{}, 2);
  RawClient held = edge->Connect();
  ASSERT_TRUE(held.Send(Get("/hold")));
  RawClient half = edge->Connect();
  ASSERT_TRUE(half.Send("GET / HT"));
  ASSERT_TRUE(Eventually([&] { return edge->held() == 1 && edge->counters().open == 2; }));
  edge.reset();
  EXPECT_EQ(half.Read().status, 503);
  EXPECT_TRUE(half.Ended());
}

TEST(ListenerDrain, WithoutStartThereIsNothingToDrain) {
  TestEdge edge;
  EventLoop loop("none");
  Listener listener({&loop.context()}, {}, edge);
  EXPECT_TRUE(listener.Drain(seconds(1)));
}

}  // namespace
}  // namespace flux::gateway

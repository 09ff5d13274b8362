// Callers who leave: whenever it is, the handler hears of it and nothing is kept.
#include <gtest/gtest.h>

#include <string>

#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

bool AllGone(const TestEdge& edge) {
  return Eventually([&] { return edge.counters().open == 0 && edge.counters().bytes_in_flight == 0; });
}

TEST(ListenerLeave, ClosingCancelsTheHandler) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Post("/hold", "body")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  client.Close();
  EXPECT_TRUE(Eventually([&] { return edge.cancelled() == 1; }));
  EXPECT_TRUE(AllGone(edge));
  EXPECT_EQ(edge.counters().left, 1U);
}

TEST(ListenerLeave, AResetCancelsTheHandler) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  client.Reset();
  EXPECT_TRUE(Eventually([&] { return edge.cancelled() == 1; }));
  EXPECT_TRUE(AllGone(edge));
}

TEST(ListenerLeave, HalfClosingWhileTheHandlerRunsIsLeaving) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  client.HalfClose();
  EXPECT_TRUE(Eventually([&] { return edge.cancelled() == 1; }));
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(ListenerLeave, PipeliningThenClosingCancelsTheHandler) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  ASSERT_TRUE(client.Send(Get("/next")));
  client.Close();
  EXPECT_TRUE(Eventually([&] { return edge.cancelled() == 1; }));
  EXPECT_TRUE(AllGone(edge));
  EXPECT_EQ(edge.counters().requests, 1U);
}

TEST(ListenerLeave, TheNextRequestOfAConnectionIsWatchedToo) {
  TestEdge edge;
  RawClient client = edge.Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Get("/")));
    ASSERT_EQ(client.Read().status, 200);
  }
  ASSERT_TRUE(client.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  client.Close();
  EXPECT_TRUE(Eventually([&] { return edge.cancelled() == 1; }));
}

TEST(ListenerLeave, AShieldedHandlerFinishesAndTheNextRequestIsCancellableAgain) {
  TestEdge edge;
  RawClient leaves = edge.Connect();
  ASSERT_TRUE(leaves.Send(Get("/shield")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  leaves.Close();
  ASSERT_TRUE(Eventually([&] { return edge.counters().left == 1; }));
  EXPECT_EQ(edge.held(), 1);
  edge.Release();
  EXPECT_TRUE(AllGone(edge));
  EXPECT_EQ(edge.cancelled(), 0);
}

TEST(ListenerLeave, HalfClosingAfterAnAnsweredRequestEndsTheConnection) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().status, 200);
  client.HalfClose();
  EXPECT_TRUE(client.Ended());
}

TEST(ListenerLeave, LeavingInTheMiddleOfAHead) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHos"));
  client.HalfClose();
  EXPECT_TRUE(client.Ended());
  EXPECT_TRUE(AllGone(edge));
}

TEST(ListenerLeave, LeavingInTheMiddleOfABody) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"));
  ASSERT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight == 4; }));
  client.Reset();
  EXPECT_TRUE(AllGone(edge));
  EXPECT_EQ(edge.counters().requests, 0U);
}

TEST(ListenerLeave, LeavingInTheMiddleOfAReply) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/big")));
  ASSERT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight > 0; }));
  client.Reset();
  EXPECT_TRUE(AllGone(edge));
}

TEST(ListenerLeave, ManyLeaveAtOnce) {
  TestEdge edge({}, 2);
  {
    std::vector<RawClient> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(edge.Connect());
    for (RawClient& client : clients) ASSERT_TRUE(client.Send(Get("/hold")));
    ASSERT_TRUE(Eventually([&] { return edge.held() == 200; }));
  }
  EXPECT_TRUE(Eventually([&] { return edge.cancelled() == 200; }));
  EXPECT_TRUE(AllGone(edge));
}

}  // namespace
}  // namespace flux::gateway

// Bytes in flight: the cap, everybody's part of it, and the room that a paid reply waits for before it is
// asked for.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/gateway/http/test_edge.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMiB = 1 << 20;

Limits Capped(std::uint64_t mebibytes) {
  Limits limits;
  limits.max_bytes_in_flight = mebibytes * kMiB;
  limits.max_body_bytes = 2 * kMiB;
  return limits;
}

bool HoldsNothing(const TestEdge& edge) {
  return Eventually([&] { return edge.counters().bytes_in_flight == 0; });
}

TEST(ListenerRoom, BytesInFlightAreCapped) {
  TestEdge edge(Capped(2));
  RawClient holds = edge.Connect();
  ASSERT_TRUE(holds.Send(Post("/hold", std::string(3 * kMiB / 2, 'x'))));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  EXPECT_EQ(edge.counters().bytes_in_flight, 3 * kMiB / 2);

  RawClient announced = edge.Connect();
  ASSERT_TRUE(announced.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n"));
  const RawReply refused = announced.Read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.Says("Retry-After: 1\r\n"));

  RawClient chunked = edge.Connect();
  ASSERT_TRUE(chunked.Send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" +
                           std::string(kMiB, 'x') + "\r\n0\r\n\r\n"));
  EXPECT_EQ(chunked.Read().status, 503);

  // What is small has room of its own.
  for (const std::size_t size : {1'000U, 4'096U, 60'000U}) {
    RawClient small = edge.Connect();
    ASSERT_TRUE(small.Send(Post("/echo", std::string(size, 'x'))));
    EXPECT_EQ(small.Read().status, 200);
  }
  edge.Release();
  EXPECT_EQ(holds.Read().body, "held");
  EXPECT_TRUE(HoldsNothing(edge));
}

TEST(ListenerRoom, UploadsOfOneShareLeaveRoomForOthers) {
  TestEdge edge(Capped(16));
  std::vector<RawClient> greedy;
  int refused = 0;
  for (int i = 0; i < 12; ++i) {
    greedy.push_back(edge.Connect());
    ASSERT_TRUE(greedy.back().Send(Post("/hold?share=1", std::string(2 * kMiB, 'x'))));
    ASSERT_TRUE(Eventually([&] {
      refused = static_cast<int>(edge.counters().Refused(Reason::kOverloaded));
      return edge.held() + refused == i + 1;
    }));
  }
  EXPECT_EQ(refused, 8);
  RawClient other = edge.Connect();
  ASSERT_TRUE(other.Send(Post("/hold?share=2", std::string(2 * kMiB, 'x'))));
  EXPECT_TRUE(Eventually([&] { return edge.held() == 5; }));
  EXPECT_LE(edge.counters().bytes_in_flight, 16 * kMiB);
  edge.Release();
  EXPECT_EQ(other.Read().body, "held");
  greedy.clear();
  EXPECT_TRUE(HoldsNothing(edge));
}

TEST(ListenerRoom, RoomIsSetAsideBeforeAReplyIsPaidFor) {
  TestEdge edge(Capped(64));
  // Nothing is known of such replies yet: sixteen times what they should come to.
  std::vector<RawClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(edge.Connect());
    ASSERT_TRUE(clients.back().Send(Get("/reserve/1048576")));
  }
  ASSERT_TRUE(Eventually([&] { return edge.held() == 2; }));
  EXPECT_EQ(edge.counters().bytes_in_flight, 32 * kMiB);
  // The first that comes shows how large they are, and everybody is served in turn.
  edge.Release();
  for (RawClient& client : clients) EXPECT_EQ(client.Read().body.size(), kMiB);
  EXPECT_TRUE(HoldsNothing(edge));
}

TEST(ListenerRoom, WhoFindsNoneInTimeBuysNothing) {
  Limits limits = Capped(64);
  limits.room_timeout = milliseconds(50);
  TestEdge edge(limits);
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(edge.Connect());
    ASSERT_TRUE(clients.back().Send(Get("/reserve/1048576")));
    if (i == 2) continue;
    ASSERT_TRUE(Eventually([&] { return edge.held() == i + 1; }));
  }
  EXPECT_EQ(clients[2].Read().status, 503);
  // Another share still finds some.
  RawClient other = edge.Connect();
  ASSERT_TRUE(other.Send(Get("/reserve/1048576?share=7")));
  EXPECT_TRUE(Eventually([&] { return edge.held() == 3; }));
}

TEST(ListenerRoom, WhoLeavesWhileItWaitsHoldsNothing) {
  TestEdge edge(Capped(64));
  std::vector<RawClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(edge.Connect());
    ASSERT_TRUE(clients.back().Send(Get("/reserve/1048576")));
  }
  ASSERT_TRUE(Eventually([&] { return edge.held() == 2; }));
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return edge.counters().open == 0; }));
  EXPECT_TRUE(HoldsNothing(edge));
}

TEST(ListenerRoom, UnreadRepliesLeaveRoomForOthersAndNoPaidOneIsThrownAway) {
  Limits limits = Capped(64);
  limits.room_timeout = milliseconds(50);
  TestEdge edge(limits);
  edge.Release();
  // Far more than the kernel takes: unread replies are held, and fill what one share may hold.
  std::vector<RawClient> unread;
  for (int i = 0; i < 6; ++i) {
    unread.push_back(edge.Connect());
    ASSERT_TRUE(unread.back().Send(Get("/reserve/16000000")));
  }
  ASSERT_TRUE(Eventually(
      [&] { return edge.deliveries().size() + edge.counters().bytes_in_flight / 16'000'000 >= 6; }));
  EXPECT_LE(edge.counters().bytes_in_flight, 64 * kMiB);
  RawClient other = edge.Connect();
  ASSERT_TRUE(other.Send(Get("/reserve/1000000?share=9")));
  EXPECT_EQ(other.Read().status, 200);
  int whole = 0;
  for (RawClient& client : unread) {
    const RawReply reply = client.Read();
    if (reply.status == 200) {
      EXPECT_EQ(reply.body.size(), 16'000'000U);
      ++whole;
    }
  }
  EXPECT_GE(whole, 2);
  EXPECT_EQ(edge.counters().Cut(Billed::kYes), 0U);
}

TEST(ListenerRoom, AReplyThatCostNothingGivesWay) {
  TestEdge edge(Capped(16));
  RawClient unread = edge.Connect();
  ASSERT_TRUE(unread.Send(Get("/big")));  // 32 MiB, and there is room for 16
  EXPECT_TRUE(Eventually([&] { return edge.counters().Cut(Billed::kNo) == 1; }));
  RawClient paid = edge.Connect();
  ASSERT_TRUE(paid.Send(Get("/paid")));
  EXPECT_EQ(paid.Read().body.size(), TestEdge::kBigBytes);
}

}  // namespace
}  // namespace flux::gateway

// What becomes of replies: who reads slowly but steadily gets all of it, who stops is cut off, and whoever
// made the reply is told which it was.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include "gateway/http/server_tls.h"
#include "tests/fakes/certificate.h"
#include "tests/gateway/http/test_edge.h"
#include "tests/gateway/http/tls_client.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;

// Sets how much the kernel takes in for a reader that does not read.
void SmallWindow(int fd) {
  const int bytes = 16 * 1024;
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
}

// Reads `rate` bytes a second for as long as `time` lasts; false when the peer ends the connection.
bool ReadSteadily(int fd, std::uint64_t rate, milliseconds time) {
  const auto start = std::chrono::steady_clock::now();
  std::array<char, 16 * 1024> buffer{};
  std::uint64_t got = 0;
  for (;;) {
    const auto passed = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    if (passed >= time) return true;
    const std::uint64_t due = static_cast<std::uint64_t>(passed.count()) * rate / 1000;
    if (got >= due) {
      Breathe();
      continue;
    }
    const ssize_t count = ::recv(
        fd, buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), due - got)), 0);
    if (count <= 0) return false;
    got += static_cast<std::uint64_t>(count);
  }
}

Limits Impatient() {
  Limits limits;
  limits.write_grace = milliseconds(250);
  limits.min_bytes_per_second = 50'000;
  return limits;
}

TEST(ListenerDelivery, ASlowButSteadyReaderIsNotCut) {
  TestEdge edge(Impatient());
  RawClient client = edge.Connect();
  SmallWindow(client.fd());
  ASSERT_TRUE(client.Send("GET /paid HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  // The kernel took megabytes at once and takes no more for seconds; the reader goes on all the same.
  EXPECT_TRUE(ReadSteadily(client.fd(), 200'000, milliseconds(3'000)));
  EXPECT_EQ(edge.counters().open, 1U);
  EXPECT_TRUE(edge.deliveries().empty());
  client.ReadToEnd();
  ASSERT_TRUE(Eventually([&] { return edge.deliveries().size() == 1; }));
  EXPECT_TRUE(edge.deliveries()[0].whole);
  EXPECT_EQ(edge.deliveries()[0].bytes, TestEdge::kBigBytes);
  EXPECT_EQ(edge.counters().Cut(Billed::kYes), 0U);
}

TEST(ListenerDelivery, NorOnAUnixSocket) {
  const std::string path = std::filesystem::temp_directory_path() / "flux-delivery-test.sock";
  TestEdge edge(Impatient(), 1, "unix:" + path);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/paid")));
  EXPECT_TRUE(ReadSteadily(client.fd(), 300'000, milliseconds(2'000)));
  EXPECT_TRUE(edge.deliveries().empty());
}

TEST(ListenerDelivery, NorOverTls) {
  const fakes::Certificate certificate;
  ServerTls tls(certificate.certificate(), certificate.key());
  ASSERT_EQ(tls.Load(), "");
  TestEdge edge(Impatient(), 1, "127.0.0.1:0", &tls);
  TlsClient client(edge.address());
  ASSERT_TRUE(client.connected());
  SmallWindow(client.raw().fd());
  ASSERT_TRUE(client.Send(Get("/paid")));
  // Encrypted bytes are as good as others for being taken in.
  EXPECT_TRUE(ReadSteadily(client.raw().fd(), 200'000, milliseconds(2'000)));
  EXPECT_TRUE(edge.deliveries().empty());
}

TEST(ListenerDelivery, AReaderWhoStopsIsCutAndItIsTold) {
  for (const char* path : {"/big", "/paid"}) {
    TestEdge edge(Impatient());
    RawClient client = edge.Connect();
    SmallWindow(client.fd());
    ASSERT_TRUE(client.Send(Get(path)));
    ASSERT_TRUE(Eventually([&] { return edge.deliveries().size() == 1; }));
    EXPECT_FALSE(edge.deliveries()[0].whole);
    EXPECT_LT(edge.deliveries()[0].bytes, TestEdge::kBigBytes / 2);
    const Billed billed = path == std::string("/paid") ? Billed::kYes : Billed::kNo;
    EXPECT_EQ(edge.counters().Cut(billed), 1U);
    EXPECT_TRUE(Eventually([&] { return edge.counters().open == 0; }));
    EXPECT_EQ(edge.counters().bytes_in_flight, 0U);
  }
}

TEST(ListenerDelivery, WhatTheKernelTookButNobodyReadIsCut) {
  Limits limits;
  limits.write_grace = milliseconds(200);
  limits.min_bytes_per_second = 1 << 30;
  TestEdge edge(limits);
  RawClient client = edge.Connect();
  SmallWindow(client.fd());
  ASSERT_TRUE(client.Send(Get("/reserve/300000")));
  edge.Release();
  ASSERT_TRUE(Eventually([&] { return edge.deliveries().size() == 1; }));
  EXPECT_FALSE(edge.deliveries()[0].whole);
  EXPECT_EQ(edge.counters().Cut(Billed::kYes), 1U);
}

TEST(ListenerDelivery, WhoLeavesInTheMiddleIsTold) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/paid")));
  ASSERT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight > 0; }));
  client.Reset();
  ASSERT_TRUE(Eventually([&] { return edge.deliveries().size() == 1; }));
  EXPECT_FALSE(edge.deliveries()[0].whole);
}

TEST(ListenerDelivery, WhoLeavesBeforeTheReplyIsTold) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/a")));  // whose reply is not what the next one had of its own
  EXPECT_EQ(client.Read().status, 200);
  ASSERT_TRUE(client.Send(Get("/shield")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  client.Close();
  ASSERT_TRUE(Eventually([&] { return edge.counters().left == 1; }));
  edge.Release();
  ASSERT_TRUE(Eventually([&] { return edge.deliveries().size() == 2; }));
  EXPECT_FALSE(edge.deliveries()[1].whole);
  EXPECT_EQ(edge.deliveries()[1].bytes, 0U);
}

TEST(ListenerDelivery, SmallRepliesAreDeliveredAtOnceEachOnce) {
  TestEdge edge;
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/a") + Get("/b") + Post("/echo", "hello")));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.Read().status, 200);
  ASSERT_TRUE(Eventually([&] { return edge.deliveries().size() == 3; }));
  for (const Delivery& delivery : edge.deliveries()) EXPECT_TRUE(delivery.whole);
  EXPECT_EQ(edge.deliveries()[2].bytes, 5U);
}

TEST(ListenerDelivery, AfterALargeReplyTheNextRequestIsServedAtOnce) {
  TestEdge edge;
  RawClient client = edge.Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Get("/big") + Get("/next")));
    EXPECT_EQ(client.Read().body.size(), TestEdge::kBigBytes);
    EXPECT_EQ(client.Read().body, "GET /next from 127.0.0.1");
  }
}

}  // namespace
}  // namespace flux::gateway

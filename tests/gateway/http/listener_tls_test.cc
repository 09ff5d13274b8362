// The listener with TLS: the same promises behind encryption, and what only TLS brings: versions, ALPN,
// handshakes that do not end, certificates that change.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include "gateway/http/server_tls.h"
#include "tests/fakes/certificate.h"
#include "tests/gateway/http/test_edge.h"
#include "tests/gateway/http/tls_client.h"

namespace flux::gateway {
namespace {

using std::chrono::milliseconds;
using std::string_literals::operator""s;

class ListenerTls : public testing::Test {
 protected:
  ListenerTls() : tls_(certificate_.certificate(), certificate_.key()) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    EXPECT_EQ(tls_.Load(), "");
  }

  fakes::Certificate certificate_;
  ServerTls tls_;
};

class TlsVersion : public ListenerTls, public testing::WithParamInterface<int> {};

TEST_P(TlsVersion, ServesAndKeepsTheConnection) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  TlsClient client(edge.address(), {.version = GetParam(), .protocols = "\x02h2\x08http/1.1"});
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.Protocol(), "http/1.1");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Post("/echo", "body " + std::to_string(i))));
    EXPECT_EQ(client.Read().body, "body " + std::to_string(i));
  }
  ASSERT_TRUE(client.Send(Get("/close")));
  EXPECT_TRUE(client.Read().Says("Connection: close\r\n"));
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(edge.counters().handshakes, 1U);
}

TEST_P(TlsVersion, MegabytesBothWays) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  TlsClient client(edge.address(), {.version = GetParam()});
  std::string body(8 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 977);
  ASSERT_TRUE(client.Send(Post("/echo", body)));
  EXPECT_TRUE(client.Read().body == body);
  ASSERT_TRUE(client.Send(Get("/big") + Get("/after")));
  EXPECT_EQ(client.Read().body.size(), TestEdge::kBigBytes);
  EXPECT_EQ(client.Read().body, "GET /after from 127.0.0.1");
  EXPECT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight == 0; }));
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsVersion, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "V12" : "V13"; });

TEST_F(ListenerTls, PipelinedRequestsInFewRecords) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  TlsClient client(edge.address());
  std::string bytes;
  for (int i = 0; i < 40; ++i) bytes += Post("/echo", std::string(3000, static_cast<char>('a' + i % 26)));
  ASSERT_TRUE(client.Send(bytes));
  for (int i = 0; i < 40; ++i)
    ASSERT_EQ(client.Read().body, std::string(3000, static_cast<char>('a' + i % 26)));
}

TEST_F(ListenerTls, WhatCameWhileAHandlerRanIsServed) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  TlsClient client(edge.address());
  ASSERT_TRUE(client.Send(Get("/hold")));
  ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
  // More than is kept while a handler runs, in records that do not fit what is left of that.
  std::string bytes;
  for (int i = 0; i < 30; ++i) bytes += Post("/echo", std::string(5000, 'p'));
  ASSERT_TRUE(client.Send(bytes));
  edge.Release();
  EXPECT_EQ(client.Read().body, "held");
  for (int i = 0; i < 30; ++i) ASSERT_EQ(client.Read().body.size(), 5000U) << i;
}

TEST_F(ListenerTls, ARecordPerByte) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  TlsClient client(edge.address());
  for (const char c : Post("/echo", "hello")) ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_EQ(client.Read().body, "hello");
}

TEST_F(ListenerTls, StreamsAndRefuses) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  TlsClient client(edge.address());
  ASSERT_TRUE(client.Send(Get("/stream/2") + "GET /\n"));
  const std::string all = client.ReadToEnd();
  EXPECT_NE(all.find("8\r\npiece 0\n\r\n8\r\npiece 1\n\r\n0\r\n\r\n"), std::string::npos) << all;
  EXPECT_NE(all.find("HTTP/1.1 400 "), std::string::npos) << all;
}

TEST_F(ListenerTls, WhoLeavesCancelsTheHandler) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  for (const bool reset : {false, true}) {
    TlsClient client(edge.address());
    ASSERT_TRUE(client.Send(Get("/hold")));
    ASSERT_TRUE(Eventually([&] { return edge.held() == 1; }));
    if (reset) {
      client.raw().Reset();
    } else {
      client.raw().Close();
    }
    EXPECT_TRUE(Eventually([&] { return edge.held() == 0 && edge.counters().open == 0; }));
  }
  EXPECT_EQ(edge.cancelled(), 2);
}

TEST_F(ListenerTls, OldVersionsAndOtherProtocolsAreRefused) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  EXPECT_FALSE(TlsClient(edge.address(), {.version = TLS1_1_VERSION}).connected());
  EXPECT_FALSE(TlsClient(edge.address(), {.version = TLS1_2_VERSION, .protocols = "\x02h2"}).connected());
  EXPECT_TRUE(Eventually([&] { return edge.counters().open == 0; }));
  EXPECT_EQ(edge.counters().Failed(HandshakeFailure::kProtocol), 2U);
}

TEST_F(ListenerTls, PlainHttpIsToldSo) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("https://"), std::string::npos);
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(edge.counters().Failed(HandshakeFailure::kNotTls), 1U);
}

TEST_F(ListenerTls, AboveTheCapIsToldSo) {
  Limits limits;
  limits.max_connections = 1;
  TestEdge edge(limits, 1, "127.0.0.1:0", &tls_);
  TlsClient first(edge.address());
  ASSERT_TRUE(first.connected());
  TlsClient second(edge.address());
  ASSERT_TRUE(second.connected());
  EXPECT_EQ(second.Read().status, 503);
}

// What a client sends that never finishes a handshake, or never means one.
struct HandshakeRow {
  std::string name;
  std::string bytes;
  HandshakeFailure failure;
};

void PrintTo(const HandshakeRow& row, std::ostream* out) {
  *out << row.name;
}

class BadHandshake : public ListenerTls, public testing::WithParamInterface<HandshakeRow> {};

TEST_P(BadHandshake, EndsTheConnection) {
  Limits limits;
  limits.head_timeout = milliseconds(100);
  TestEdge edge(limits, 1, "127.0.0.1:0", &tls_);
  RawClient client = edge.Connect();
  ASSERT_TRUE(client.Send(GetParam().bytes));
  client.ReadToEnd();
  ASSERT_TRUE(Eventually([&] { return edge.counters().open == 0; }));
  EXPECT_EQ(edge.counters().Failed(GetParam().failure), 1U);
  EXPECT_EQ(edge.counters().bytes_in_flight, 0U);
  EXPECT_EQ(edge.counters().handshakes, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadHandshake,
    testing::Values(
        HandshakeRow{"HalfAHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s,
                     HandshakeFailure::kTimeout},
        HandshakeRow{"Noise", "\x16\x03\x01\x00\x10\x01\x00\x00\x0c"s + std::string(12, '\xff'),
                     HandshakeFailure::kProtocol},
        HandshakeRow{"HugeHello", "\x16\x03\x01\x40\x00\x01\x01\x00\x00"s, HandshakeFailure::kProtocol},
        HandshakeRow{"NotAHello", "\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"s, HandshakeFailure::kProtocol},
        HandshakeRow{"Fragmented", "\x16\x03\x01\x00\x01\x01\x16\x03\x01\x00"s, HandshakeFailure::kProtocol},
        HandshakeRow{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HandshakeFailure::kNotTls}),
    [](const testing::TestParamInfo<HandshakeRow>& row) { return row.param.name; });

TEST_F(ListenerTls, SilenceAndTooFewBytesCostTheirConnection) {
  Limits limits;
  limits.head_timeout = milliseconds(50);
  TestEdge edge(limits, 1, "127.0.0.1:0", &tls_);
  for (const std::string& bytes : {""s, "\x16"s, "\x16\x03\x01\x02"s}) {
    RawClient client = edge.Connect();
    ASSERT_TRUE(client.Send(bytes));
    EXPECT_TRUE(client.Ended());
  }
  EXPECT_TRUE(Eventually([&] { return edge.counters().open == 0; }));
}

TEST_F(ListenerTls, UnfinishedHandshakesGiveWayToNewOnesAndTakeNobodysRoom) {
  Limits limits;
  limits.max_bytes_in_flight = 8 * 20 * kHandshakeBytes;  // room for 20 handshakes, and one
  TestEdge edge(limits, 1, "127.0.0.1:0", &tls_);
  TlsClient kept(edge.address());
  std::vector<RawClient> halves;
  for (int i = 0; i < 100; ++i) {
    halves.push_back(edge.Connect());
    ASSERT_TRUE(halves.back().Send("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"s));
  }
  ASSERT_TRUE(Eventually([&] { return edge.counters().Failed(HandshakeFailure::kOverloaded) == 100 - 21; }));
  EXPECT_EQ(edge.counters().bytes_in_flight, 21 * kHandshakeBytes);
  EXPECT_TRUE(halves.front().Ended()) << "the oldest gives way";
  // Both those who stand and those who come are served, bodies of every size included.
  ASSERT_TRUE(kept.Send(Post("/echo", std::string(2 << 20, 'x'))));
  EXPECT_EQ(kept.Read().status, 200);
  for (int i = 0; i < 5; ++i) {
    TlsClient fresh(edge.address());
    ASSERT_TRUE(fresh.connected());
    ASSERT_TRUE(fresh.Send(Get("/")));
    EXPECT_EQ(fresh.Read().status, 200);
  }
  halves.clear();
  EXPECT_TRUE(Eventually([&] { return edge.counters().bytes_in_flight == 0; }));
}

TEST_F(ListenerTls, ANewCertificateIsForNewConnections) {
  TestEdge edge({}, 1, "127.0.0.1:0", &tls_);
  TlsClient old(edge.address());
  const std::string before = old.Fingerprint();
  const fakes::Certificate other;
  const auto overwrite = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(other.certificate(), certificate_.certificate(), overwrite);
  // Half a rotation: the certificate and the key do not belong together.
  EXPECT_NE(tls_.Load(), "");
  EXPECT_EQ(TlsClient(edge.address()).Fingerprint(), before);
  std::filesystem::copy_file(other.key(), certificate_.key(), overwrite);
  EXPECT_EQ(tls_.Load(), "");
  EXPECT_NE(TlsClient(edge.address()).Fingerprint(), before);
  ASSERT_TRUE(old.Send(Get("/still")));
  EXPECT_EQ(old.Read().body, "GET /still from 127.0.0.1");
  const std::string now = TlsClient(edge.address()).Fingerprint();
  std::ofstream(certificate_.key()) << "not a key\n";
  EXPECT_NE(tls_.Load(), "");
  EXPECT_EQ(TlsClient(edge.address()).Fingerprint(), now);
}

TEST_F(ListenerTls, OverAUnixSocket) {
  const std::string path = testing::TempDir() + "flux_tls_" + std::to_string(::getpid());
  TestEdge edge({}, 1, "unix:" + path, &tls_);
  TlsClient client(edge.address());
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.Read().body, "GET / from unix");
}

}  // namespace
}  // namespace flux::gateway

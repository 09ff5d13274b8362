// Misbehaving clients at the real gateway's public address: each is answered or disconnected as it should be,
// nothing is spent, and the admin address goes on answering.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "tests/e2e/stack.h"
#include "tests/fakes/certificate.h"
#include "tests/gateway/http/raw_client.h"
#include "tests/gateway/http/tls_client.h"

namespace flux::e2e {
namespace {

using gateway::RawClient;
using gateway::RawReply;
using namespace std::string_literals;

std::string Draw(const std::string& lines = {}) {
  const std::string body = R"({"prompt":"a lighthouse"})";
  return "POST "s + kDev + " HTTP/1.1\r\nHost: a\r\n" + lines +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct EdgeRow {
  std::string name;
  std::string bytes;
  int status;
  std::string code;
};

void PrintTo(const EdgeRow& row, std::ostream* out) {
  *out << row.name;
}

class EdgeTest : public testing::TestWithParam<EdgeRow> {
 protected:
  static void SetUpTestSuite() { stack_ = std::make_unique<Stack>(); }
  static void TearDownTestSuite() { stack_.reset(); }
  static std::unique_ptr<Stack> stack_;
};

std::unique_ptr<Stack> EdgeTest::stack_;

TEST_P(EdgeTest, IsRefusedInShapeAndCloses) {
  const std::size_t billed = stack_->Billed();
  RawClient client(stack_->public_address());
  ASSERT_TRUE(client.Send(GetParam().bytes + Draw()));  // what a smuggler wants to be served stands behind
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_TRUE(reply.Says("Connection: close\r\n"));
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  ASSERT_TRUE(json.is_object()) << reply.body;
  EXPECT_EQ(json["code"], GetParam().code);
  EXPECT_EQ(json["billed"], "no");
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(stack_->Billed(), billed);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, EdgeTest,
    testing::Values(
        EdgeRow{"BothLengths",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
                "MALFORMED_REQUEST"},
        EdgeRow{"TwoLengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
                400, "MALFORMED_REQUEST"},
        EdgeRow{"Folded", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400, "MALFORMED_REQUEST"},
        EdgeRow{"SpaceBeforeColon", "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400, "MALFORMED_REQUEST"},
        EdgeRow{"BareFeed", "GET / HTTP/1.1\nHost: a\n\n", 400, "MALFORMED_REQUEST"},
        EdgeRow{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400, "MALFORMED_REQUEST"},
        EdgeRow{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "MALFORMED_REQUEST"},
        EdgeRow{"Tls", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"s, 400, "MALFORMED_REQUEST"},
        EdgeRow{"HeadTooLarge", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n",
                431, "HEADERS_TOO_LARGE"},
        EdgeRow{"BodyTooLarge", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857601\r\n\r\n", 413,
                "PAYLOAD_TOO_LARGE"},
        EdgeRow{"Coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501,
                "TRANSFER_ENCODING_UNSUPPORTED"},
        EdgeRow{"Version", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "VERSION_UNSUPPORTED"}),
    [](const testing::TestParamInfo<EdgeRow>& row) { return row.param.name; });

TEST_F(EdgeTest, PipelinedAndAfterContinue) {
  RawClient client(stack_->public_address());
  ASSERT_TRUE(client.Send(Draw() + Draw()));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 200);
  const std::string expecting = Draw("Expect: 100-continue\r\n");
  const std::size_t head = expecting.find("\r\n\r\n") + 4;
  ASSERT_TRUE(client.Send(expecting.substr(0, head)));
  EXPECT_EQ(client.Read(false).status, 100);
  ASSERT_TRUE(client.Send(expecting.substr(head)));
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(EdgeTest, ABodyOfTheLargestSize) {
  const std::string frame = R"({"prompt":""})";
  const std::string body = R"({"prompt":")" + std::string((100U << 20) - frame.size(), 'x') + "\"}";
  RawClient client(stack_->public_address());
  ASSERT_TRUE(client.Send("POST "s + kDev + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 422) << reply.body;  // read whole, and the prompt is too long
  ASSERT_TRUE(client.Send(Draw()));
  EXPECT_EQ(client.Read().status, 200);
}

TEST(EdgeAdmin, AnswersWhileThePublicAddressIsFull) {
  Stack stack({.gateway = {"--max-connections=20"}});
  std::vector<RawClient> held;
  for (int i = 0; i < 200; ++i) {
    held.emplace_back(stack.public_address());
    held.back().Send("GET / HT");
  }
  const auto metric = [&] { return stack.Get(stack.admin_address(), "/metrics").body; };
  EXPECT_TRUE(Eventually([&] {
    return metric().find("flux_gateway_connections_accepted_total 200") != std::string::npos;
  })) << metric();
  EXPECT_EQ(stack.Get(stack.admin_address(), "/healthz").status, 200);
  EXPECT_EQ(stack.Get(stack.admin_address(), "/readyz").status, 200);
  RawClient refused(stack.public_address());
  refused.Send(Draw());
  const int status = refused.Read().status;
  EXPECT_TRUE(status == 503 || status == 0) << status;
  held.clear();
  EXPECT_TRUE(Eventually([&] { return stack.Draw("again").status == 200; }));
}

TEST(EdgeTls, MakesPicturesAndKeepsPlainCallersOut) {
  const fakes::Certificate certificate;
  Stack stack({.gateway = {"--tls-cert=" + certificate.certificate().string(),
                           "--tls-key=" + certificate.key().string()}});
  std::signal(SIGPIPE, SIG_IGN);
  gateway::TlsClient client(stack.public_address());
  ASSERT_TRUE(client.connected());
  ASSERT_TRUE(client.Send(Draw()));
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 200) << reply.body;
  RawClient plain(stack.public_address());
  ASSERT_TRUE(plain.Send(Draw()));
  EXPECT_EQ(plain.Read().status, 400);
  EXPECT_TRUE(plain.Ended());
  EXPECT_EQ(stack.Billed(), 1U);
}

TEST(EdgeTls, ARenewedCertificateIsTakenUpAndABrokenOneIsNot) {
  const fakes::Certificate certificate;
  const fakes::Certificate renewed;
  Stack stack({.gateway = {"--tls-cert=" + certificate.certificate().string(),
                           "--tls-key=" + certificate.key().string()}});
  std::signal(SIGPIPE, SIG_IGN);
  gateway::TlsClient old(stack.public_address());
  const std::string first = old.Fingerprint();
  const auto overwrite = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(renewed.certificate(), certificate.certificate(), overwrite);
  std::filesystem::copy_file(renewed.key(), certificate.key(), overwrite);
  stack.gateway->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return gateway::TlsClient(stack.public_address()).Fingerprint() != first; }));
  const std::string second = gateway::TlsClient(stack.public_address()).Fingerprint();
  std::ofstream(certificate.key()) << "broken\n";
  stack.gateway->Signal(SIGHUP);
  EXPECT_TRUE(
      Eventually([&] { return stack.gateway->Output().find("certificate_kept") != std::string::npos; }));
  EXPECT_EQ(gateway::TlsClient(stack.public_address()).Fingerprint(), second);
  ASSERT_TRUE(old.Send(Draw()));
  EXPECT_EQ(old.Read().status, 200) << "connections outlive their certificate";
}

TEST(EdgeTls, ABrokenPairIsToldAtStart) {
  const fakes::Certificate one;
  const fakes::Certificate other;
  Process gateway("flux-gateway",
                  {"--tls-cert=" + one.certificate().string(), "--tls-key=" + other.key().string()});
  EXPECT_EQ(gateway.Wait(), 2);
  EXPECT_NE(gateway.Output().find("--tls-cert"), std::string::npos) << gateway.Output();
}

}  // namespace
}  // namespace flux::e2e

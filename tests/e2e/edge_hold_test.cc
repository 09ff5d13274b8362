// What the real programs hold for strangers, and what becomes of replies: nothing that one caller does, or
// does not do, costs others their service or a purchase its trace.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/e2e/stack.h"
#include "tests/gateway/http/raw_client.h"

namespace flux::e2e {
namespace {

using gateway::RawClient;
using gateway::RawReply;

std::string Post(const std::string& body, const std::string& query = {}) {
  return std::string("POST ") + kDev + query + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool Logged(Process& process, const std::string& text) {
  return Eventually([&] { return process.Output().find(text) != std::string::npos; });
}

TEST(EdgeHold, TheEndOfTheGraceIsAnsweredSoThatNobodySendsAgain) {
  Stack stack({.gateway = {"--drain-grace=300ms"}});
  RawClient client(stack.public_address());
  ASSERT_TRUE(client.Send(Post(R"({"prompt":"first"})")));
  EXPECT_EQ(client.Read().status, 200);  // a kept-alive connection: the kind on which clients resend
  ASSERT_TRUE(client.Send(Post(R"({"prompt":"sim:hang"})")));
  ASSERT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 1; }));
  RawClient upload(stack.public_address());
  const std::string half = Post(R"({"prompt":"half"})");
  ASSERT_TRUE(upload.Send(half.substr(0, half.size() - 3)));
  stack.gateway->Signal(SIGTERM);
  const RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 503) << reply.body;
  EXPECT_TRUE(reply.Says("Connection: close\r\n"));
  EXPECT_TRUE(reply.Says("x-should-retry: false\r\n"));
  auto json = nlohmann::json::parse(reply.body, nullptr, false);
  ASSERT_TRUE(json.is_object()) << reply.body;
  EXPECT_EQ(json["code"], "SHUTTING_DOWN") << reply.body;
  EXPECT_EQ(json["billed"], "maybe");
  EXPECT_EQ(json["retryable"], false);
  EXPECT_TRUE(client.Ended());
  client.Close();
  auto refused = nlohmann::json::parse(upload.Read().body, nullptr, false);
  ASSERT_TRUE(refused.is_object());
  EXPECT_EQ(refused["code"], "OVERLOADED") << refused.dump();
  EXPECT_EQ(refused["billed"], "no");
  upload.Close();
  EXPECT_EQ(stack.gateway->Wait(), 3);
  const std::string line = "\"reason\":\"SHUTTING_DOWN\",\"billed\":\"maybe\",\"delivered\":true";
  EXPECT_NE(stack.gateway->Output().find(line), std::string::npos) << stack.gateway->Output();
}

TEST(EdgeHold, ACutReplyIsLoggedAsCutAndCounted) {
  Stack stack;
  RawClient client(stack.public_address());
  const int window = 4096;
  ASSERT_EQ(::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &window, sizeof window), 0);
  ASSERT_TRUE(client.Send(
      Post(R"({"prompt":"large","sync_mode":true,"num_images":4,"image_size":{"width":1536,"height":1536},)"
           R"("output_format":"png"})")));
  ASSERT_TRUE(Eventually([&] { return stack.Billed() == 1; }));
  char first = 0;
  ASSERT_EQ(::recv(client.fd(), &first, 1, 0), 1);
  client.Reset();
  EXPECT_TRUE(
      Logged(*stack.gateway, "\"status\":499,\"reason\":\"CUT\",\"billed\":\"yes\",\"delivered\":false"))
      << stack.gateway->Output();
  EXPECT_NE(stack.Get(stack.admin_address(), "/metrics")
                .body.find("flux_gateway_replies_cut_total{billed=\"yes\"} 1"),
            std::string::npos);
  EXPECT_EQ(stack.Draw("again").status, 200);
  EXPECT_TRUE(
      Logged(*stack.gateway, "\"status\":200,\"reason\":\"OK\",\"billed\":\"yes\",\"delivered\":true"));
}

TEST(EdgeHold, SlowVisitorsOfTheAdminAddressesDelayNoProbe) {
  Stack stack;
  for (const std::string& address : {stack.admin_address(), stack.metrics_address()}) {
    std::vector<RawClient> dripping;
    for (int i = 0; i < 300; ++i) {
      dripping.emplace_back(address);
      dripping.back().Send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ");
    }
    for (int round = 0; round < 5; ++round) {
      for (RawClient& client : dripping) client.Send("a");
      EXPECT_EQ(stack.Get(address, "/healthz").status, 200);
      EXPECT_EQ(stack.Get(address, "/metrics").status, 200);
    }
    const bool is_gateway = address == stack.admin_address();
    Process probe(is_gateway ? "flux-gateway" : "flux-service",
                  {"healthcheck", (is_gateway ? "--admin-listen=" : "--metrics-listen=") + address},
                  {{"FAL_KEY", kKey}});
    EXPECT_EQ(probe.Wait(), 0) << probe.Output();
  }
}

TEST(EdgeHold, UploadsThatFillTheGatewayLeaveOrdinaryRequestsAlone) {
  Stack stack({.gateway = {"--max-body-bytes=8MiB", "--max-bytes-in-flight=16MiB"}});
  std::vector<RawClient> uploads;
  for (int i = 0; i < 8; ++i) {
    uploads.emplace_back(stack.public_address());
    uploads.back().Send(std::string("POST ") + kDev +
                        " HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
    uploads.back().SendSome(std::string(8'000'000, ' '));
  }
  const auto held = [&] {
    const std::string name = "\nflux_gateway_body_bytes_in_flight ";
    const std::string body = stack.Get(stack.admin_address(), "/metrics").body;
    const auto at = body.find(name);
    return at == std::string::npos ? 0.0 : std::stod(body.substr(at + name.size()));
  };
  ASSERT_TRUE(Eventually([&] { return held() > 1e6; }));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(stack.Draw("ordinary").status, 200);
  EXPECT_EQ(
      stack.Post(kDev, R"({"prompt":"x","negative_prompt":")" + std::string(30'000, 'n') + "\"}").status /
          100,
      4)
      << "read whole, and refused for what it says";
  EXPECT_LE(held(), 16.0 * (1 << 20));
}

TEST(EdgeHold, QueryStringsNeverMatter) {
  Stack stack;
  RawClient client(stack.public_address());
  for (const char* query :
       {"?", "?tags[]=a", "?100%", "?%zz=%", "?a=%00", "?q=\"x\"|{y}^`<z>\\", "?\xc3\xa9=\xff", "???"}) {
    ASSERT_TRUE(client.Send(Post(R"({"prompt":"a lighthouse"})", query)));
    EXPECT_EQ(client.Read().status, 200) << query;
  }
}

}  // namespace
}  // namespace flux::e2e

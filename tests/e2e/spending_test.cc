// Who may spend: everybody else is refused, and the bill shows that nothing was spent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/e2e/api_key.h"
#include "tests/e2e/stack.h"
#include "tests/gateway/http/raw_client.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kBody[] = R"({"prompt":"x"})";

class SpendingTest : public testing::Test {
 protected:
  SpendingTest() {
    char name[] = "/tmp/flux-keys-XXXXXX";
    close(mkstemp(name));
    file_ = name;
  }
  ~SpendingTest() override { std::filesystem::remove(file_); }

  void Write(const std::vector<Key>& keys) const {
    std::ofstream out(file_, std::ios::trunc);
    for (const Key& key : keys) out << key.line << "\n";
  }
  std::vector<std::string> WithKeys(std::vector<std::string> more = {}) const {
    more.push_back("--api-keys-file=" + file_);
    return more;
  }

  std::string file_;
};

TEST_F(SpendingTest, WhoHasNoRightSpendsNothing) {
  const Key shop = Keygen({"shop", "models=text-to-image/dev"});
  const Key revoked = Keygen({"old"});
  Write({shop, revoked});
  Stack stack(
      {.gateway = WithKeys({"--allowed-origins=https://site.example", "--rate-limit-per-minute=60"})});
  EXPECT_EQ(stack.Post(kDev, kBody, {{"Authorization", "Bearer " + revoked.key}}).status, 200);
  EXPECT_EQ(stack.Post(kDev, kBody, {{"X-API-Key", shop.key}}).status, 200);
  ASSERT_EQ(stack.Billed(), 2u);

  Write({shop});
  stack.gateway->Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] {
    return stack.Get(stack.admin_address(), "/metrics").body.find("flux_gateway_api_keys 1\n") !=
           std::string::npos;
  }));
  const auto refused = [&](const char* path, const httplib::Headers& headers, int status,
                           const std::string& code) {
    const Answer answer = stack.Post(path, kBody, headers);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.json["code"], code);
    EXPECT_EQ(answer.json["success"], false);
    EXPECT_EQ(answer.json["billed"], "no");
    return answer;
  };
  EXPECT_THAT(refused(kDev, {}, 401, "UNAUTHENTICATED").Header("WWW-Authenticate"), HasSubstr("Bearer"));
  refused(kDev, {{"Authorization", "Bearer flux_wrong"}}, 401, "UNAUTHENTICATED");
  refused(kDev, {{"Authorization", "Bearer " + revoked.key}}, 401, "UNAUTHENTICATED");
  refused(kDev, {{"Authorization", "Bearer " + shop.key.substr(0, 47)}}, 401, "UNAUTHENTICATED");
  refused(kDev, {{"Authorization", "Bearer " + shop.line}}, 401, "UNAUTHENTICATED");
  refused(kDev, {{"X-API-Key", shop.key}, {"Authorization", "Bearer flux_wrong"}}, 401, "UNAUTHENTICATED");
  refused(kPro, {{"X-API-Key", shop.key}}, 403, "MODEL_NOT_ALLOWED");
  const Answer strange =
      refused(kDev, {{"X-API-Key", shop.key}, {"Origin", "https://evil.example"}}, 403, "ORIGIN_NOT_ALLOWED");
  EXPECT_FALSE(strange.headers.contains("Access-Control-Allow-Origin"));
  EXPECT_EQ(stack.Billed(), 2u);

  const Answer good = stack.Post(kDev, kBody, {{"X-API-Key", shop.key}, {"Origin", "https://site.example"}});
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.Header("Access-Control-Allow-Origin"), "https://site.example");
  EXPECT_EQ(stack.Billed(), 3u);

  const std::string metrics = stack.Get(stack.admin_address(), "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("flux_gateway_unauthenticated_total 6\n"));
  EXPECT_THAT(metrics, HasSubstr(R"(flux_gateway_caller_requests_total{caller="shop",outcome="ok"} 2)"));
  EXPECT_THAT(metrics, HasSubstr(R"(flux_gateway_caller_requests_total{caller="shop",outcome="failed"} 1)"));
  for (Process* process : {stack.gateway.get(), stack.service.get()}) {
    process->Signal(SIGTERM);
    EXPECT_EQ(process->Wait(), 0);
    EXPECT_THAT(process->Output(), HasSubstr(R"("caller":"shop")"));
  }
  for (const std::string& text : {metrics, stack.gateway->Output(), stack.service->Output()}) {
    EXPECT_THAT(text, Not(HasSubstr("flux_wrong")));
    EXPECT_THAT(text, Not(HasSubstr(shop.key)));
    EXPECT_THAT(text, Not(HasSubstr(shop.line.substr(5, 64))));
  }
}

TEST_F(SpendingTest, WhoHasNoKeyIsToldBeforeTheUpload) {
  Write({Keygen({"shop"})});
  Stack stack({.gateway = WithKeys({"--allowed-origins=https://site.example"})});
  gateway::RawClient client(stack.public_address());
  ASSERT_TRUE(client.Send(std::string("POST ") + kDev +
                          " HTTP/1.1\r\nHost: a\r\nOrigin: https://site.example\r\n"
                          "Content-Length: 50000000\r\nExpect: 100-continue\r\n\r\n"));
  const gateway::RawReply reply = client.Read();
  EXPECT_EQ(reply.status, 401);
  EXPECT_TRUE(reply.Says("WWW-Authenticate: Bearer"));
  EXPECT_TRUE(reply.Says("Access-Control-Allow-Origin: https://site.example\r\n"));
  EXPECT_TRUE(reply.Says("Connection: close\r\n"));
  EXPECT_TRUE(client.Ended());
  EXPECT_EQ(stack.Billed(), 0u);
}

TEST_F(SpendingTest, OneKeysUploadsHurtNobody) {
  const Key evil = Keygen({"evil", "rate=2", "concurrency=1"});
  const Key good = Keygen({"good"});
  Write({evil, good});
  Stack stack({.gateway = WithKeys({"--max-body-bytes=1MiB", "--max-bytes-in-flight=2MiB"})});
  const std::string upload = std::string("POST ") + kDev + " HTTP/1.1\r\nHost: a\r\nX-API-Key: " + evil.key +
                             "\r\nContent-Length: 1000000\r\n\r\n" + std::string(600'000, ' ');
  gateway::RawClient first(stack.public_address());
  ASSERT_TRUE(first.Send(upload));
  ASSERT_TRUE(Eventually([&] {
    return stack.Get(stack.admin_address(), "/metrics").body.find("bytes_in_flight 600000\n") !=
           std::string::npos;
  }));
  for (int i = 0; i < 10; ++i) {
    gateway::RawClient another(stack.public_address());
    another.Send(upload);
    const gateway::RawReply reply = another.Read();
    EXPECT_EQ(reply.status, 429);
    EXPECT_THAT(reply.body, HasSubstr("CONCURRENCY_LIMITED"));
  }
  EXPECT_EQ(stack.Post(kDev, kBody, {{"X-API-Key", good.key}}).status, 200);
  first.Close();
  // The place comes back with the upload that came to nothing; its part of the rate does not.
  EXPECT_TRUE(Eventually([&] { return stack.Post(kDev, kBody, {{"X-API-Key", evil.key}}).status == 200; }));
  EXPECT_EQ(stack.Post(kDev, kBody, {{"X-API-Key", evil.key}}).json["code"], "RATE_LIMITED");
}

TEST_F(SpendingTest, AFloodOfWrongKeysFillsNoLogAndStopsNoRightKey) {
  const Key shop = Keygen({"shop", "rate=0"});
  Write({shop});
  Stack stack({.gateway = WithKeys()});
  constexpr int kWrong = 2000;
  const auto start = std::chrono::steady_clock::now();
  httplib::Client client("http://" + stack.public_address());
  client.set_keep_alive(true);
  for (int i = 0; i < kWrong; ++i) {
    const httplib::Result answer =
        client.Post(kDev, {{"X-API-Key", "wrong" + std::to_string(i)}}, kBody, "application/json");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 401);
    if (i % 500 == 0) {
      EXPECT_EQ(stack.Post(kDev, kBody, {{"X-API-Key", shop.key}}).status, 200);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  stack.gateway->Signal(SIGTERM);
  EXPECT_EQ(stack.gateway->Wait(), 0);
  int lines = 0;
  int told = 0;
  std::istringstream output(stack.gateway->Output());
  for (std::string line; std::getline(output, line);) {
    const nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || event.value("event", "") != "unauthenticated") continue;
    EXPECT_EQ(event["remote"], "127.0.0.1");
    ++lines;
    told += event["requests"].get<int>();
  }
  EXPECT_EQ(told, kWrong);
  EXPECT_LE(lines, took.count() + 2) << "one a second";
  EXPECT_EQ(stack.Billed(), 4u);
}

TEST_F(SpendingTest, APromiseThatNobodyKeepsIsRefusedByName) {
  Stack stack;
  const Answer answer =
      stack.Post("/v1/images/generations", R"({"model":"dev","prompt":"x"})", {{"Prefer", "respond-async"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.json["error"]["message"].get<std::string>(), HasSubstr("Prefer"));
  EXPECT_EQ(stack.Billed(), 0u);
}

TEST_F(SpendingTest, AKeyThatIsNoneBuysNothing) {
  Stack stack;
  for (const std::string& key : {std::string(256, 'k'), std::string("schl\xc3\xbcssel")}) {
    const Answer answer = stack.Post(kDev, kBody, {{"Idempotency-Key", key}});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json["code"], "INVALID_IDEMPOTENCY_KEY");
  }
  EXPECT_EQ(stack.Billed(), 0u);
}

TEST_F(SpendingTest, PagesMayReadWhyTheyWereRefusedEarly) {
  Stack stack({.gateway = {"--allowed-origins=https://site.example", "--max-body-bytes=20000"}});
  const std::string path = kDev;
  const std::string lines = " HTTP/1.1\r\nHost: a\r\nOrigin: https://site.example\r\n";
  const std::string big(30'000, 'x');
  for (const auto& [status, request] : std::vector<std::pair<int, std::string>>{
           {413, "POST " + path + lines + "Content-Length: 30000\r\n\r\n"},
           {413,
            "POST " + path + lines + "Transfer-Encoding: chunked\r\n\r\n7530\r\n" + big + "\r\n0\r\n\r\n"},
           {400, "POST " + path + lines + "Transfer-Encoding: chunked\r\n\r\nx"},
           {400, "POST " + path + "?a\x01" + lines + "\r\n"},
           {400, "POST " + path + lines + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n"},
           {400, "POST " + path + lines + "X : 1\r\n\r\n"},
           {404, "POST /nothing" + lines + "Content-Length: 0\r\n\r\n"},
           {405, "PUT " + path + lines + "Content-Length: 0\r\n\r\n"},
           {505, "POST " + path + " HTTP/3.0\r\nHost: a\r\nOrigin: https://site.example\r\n\r\n"},
           {417, "POST " + path + lines + "Expect: foo\r\n\r\n"},
           {431, "POST " + path + lines + "X-Big: " + big + big + "\r\n\r\n"},
           {431, "POST /" + big + lines + "\r\n"},
           {501, "POST " + path + lines + "Transfer-Encoding: gzip\r\n\r\n"},
           {415, "POST " + path + lines + "Content-Type: image/png\r\nContent-Length: 2\r\n\r\nxx"}}) {
    gateway::RawClient client(stack.public_address());
    client.Send(request);
    const gateway::RawReply reply = client.Read();
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_TRUE(reply.Says("Access-Control-Allow-Origin: https://site.example\r\n")) << status;
  }
  EXPECT_EQ(stack.Billed(), 0u);
}

TEST_F(SpendingTest, AClientCannotChooseItsAddress) {
  Stack stack({.gateway = {"--rate-limit-per-minute=2"}});
  int made = 0;
  for (int i = 0; i < 6; ++i) {
    const std::string address = "203.0.113." + std::to_string(i);
    const httplib::Headers spoofed{{"X-Forwarded-For", address},
                                   {"Forwarded", "for=" + address},
                                   {"X-Real-IP", address},
                                   {"REMOTE_ADDR", address},
                                   {"True-Client-IP", address}};
    made += stack.Post(kDev, kBody, spoofed).status == 200 ? 1 : 0;
  }
  EXPECT_EQ(made, 2);
  EXPECT_EQ(stack.Billed(), 2u);
}

TEST_F(SpendingTest, ATrustedProxyTellsCallersApart) {
  Stack stack({.gateway = {"--rate-limit-per-minute=1", "--trusted-proxies=127.0.0.1,::1"}});
  const auto draw = [&](const std::string& forwarded) {
    return stack.Post(kDev, kBody, {{"X-Forwarded-For", forwarded}}).status;
  };
  EXPECT_EQ(draw("198.51.100.1"), 200);
  EXPECT_EQ(draw("198.51.100.2"), 200);
  EXPECT_EQ(draw("203.0.113.9, 198.51.100.1"), 429);
  EXPECT_EQ(stack.Billed(), 2u);
  stack.gateway->Signal(SIGTERM);
  EXPECT_EQ(stack.gateway->Wait(), 0);
  EXPECT_THAT(stack.gateway->Output(), HasSubstr(R"("remote":"198.51.100.2")"));
  EXPECT_THAT(stack.gateway->Output(), Not(HasSubstr("203.0.113.9")));
}

TEST_F(SpendingTest, TheLimitIsToldAndHeld) {
  Stack stack({.gateway = {"--rate-limit-per-minute=3"}});
  for (const char* left : {"2", "1", "0"}) {
    const Answer answer = stack.Draw("x");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Header("RateLimit-Limit"), "3");
    EXPECT_EQ(answer.Header("RateLimit-Remaining"), left);
  }
  const Answer refused = stack.Draw("x");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.json["code"], "RATE_LIMITED");
  EXPECT_THAT(refused.Header("Retry-After"), testing::MatchesRegex("1[0-9]|20"));
  EXPECT_EQ(stack.Get(stack.public_address(), "/api/v1/models").status, 200) << "reading costs nothing";
  EXPECT_EQ(stack.Billed(), 3u);
}

TEST_F(SpendingTest, AFileThatChangesIsReadWithoutASignalAndAMistakeChangesNothing) {
  const Key one = Keygen({"one"});
  const Key two = Keygen({"two"});
  Write({one});
  Stack stack({.gateway = WithKeys()});
  const auto status = [&](const Key& key) {
    return stack.Post(kDev, kBody, {{"X-API-Key", key.key}}).status;
  };
  EXPECT_EQ(status(two), 401);
  Write({one, two});
  EXPECT_TRUE(Eventually([&] { return status(two) == 200; }));
  Write({{"", "one nonsense"}});
  EXPECT_TRUE(
      Eventually([&] { return stack.gateway->Output().find("api_keys_refused") != std::string::npos; }));
  EXPECT_EQ(status(one), 200);
}

struct Start {
  const char* name;
  std::vector<std::string> arguments;
  const char* complaint;  // null: valid
};

class Starts : public testing::TestWithParam<Start> {};

TEST_P(Starts, AreRefusedWhereTheWorldCouldSpend) {
  std::vector<std::string> arguments = GetParam().arguments;
  for (const bool only_check : {true, false}) {
    if (!only_check && GetParam().complaint == nullptr) continue;
    if (only_check) arguments.emplace_back("--check-config");
    Process process("flux-gateway", arguments);
    EXPECT_EQ(process.Wait(), GetParam().complaint == nullptr ? 0 : 2) << process.Output();
    EXPECT_THAT(process.Output(),
                HasSubstr(GetParam().complaint == nullptr ? "is valid" : GetParam().complaint));
    if (only_check) arguments.pop_back();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Starts,
    testing::Values(
        Start{"Everywhere", {"--listen=0.0.0.0:0"}, "--allow-anonymous"},
        Start{"EverywhereV6", {"--listen=[::]:0"}, "--allow-anonymous"},
        Start{"AName", {"--listen=example.com:0"}, "--api-keys-file"},
        Start{"Loopback", {"--listen=127.9.9.9:0"}, nullptr},
        Start{"LoopbackV6", {"--listen=[::1]:0"}, nullptr},
        Start{"Localhost", {"--listen=localhost:0"}, nullptr},
        Start{"Unix", {"--listen=unix:/tmp/x"}, nullptr},
        Start{"Meant", {"--listen=0.0.0.0:0", "--allow-anonymous"}, nullptr},
        Start{"WithKeys", {"--listen=0.0.0.0:0", "--api-keys-file=/dev/null", "--allow-empty-keys"}, nullptr},
        Start{"EmptyKeys", {"--api-keys-file=/dev/null"}, "holds no key"},
        Start{"NoSuchFile", {"--api-keys-file=/nonexistent"}, "/nonexistent cannot be read"},
        Start{"Proxy", {"--trusted-proxies=10.0.0.1/8"}, "10.0.0.1/8"},
        Start{"Rate", {"--rate-limit-per-minute=100001"}, "100000"},
        Start{"Store", {"--rate-limit-store=memcached"}, "redis://HOST:PORT/DB"},
        Start{"Password", {"--rate-limit-store=redis://:canary@h"}, "FLUX_REDIS_PASSWORD"}),
    [](const auto& row) { return row.param.name; });

TEST_F(SpendingTest, KeygenSaysHowItIsUsed) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"keygen"},
                                             {"keygen", "a b"},
                                             {"keygen", "shop", "rate=x"},
                                             {"keygen", "-x"},
                                             {"keygen", "shop", "rate=1\nx"}}) {
    Process process("flux-gateway", wrong);
    EXPECT_EQ(process.Wait(), 2) << wrong.back();
    EXPECT_THAT(process.Output(), HasSubstr("Usage: flux-gateway keygen NAME"));
    EXPECT_THAT(process.Output(), Not(HasSubstr("flux_")));
  }
  const Key limited = Keygen({"shop", "rate=5", "models=edit/*"});
  EXPECT_THAT(limited.line, testing::EndsWith(" rate=5 models=edit/*"));
  EXPECT_NE(limited.key, Keygen({"shop"}).key);
}

}  // namespace
}  // namespace flux::e2e

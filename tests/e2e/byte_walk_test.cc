// The caller leaves after each byte of its request, and after each byte of its reply: with its key it gets
// the picture all the same, and it is paid for once.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"
#include "tests/gateway/http/raw_client.h"

namespace flux::e2e {
namespace {

// "walk-r0042": of the same length for each.
std::string Name(char walk, std::size_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 4 - digits.size(), '0');
  return std::string("walk-") + walk + digits;
}

std::string BodyOf(const std::string& name) {
  return R"({"prompt":")" + name + R"("})";
}

std::string RequestOf(const std::string& name) {
  const std::string body = BodyOf(name);
  return std::string("POST ") + kDev + " HTTP/1.1\r\nHost: a\r\nIdempotency-Key: " + name +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Reads that many bytes and no more; false where the connection ends before.
bool ReadExactly(int fd, std::size_t count) {
  std::array<char, 4096> chunk;
  while (count > 0) {
    pollfd waiting{fd, POLLIN, 0};
    if (poll(&waiting, 1, 20'000) != 1) return false;
    const ssize_t got = recv(fd, chunk.data(), std::min(count, chunk.size()), 0);
    if (got <= 0) return false;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

// In good order, or with a reset: gateways hear of them in different ways.
void Leave(gateway::RawClient& client, std::size_t number) {
  number % 2 == 0 ? client.Close() : client.Reset();
}

// Does it for each number below `count`, several at a time.
void ForEach(std::size_t count, const std::function<void(std::size_t)>& work) {
  constexpr std::size_t kAtOnce = 12;
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    workers.emplace_back([&] {
      for (std::size_t number = next++; number < count; number = next++) work(number);
    });
  }
  for (std::thread& worker : workers) worker.join();
}

std::map<std::string, int> Paid(Stack& stack) {
  std::map<std::string, int> paid;
  const nlohmann::json ledger = stack.Ledger();
  for (const auto& purchase : ledger["purchases"]) ++paid[purchase["prompt"]];
  return paid;
}

class ByteWalk : public testing::TestWithParam<const char*> {
 protected:
  // Everybody comes back and has a picture; nobody paid twice.
  void ComeBack(Stack& stack, char walk, std::size_t count) {
    ForEach(count, [&](std::size_t number) {
      const std::string name = Name(walk, number);
      const Answer answer = stack.Insist(kDev, BodyOf(name), {{"Idempotency-Key", name}});
      EXPECT_EQ(answer.status, 200) << name << answer.body;
      EXPECT_EQ(answer.json["data"]["images"].size(), 1u) << name;
    });
    const std::map<std::string, int> paid = Paid(stack);
    for (std::size_t number = 0; number < count; ++number) {
      const auto found = paid.find(Name(walk, number));
      EXPECT_EQ(found == paid.end() ? 0 : found->second, 1) << Name(walk, number);
    }
  }
};

TEST_P(ByteWalk, AfterEachByteOfTheRequestAndOfTheReply) {
  StorePlace place("sqlite");
  Stack stack({.service = place.Arguments({std::string("--keyed-route=") + GetParam()}), .whole_fal = true});

  const std::size_t request_bytes = RequestOf(Name('q', 0)).size();
  ForEach(request_bytes + 1, [&](std::size_t number) {
    gateway::RawClient client(stack.public_address());
    client.Send(RequestOf(Name('q', number)).substr(0, number));
    Leave(client, number);
  });
  // What was not complete was nobody's order.
  EXPECT_TRUE(Eventually([&] {
    return Stack::Get(stack.admin_address(), "/metrics").body.find("flux_gateway_requests_in_flight 0\n") !=
           std::string::npos;
  }));
  for (const auto& [name, times] : Paid(stack)) {
    EXPECT_EQ(name, Name('q', request_bytes));
    EXPECT_EQ(times, 1);
  }
  ComeBack(stack, 'q', request_bytes + 1);

  gateway::RawClient whole(stack.public_address());
  ASSERT_TRUE(whole.Send(RequestOf("walk-whole")));
  const gateway::RawReply reply = whole.Read();
  ASSERT_EQ(reply.status, 200) << reply.body;
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < reply.head.size(); at += 3) offsets.push_back(at);
  for (std::size_t at = reply.head.size(); at < reply.head.size() + reply.body.size(); at += 41)
    offsets.push_back(at);
  ForEach(offsets.size(), [&](std::size_t number) {
    gateway::RawClient client(stack.public_address());
    ASSERT_TRUE(client.Send(RequestOf(Name('p', number))));
    EXPECT_TRUE(ReadExactly(client.fd(), offsets[number])) << offsets[number];
    Leave(client, number);
  });
  ComeBack(stack, 'p', offsets.size());
}

INSTANTIATE_TEST_SUITE_P(Routes, ByteWalk, testing::Values("queue", "direct"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace flux::e2e

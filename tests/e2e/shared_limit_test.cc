// Two gateways and one Redis: one limit, and no request lost to Redis's troubles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/e2e/stack.h"
#include "tests/fakes/redis_server.h"

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;

class SharedLimitTest : public testing::Test {
 protected:
  // A second gateway of the same stack.
  void Start(const std::string& rate, std::vector<std::string> more = {}) {
    more.push_back("--rate-limit-per-minute=" + rate);
    more.push_back("--rate-limit-store=" + redis_.url());
    stack_ = std::make_unique<Stack>(StackOptions{.gateway = more});
    more.insert(more.end(), {"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
                             "--service=" + stack_->service->Address("grpc")});
    second_ = std::make_unique<Process>("flux-gateway", more);
    addresses_ = {stack_->public_address(), second_->Address("http")};
    admins_ = {stack_->admin_address(), second_->Address("admin")};
    for (const std::string& admin : admins_) {
      EXPECT_TRUE(Eventually([&] { return stack_->Get(admin, "/readyz").status == 200; }));
    }
    AwaitStore(1);
  }

  void AwaitStore(int up) {
    const std::string line = "flux_gateway_rate_limit_store_up " + std::to_string(up) + "\n";
    for (const std::string& admin : admins_) {
      EXPECT_TRUE(Eventually([&] {
        return stack_->Get(admin, "/metrics").body.find(line) != std::string::npos;
      })) << admin;
    }
  }

  int Draw(std::size_t gateway) {
    httplib::Client client("http://" + addresses_[gateway]);
    client.set_read_timeout(60s);
    const auto answer =
        client.Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x"})", "application/json");
    return answer ? answer->status : 0;
  }

  // Asks both by turns, `times` each, from a thread each; counts what they answered.
  std::map<int, int> DrawFromBoth(int times) {
    std::map<int, int> answers;
    std::mutex mutex;
    std::vector<std::thread> callers;
    for (std::size_t gateway = 0; gateway < 2; ++gateway) {
      callers.emplace_back([&, gateway] {
        for (int i = 0; i < times; ++i) {
          const int status = Draw(gateway);
          const std::lock_guard lock(mutex);
          ++answers[status];
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    return answers;
  }

  static int Count(const std::string& text, const std::string& part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }

  fakes::RedisServer redis_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<Process> second_;
  std::vector<std::string> addresses_;
  std::vector<std::string> admins_;
};

TEST_F(SharedLimitTest, HoldsAcrossBothGatewaysWithinOnePercent) {
  constexpr int kLimit = 200;
  Start(std::to_string(kLimit));
  const auto start = std::chrono::steady_clock::now();
  std::map<int, int> answers = DrawFromBoth(200);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const double allowed = kLimit + took.count() * kLimit / 60;  // what came back while they asked
  EXPECT_EQ(answers[200] + answers[429], 400);
  EXPECT_GE(answers[200], kLimit);
  EXPECT_LE(answers[200], allowed * 1.01);
  EXPECT_GE(answers[200], std::floor(allowed - 1) * 0.99);
  EXPECT_EQ(stack_->Billed(), static_cast<std::size_t>(answers[200]));
  RecordProperty("made", answers[200]);
  std::printf("made %d of %d allowed %.1f in %.2f s\n", answers[200], kLimit, allowed, took.count());
}

TEST_F(SharedLimitTest, RedisMayCrashAndComeBackAndNoRequestFails) {
  Start("100000");
  std::atomic<bool> stop{false};
  std::atomic<int> made{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (std::size_t gateway = 0; gateway < 2; ++gateway) {
    callers.emplace_back([&, gateway] {
      while (!stop) ++(Draw(gateway) == 200 ? made : failed);
    });
  }
  for (int round = 0; round < 3; ++round) {
    redis_.Kill();
    AwaitStore(0);
    const int before = made;
    EXPECT_TRUE(Eventually([&] { return made > before + 20; }));
    redis_.Start();
    AwaitStore(1);
  }
  redis_.Pause();
  AwaitStore(0);
  redis_.Resume();
  AwaitStore(1);
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0);
  for (Process* gateway : {stack_->gateway.get(), second_.get()}) {
    gateway->Signal(SIGTERM);
    EXPECT_EQ(gateway->Wait(), 0);
    EXPECT_EQ(Count(gateway->Output(), "rate_limit_store_down"), 4) << "one line per outage";
    EXPECT_EQ(Count(gateway->Output(), "rate_limit_store_up"), 5);
  }
}

TEST_F(SharedLimitTest, WithoutRedisEachGatewayHoldsTheLimitAndWithItBothAgain) {
  const auto start = std::chrono::steady_clock::now();
  // What one allowance of 20 a minute has got back since, and one for what is under way.
  const auto regained = [start] {
    return 1 + static_cast<int>((std::chrono::steady_clock::now() - start) / 3s);
  };
  Start("20");
  std::map<int, int> shared = DrawFromBoth(5);
  EXPECT_EQ(shared[200], 10);
  redis_.Kill();
  AwaitStore(0);
  std::map<int, int> alone = DrawFromBoth(30);
  EXPECT_GE(alone[200], 30) << "each remembers the five that it admitted itself";
  EXPECT_LE(alone[200], 30 + 2 * regained());
  EXPECT_EQ(alone[200] + alone[429], 60);
  redis_.Start();
  AwaitStore(1);
  std::map<int, int> again = DrawFromBoth(30);
  EXPECT_GE(again[200], 20) << "a Redis that lost everything starts afresh";
  EXPECT_LE(again[200], 20 + regained());
  EXPECT_EQ(again[200] + again[429], 60);
}

TEST_F(SharedLimitTest, ARedisThatHangsHoldsNobodyUp) {
  Start("100000");
  redis_.Pause();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Draw(0), 200);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("20 pictures in %.2f s while Redis hangs\n", took.count());
  AwaitStore(0);
  redis_.Resume();
}

}  // namespace
}  // namespace flux::e2e

// Limits that several gateways count together, against a real Redis and one that is away.
#include "gateway/guard/rate/redis_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"
#include "tests/fakes/redis_server.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Long enough for a sanitized build on a busy machine to answer in time, where a test is not about time.
constexpr RedisTimes kTimes{
    .answer = 5s, .connect = 5s, .heartbeat = 50ms, .first_retry = 5ms, .last_retry = 50ms};
constexpr RedisTimes kHasty{
    .answer = 50ms, .connect = 100ms, .heartbeat = 50ms, .first_retry = 5ms, .last_retry = 50ms};

bool Eventually(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class RedisStoreTest : public testing::Test {
 protected:
  ~RedisStoreTest() override { loop_.Stop(); }

  std::unique_ptr<RedisStore> Store(int port, RedisTimes times = kTimes, std::string password = "") {
    RedisAddress address;
    address.host = "127.0.0.1";
    address.port = static_cast<std::uint16_t>(port);
    return std::make_unique<RedisStore>(address, std::move(password), log_, times);
  }
  std::unique_ptr<RedisStore> UpStore(const fakes::RedisServer& redis) {
    auto store = Store(redis.port());
    EXPECT_TRUE(Eventually([&] { return store->Up(); }));
    return store;
  }
  std::optional<RateVerdict> Take(RedisStore& store, const std::string& subject, std::uint32_t rate) {
    return fakes::Spawned<std::optional<RateVerdict>>(loop_, store.Take(subject, Gcra(rate))).Get();
  }

  Log log_{LogLevel::kError};
  EventLoop loop_{"test"};
};

TEST_F(RedisStoreTest, CountsAsTheArithmeticDoes) {
  const fakes::RedisServer redis;
  const auto store = UpStore(redis);
  for (std::uint32_t left = 5; left-- > 0;) {
    const auto verdict = Take(*store, "k:shop", 5);
    ASSERT_TRUE(verdict);
    EXPECT_TRUE(verdict->admitted);
    EXPECT_EQ(verdict->remaining, left);
  }
  const auto refused = Take(*store, "k:shop", 5);
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->admitted);
  EXPECT_EQ(refused->limit, 5u);
  EXPECT_GT(refused->until_another, 5s);
  EXPECT_LE(refused->until_another, 12s);
  EXPECT_TRUE(Take(*store, "k:lab", 5)->admitted);
  EXPECT_THAT(redis.Ask("PTTL flux:rl:k:shop"), testing::MatchesRegex(":[456][0-9][0-9][0-9][0-9]\r\n.*"));
}

TEST_F(RedisStoreTest, SeveralStoresShareOneAllowance) {
  const fakes::RedisServer redis;
  const auto one = UpStore(redis);
  const auto two = UpStore(redis);
  int admitted = 0;
  for (int i = 0; i < 40; ++i) {
    for (RedisStore* store : {one.get(), two.get()})
      admitted += Take(*store, "a:192.0.2.1", 20)->admitted ? 1 : 0;
  }
  EXPECT_GE(admitted, 20);
  EXPECT_LE(admitted, 22) << "some seconds may have passed";
}

TEST_F(RedisStoreTest, TheScriptIsTaughtAgainWhenForgotten) {
  const fakes::RedisServer redis;
  const auto store = UpStore(redis);
  redis.Ask("SCRIPT FLUSH");
  EXPECT_TRUE(Take(*store, "k:shop", 5));
  EXPECT_TRUE(store->Up());
}

TEST_F(RedisStoreTest, AStateFromTheFutureOwesAMinuteAtMost) {
  const fakes::RedisServer redis;
  const auto store = UpStore(redis);
  redis.Ask("SET flux:rl:k:shop 9000000000000000");
  const auto refused = Take(*store, "k:shop", 60);
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->admitted);
  EXPECT_LE(refused->until_another, 1s);
}

TEST_F(RedisStoreTest, IsDownWhileRedisIsAwayAndComesBackByItself) {
  fakes::RedisServer redis;
  const auto store = UpStore(redis);
  for (int round = 0; round < 3; ++round) {
    redis.Kill();
    EXPECT_TRUE(Eventually([&] { return !store->Up(); })) << "without anybody asking";
    EXPECT_FALSE(Take(*store, "k:shop", 5));
    redis.Start();
    EXPECT_TRUE(Eventually([&] { return store->Up(); }));
    EXPECT_TRUE(Take(*store, "k:shop", 5));
  }
}

TEST_F(RedisStoreTest, NobodyWaitsForARedisThatHangs) {
  const fakes::RedisServer redis;
  const auto store = Store(redis.port(), kHasty);
  ASSERT_TRUE(Eventually([&] { return store->Up(); }));
  redis.Pause();
  EXPECT_FALSE(Take(*store, "k:shop", 5));
  EXPECT_TRUE(Eventually([&] { return !store->Up(); })) << "the next one does not even ask";
  redis.Resume();
  EXPECT_TRUE(Eventually([&] { return store->Up(); }));
}

TEST_F(RedisStoreTest, PasswordAndDatabase) {
  const fakes::RedisServer redis({"--requirepass", "secret"});
  const auto wrong = Store(redis.port(), kTimes, "wrong");
  RedisAddress address{.host = "localhost",
                       .port = static_cast<std::uint16_t>(redis.port()),
                       .database = 3,
                       .user = "default"};
  RedisStore right(address, "secret", log_, kTimes);
  EXPECT_TRUE(Eventually([&] { return right.Up(); }));
  EXPECT_TRUE(Take(right, "k:shop", 5));
  EXPECT_THAT(redis.Ask("AUTH secret\r\nSELECT 3\r\nEXISTS flux:rl:k:shop"), HasSubstr(":1"));
  EXPECT_TRUE(Eventually([&] {
    return redis.Ask("AUTH secret\r\nINFO errorstats").find("errorstat_WRONGPASS") != std::string::npos;
  }));
  EXPECT_FALSE(wrong->Up());
}

TEST_F(RedisStoreTest, ARedisThatMayNotWriteIsNoStore) {
  const fakes::RedisServer redis({"--replicaof", "127.0.0.1 1"});  // a replica without its master
  const auto store = Store(redis.port());
  EXPECT_TRUE(Eventually([&] { return redis.Ask("INFO errorstats").find("READONLY") != std::string::npos; }));
  EXPECT_FALSE(Take(*store, "k:shop", 5));
  EXPECT_FALSE(store->Up());
}

TEST_F(RedisStoreTest, WhateverElseAnswersIsNoStore) {
  for (const char* answer :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", "*2\r\n:1\r\n$1\r\nx\r\n", "*2\r\n:1\r\n:-5\r\n",
        "*-1\r\n", ":1\r\n", "$-1\r\n", "", "\r\n", "*99999999999\r\n"}) {
    std::atomic<int> connections{0};
    fakes::RawServer other([&, answer](fakes::RawConnection& connection, int) {
      ++connections;
      connection.Write(answer);
      connection.ReadToEnd();
    });
    const auto store = Store(other.port(), kHasty);
    EXPECT_TRUE(Eventually([&] { return connections >= 2; })) << "given up, and tried again";
    EXPECT_FALSE(Take(*store, "k:shop", 5)) << answer;
    EXPECT_FALSE(store->Up()) << answer;
  }
}

TEST_F(RedisStoreTest, EndsWithQuestionsOpenAndCallersGone) {
  const fakes::RedisServer redis;
  auto store = UpStore(redis);
  redis.Pause();
  std::vector<std::unique_ptr<fakes::Spawned<std::optional<RateVerdict>>>> asked;
  for (int i = 0; i < 20; ++i) {
    asked.push_back(
        std::make_unique<fakes::Spawned<std::optional<RateVerdict>>>(loop_, store->Take("k:shop", Gcra(5))));
  }
  for (int i = 0; i < 10; ++i) asked[static_cast<std::size_t>(i)]->Cancel();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(asked[static_cast<std::size_t>(i)]->Get());
  redis.Resume();
  for (int i = 10; i < 20; ++i) EXPECT_TRUE(asked[static_cast<std::size_t>(i)]->Get());
  store.reset();
}

}  // namespace
}  // namespace flux::gateway

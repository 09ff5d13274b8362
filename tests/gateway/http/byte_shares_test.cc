// ByteShares: what one caller may hold beside others, and that nothing is ever lost in the counting.
#include "gateway/http/byte_shares.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace flux::gateway {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

// Shares are told apart by a salted hash: these are different ones for almost every salt.
constexpr ShareId kFirst = 1;
constexpr ShareId kSecond = 2;
constexpr ShareId kThird = 3;

TEST(SharePool, AloneAShareHoldsHalf) {
  SharePool pool(100, 1);
  EXPECT_TRUE(pool.Take(kFirst, 50));
  EXPECT_FALSE(pool.Take(kFirst, 1));
  EXPECT_TRUE(pool.Take(kSecond, 25));
  EXPECT_FALSE(pool.Take(kSecond, 1));
  EXPECT_FALSE(pool.Take(kFirst, 1));
  EXPECT_EQ(pool.used(), 75U);
}

TEST(SharePool, WhoComesLaterFindsRoom) {
  SharePool pool(1000, 1);
  for (ShareId share = 1; share <= 5; ++share) {
    std::uint64_t held = 0;
    while (pool.Take(share * 7919, 1)) ++held;
    EXPECT_GT(held, 0U) << share;
  }
  EXPECT_LE(pool.used(), pool.cap());
}

TEST(SharePool, TheCapIsTheCap) {
  SharePool pool(100, 100);
  EXPECT_TRUE(pool.Take(kFirst, 100)) << "one thing of the largest kind always fits where nothing else is";
  EXPECT_FALSE(pool.Take(kSecond, 1));
  pool.Give(kFirst, 100);
  EXPECT_TRUE(pool.Take(kSecond, 100));
  EXPECT_FALSE(pool.Fits(kThird, 1));
}

TEST(SharePool, WhatIsForcedCounts) {
  SharePool pool(100, 1);
  pool.Force(kFirst, 150);
  EXPECT_EQ(pool.used(), 150U);
  EXPECT_FALSE(pool.Fits(kSecond, 1));
  pool.Give(kFirst, 150);
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_TRUE(pool.Fits(kFirst, 50));
}

TEST(SharePool, NothingIsLostBetweenThreads) {
  SharePool pool(10'000, 10);
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&pool, seed] {
      std::minstd_rand random(seed);
      std::vector<std::pair<ShareId, std::uint64_t>> held;
      for (int i = 0; i < 20'000; ++i) {
        const ShareId share = random() % 8;
        const std::uint64_t bytes = random() % 500;
        if (random() % 2 == 0 && pool.Take(share, bytes)) held.emplace_back(share, bytes);
        if (!held.empty() && random() % 2 == 0) {
          pool.Give(held.back().first, held.back().second);
          held.pop_back();
        }
      }
      for (const auto& [share, bytes] : held) pool.Give(share, bytes);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_TRUE(pool.Take(kFirst, 5'000));
  EXPECT_TRUE(pool.Take(kSecond, 2'500));
}

class ByteHoldTest : public testing::Test {
 protected:
  std::atomic<std::uint64_t> gauge_{0};
  ByteShares shares_{8 * kMiB, 4 * kMiB, gauge_};
};

TEST_F(ByteHoldTest, GrowsFromSmallToLargeAndBack) {
  ByteHold hold(shares_, kFirst);
  for (const std::uint64_t more : {1ULL, 4095ULL, 4096ULL, 60'000ULL, 1'000'000ULL})
    EXPECT_TRUE(hold.Add(more));
  EXPECT_EQ(hold.bytes(), gauge_);
  EXPECT_EQ(shares_.PoolOf(kMiB)->used(), hold.bytes());
  EXPECT_EQ(shares_.PoolOf(10'000)->used(), 0U);
  hold.Become(10'000);
  EXPECT_EQ(shares_.PoolOf(kMiB)->used(), 0U);
  EXPECT_EQ(shares_.PoolOf(10'000)->used(), 10'000U);
  hold.Release();
  EXPECT_EQ(shares_.PoolOf(10'000)->used(), 0U);
  EXPECT_EQ(gauge_, 0U);
}

TEST_F(ByteHoldTest, ARefusedOneIsAsBefore) {
  ByteHold other(shares_, kSecond);
  other.Become(7 * kMiB);
  ByteHold hold(shares_, kFirst);
  EXPECT_TRUE(hold.Add(50'000));
  EXPECT_FALSE(hold.Fits(2 * kMiB));
  EXPECT_FALSE(hold.Add(2 * kMiB));
  EXPECT_EQ(hold.bytes(), 50'000U);
  EXPECT_EQ(shares_.PoolOf(50'000)->used(), 50'000U);
  EXPECT_EQ(gauge_, 7 * kMiB + 50'000);
}

TEST_F(ByteHoldTest, OrdinaryRequestsAreTakenWhateverThereIs) {
  ByteHold large(shares_, kFirst);
  large.Become(100 * kMiB);
  ByteHold small(shares_, kFirst);
  small.Become(ByteShares::kSmallBytes * 100);
  std::vector<std::unique_ptr<ByteHold>> ordinary;
  for (int i = 0; i < 1000; ++i) {
    ordinary.push_back(std::make_unique<ByteHold>(shares_, kFirst));
    EXPECT_TRUE(ordinary.back()->Add(ByteShares::kAlwaysBytes));
  }
}

TEST_F(ByteHoldTest, SmallOnesOfOneShareLeaveRoomForOthers) {
  std::vector<std::unique_ptr<ByteHold>> held;
  do {
    held.push_back(std::make_unique<ByteHold>(shares_, kFirst));
  } while (held.back()->Add(ByteShares::kSmallBytes));
  EXPECT_EQ(held.size() - 1, kMiB / 2 / ByteShares::kSmallBytes);
  ByteHold other(shares_, kSecond);
  EXPECT_TRUE(other.Add(ByteShares::kSmallBytes));
}

TEST_F(ByteHoldTest, MovesToAnotherShare) {
  ByteHold hold(shares_, kFirst);
  ASSERT_TRUE(hold.Add(4 * kMiB));
  ByteHold same(shares_, kFirst);
  EXPECT_FALSE(same.Fits(kMiB));
  hold.MoveTo(kSecond);
  EXPECT_TRUE(same.Add(kMiB));
  hold.Release();
  same.Release();
  EXPECT_EQ(shares_.PoolOf(kMiB)->used(), 0U);
}

TEST(ShareOf, AnAddressOrItsNetwork) {
  EXPECT_EQ(ShareOf("192.0.2.1"), ShareOf("::ffff:192.0.2.1"));
  EXPECT_NE(ShareOf("192.0.2.1"), ShareOf("192.0.2.2"));
  EXPECT_EQ(ShareOf("2001:db8:1:2::1"), ShareOf("2001:db8:1:2:ffff::9"));
  EXPECT_NE(ShareOf("2001:db8:1:2::1"), ShareOf("2001:db8:1:3::1"));
  EXPECT_EQ(ShareOf("unix"), ShareOf("unix"));
}

}  // namespace
}  // namespace flux::gateway

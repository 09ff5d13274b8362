// The bound of bytes in flight, and its leases.
#include "service/rpc/byte_budget.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

namespace flux::service {
namespace {

TEST(ByteBudgetTest, RefusesBeyondTheLimitAndTakesBack) {
  ByteBudget budget(100);
  {
    const auto first = budget.Take(60);
    ASSERT_TRUE(first);
    EXPECT_FALSE(budget.Take(41));
    EXPECT_TRUE(budget.Take(40));
    EXPECT_EQ(budget.used(), 60u);
  }
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_TRUE(budget.Take(100));
  EXPECT_FALSE(budget.Take(101));
  EXPECT_FALSE(budget.Take(std::numeric_limits<std::uint64_t>::max()));
}

TEST(ByteBudgetTest, WhatIsHeldMayGrowBeyondTheLimit) {
  ByteBudget budget(100);
  auto lease = budget.Take(10);
  lease->Set(150);
  EXPECT_EQ(budget.used(), 150u);
  EXPECT_FALSE(budget.Take(1));
  lease->Set(20);
  EXPECT_TRUE(budget.Take(80));
}

TEST(ByteBudgetTest, MovedLeaseGivesBackOnce) {
  ByteBudget budget(10);
  {
    auto lease = budget.Take(10);
    const ByteBudget::Lease moved = *std::move(lease);
    EXPECT_EQ(budget.used(), 10u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(ByteBudgetTest, ALeaseGrowsWhileThereIsRoom) {
  ByteBudget budget(10);
  {
    ByteBudget::Lease lease(budget);
    EXPECT_TRUE(lease.Add(6));
    EXPECT_FALSE(lease.Add(5));
    EXPECT_TRUE(lease.Add(4));
    EXPECT_EQ(budget.used(), 10u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(ByteBudgetTest, HoldsUnderThreads) {
  ByteBudget budget(100);
  std::atomic<bool> exceeded = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        const auto lease = budget.Take(30);
        if (budget.used() > 100) exceeded = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace flux::service

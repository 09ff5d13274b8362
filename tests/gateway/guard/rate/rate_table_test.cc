// The bounded table of addresses that have used some of their allowance.
#include "gateway/guard/rate/rate_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kStart = 1000h;

IpAddress Address(std::uint32_t number) {
  IpAddress address = *ParseIpAddress("2001:db8::");
  std::memcpy(address.bytes.data() + 4, &number, sizeof number);
  return address;
}

TEST(RateTableTest, CountsEachAddressForItself) {
  RateTable table(1);
  const Gcra gcra(2);
  EXPECT_TRUE(table.Take(Address(1), gcra, kStart).admitted);
  EXPECT_TRUE(table.Take(Address(1), gcra, kStart).admitted);
  EXPECT_FALSE(table.Take(Address(1), gcra, kStart).admitted);
  EXPECT_TRUE(table.Take(Address(2), gcra, kStart).admitted);
  EXPECT_EQ(table.Live(kStart), 2u);
  EXPECT_EQ(table.Live(kStart + 30s), 1u);
  EXPECT_EQ(table.Live(kStart + 60s), 0u);
}

TEST(RateTableTest, InAFullBucketTheOneThatRecoversFirstIsForgotten) {
  RateTable table(1, /*buckets=*/1);
  const Gcra gcra(10);
  for (std::uint32_t i = 0; i < RateTable::kPlaces; ++i) {
    for (std::uint32_t n = 0; n <= (i == 3 ? 0U : 4U); ++n) table.Take(Address(i), gcra, kStart);
  }
  EXPECT_EQ(table.Live(kStart), RateTable::kPlaces);
  EXPECT_EQ(table.Take(Address(100), gcra, kStart).remaining, 9u);
  EXPECT_EQ(table.Live(kStart), RateTable::kPlaces);
  for (std::uint32_t i = 0; i < RateTable::kPlaces; ++i) {
    if (i == 3) continue;
    EXPECT_EQ(table.Take(Address(i), gcra, kStart).remaining, 4u) << i;
  }
}

TEST(RateTableTest, PlacesOfThoseWhoRecoveredAreUsedFirst) {
  RateTable table(1, /*buckets=*/1);
  const Gcra gcra(10);
  for (std::uint32_t i = 0; i < RateTable::kPlaces; ++i) table.Take(Address(i), gcra, kStart + i * 1ms);
  const auto later = kStart + 6s + 5ms;  // the first six are whole again
  for (std::uint32_t i = 100; i < 106; ++i) table.Take(Address(i), gcra, later);
  for (std::uint32_t i = 6; i < RateTable::kPlaces; ++i) {
    EXPECT_EQ(table.Take(Address(i), gcra, later).remaining, 8u) << i;
  }
}

TEST(RateTableTest, MoreAddressesThanPlacesAreBounded) {
  RateTable table(7);
  const Gcra gcra(1);
  for (std::uint32_t i = 0; i < 300'000; ++i) table.Take(Address(i), gcra, kStart);
  EXPECT_LE(table.Live(kStart), RateTable::kBuckets * RateTable::kPlaces);
  EXPECT_GT(table.Live(kStart), RateTable::kBuckets * RateTable::kPlaces * 99 / 100);
}

TEST(RateTableTest, ManyThreadsGetExactlyTheLimitBetweenThem) {
  RateTable table(1);
  const Gcra gcra(1000);
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) admitted += table.Take(Address(1), gcra, kStart).admitted ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, 1000);
}

}  // namespace
}  // namespace flux::gateway

// Floods of wrong keys: what is logged of them, and what they cost.
#include "gateway/guard/caller/strangers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class StrangersTest : public testing::Test {
 protected:
  std::vector<std::pair<std::string, std::uint64_t>> Told() { return std::exchange(told_, {}); }

  std::vector<std::pair<std::string, std::uint64_t>> told_;
  SteadyTime now_{1h};
  Strangers strangers_{
      [this](const std::string& address, std::uint64_t count) { told_.emplace_back(address, count); }};
};

TEST_F(StrangersTest, AFloodIsOneLineASecondAndAddress) {
  for (int i = 0; i < 1000; ++i) strangers_.Count("192.0.2.7", now_);
  strangers_.Count("192.0.2.8", now_);
  EXPECT_THAT(Told(), ElementsAre(Pair("192.0.2.7", 1), Pair("192.0.2.8", 1)));
  now_ += 999ms;
  strangers_.Count("192.0.2.7", now_);
  strangers_.Flush(now_);
  EXPECT_THAT(Told(), IsEmpty());
  now_ += 1ms;
  strangers_.Count("192.0.2.7", now_);
  EXPECT_THAT(Told(), ElementsAre(Pair("192.0.2.7", 1001)));
}

TEST_F(StrangersTest, WhatWaitsIsToldAfterASecondWhoeverComesThen) {
  strangers_.Count("192.0.2.7", now_);
  strangers_.Count("192.0.2.7", now_);
  Told();
  now_ += 1s;
  strangers_.Flush(now_);
  EXPECT_THAT(Told(), ElementsAre(Pair("192.0.2.7", 1)));
  now_ += 1s;
  strangers_.Flush(now_);
  EXPECT_THAT(Told(), IsEmpty());
  strangers_.Count("192.0.2.7", now_);
  EXPECT_THAT(Told(), ElementsAre(Pair("192.0.2.7", 1))) << "forgotten, so told at once";
}

TEST_F(StrangersTest, MoreAddressesThanArePlacesCountAsOne) {
  for (std::size_t i = 0; i < 3 * Strangers::kMost; ++i) strangers_.Count(std::to_string(i), now_);
  EXPECT_EQ(Told().size(), Strangers::kMost + 1);
  now_ += 1s;
  strangers_.Flush(now_);
  EXPECT_THAT(Told(), ElementsAre(Pair("others", 2 * Strangers::kMost - 1)));
}

TEST_F(StrangersTest, TheRestIsToldAtTheEnd) {
  {
    Strangers brief(
        [this](const std::string& address, std::uint64_t count) { told_.emplace_back(address, count); });
    brief.Count("192.0.2.7", now_);
    brief.Count("192.0.2.7", now_);
  }
  EXPECT_THAT(Told(), ElementsAre(Pair("192.0.2.7", 1), Pair("192.0.2.7", 1)));
}

}  // namespace
}  // namespace flux::gateway

// How many exchanges may run, as the operator and fal allow.
#include "service/wire/slots.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace flux::fal {
namespace {

using namespace std::chrono_literals;

class SlotsTest : public testing::Test {
 protected:
  // Takes `count` slots; returns how many there were.
  static int Take(Slots& slots, int count) {
    int taken = 0;
    while (taken < count && slots.Take()) ++taken;
    return taken;
  }
  // At full load, until the limit has moved; returns after how many successes.
  static int Grow(Slots& slots) {
    const std::uint32_t before = slots.limit();
    for (int successes = 1; successes < 1000; ++successes) {
      slots.Succeeded();
      if (slots.limit() != before) return successes;
    }
    return 0;
  }

  fakes::FakeClock clock_;
};

TEST_F(SlotsTest, AreAsManyAsTheOperatorAllows) {
  Slots slots(3, clock_);
  EXPECT_EQ(Take(slots, 10), 3);
  slots.Release();
  EXPECT_EQ(Take(slots, 10), 1);
}

TEST_F(SlotsTest, ZeroIsNoLimit) {
  Slots slots(0, clock_);
  EXPECT_EQ(Take(slots, 10'000), 10'000);
}

TEST_F(SlotsTest, ARefusalLeavesWhatRunsWithoutTheRefused) {
  Slots slots(0, clock_);
  Take(slots, 10);
  for (int refused = 0; refused < 4; ++refused) {  // a burst beyond fal's limit of 6
    slots.Refused(std::nullopt);
    slots.Release();
  }
  EXPECT_EQ(slots.limit(), 6u);
  EXPECT_EQ(slots.in_use(), 6u);
  EXPECT_FALSE(slots.Take());
}

TEST_F(SlotsTest, ARefusalThatTellsTheLimitIsBelieved) {
  Slots slots(40, clock_);
  Take(slots, 40);
  slots.Refused(10);
  EXPECT_EQ(slots.limit(), 10u);
  slots.Refused(20);
  EXPECT_EQ(slots.limit(), 10u) << "a refusal never raises";
}

TEST_F(SlotsTest, OthersMayHaveTakenMostOfTheTellsLimit) {
  Slots slots(0, clock_);
  Take(slots, 5);
  slots.Refused(20);
  EXPECT_EQ(slots.limit(), 4u);
}

TEST_F(SlotsTest, OneIsAlwaysLeft) {
  Slots slots(0, clock_);
  Take(slots, 1);
  slots.Refused(0);
  EXPECT_EQ(slots.limit(), 1u);
}

TEST_F(SlotsTest, RecoverByOnePerRoundOfSuccesses) {
  Slots slots(6, clock_);
  Take(slots, 5);
  slots.Refused(std::nullopt);
  slots.Release();
  ASSERT_EQ(slots.limit(), 4u);
  clock_.Advance(10s);
  EXPECT_EQ(Grow(slots), 4);
  Take(slots, 1);
  EXPECT_EQ(Grow(slots), 5);
  Take(slots, 1);
  EXPECT_EQ(slots.limit(), 6u);
  EXPECT_EQ(Grow(slots), 0) << "the operator's limit stands";
}

TEST_F(SlotsTest, RecoverFasterUpToWhatFalAllows) {
  Slots slots(0, clock_);
  Take(slots, 3);
  slots.Refused(4);
  slots.Release();
  ASSERT_EQ(slots.limit(), 2u);
  clock_.Advance(10s);
  EXPECT_EQ(Grow(slots), 1);
  Take(slots, 1);
  EXPECT_EQ(Grow(slots), 1);
  Take(slots, 1);
  EXPECT_EQ(slots.limit(), 4u);
  EXPECT_EQ(Grow(slots), 4) << "beyond it carefully, but without an end where the operator set none";
}

TEST_F(SlotsTest, RecoverOnlyWhenFalHasBeenQuiet) {
  Slots slots(10, clock_);
  Take(slots, 3);
  slots.Refused(std::nullopt);
  slots.Release();
  clock_.Advance(9s);
  EXPECT_EQ(Grow(slots), 0);
  slots.Refused(std::nullopt);
  slots.Release();
  clock_.Advance(9s);
  EXPECT_EQ(Grow(slots), 0);
  clock_.Advance(1s);
  EXPECT_EQ(Grow(slots), 1);
}

TEST_F(SlotsTest, RecoverOnlyUnderFullLoad) {
  Slots slots(10, clock_);
  Take(slots, 5);
  slots.Refused(std::nullopt);
  slots.Release();
  slots.Release();
  clock_.Advance(60s);
  EXPECT_EQ(Grow(slots), 0) << "three of four in use prove nothing about a fifth";
}

}  // namespace
}  // namespace flux::fal

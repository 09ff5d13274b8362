// Results of several purchases as one.
#include "service/purchase/merge.h"

#include <gmock/gmock.h>

namespace flux::service {
namespace {

using testing::HasSubstr;
using Results = std::vector<Result<v1::Generation>>;

v1::Generation Made(std::uint64_t seed, std::int64_t seconds) {
  v1::Generation made;
  made.add_images()->set_url("https://v3.fal.media/" + std::to_string(seed));
  made.set_seed(seed);
  made.set_attempts(1);
  made.mutable_price()->set_micro_usd(30'000);
  made.mutable_price()->set_units(1);
  made.mutable_timings()->mutable_upstream()->set_seconds(seconds);
  return made;
}

Status Failed(Reason reason, Billed billed) {
  Status status(reason, "it broke");
  status.billed = billed;
  return status;
}

TEST(JoinTest, AddsUp) {
  const Result<v1::Generation> all = Merge(Results{Made(7, 3), Made(8, 5), Made(9, 4)});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->images_size(), 3);
  EXPECT_EQ(all->images(2).url(), "https://v3.fal.media/9");
  EXPECT_EQ(all->images(0).seed(), 7u);
  EXPECT_EQ(all->images(2).seed(), 9u);
  EXPECT_EQ(all->seed(), 7u);
  EXPECT_EQ(all->attempts(), 3u);
  EXPECT_EQ(all->price().micro_usd(), 90'000u);
  EXPECT_EQ(all->price().units(), 3);
  EXPECT_EQ(all->timings().upstream().seconds(), 5);
  EXPECT_TRUE(all->warnings().empty());
}

TEST(JoinTest, WhatWasMadeSurvivesWhatFailed) {
  const Result<v1::Generation> all =
      Merge(Results{Failed(Reason::kUpstreamConnectionLost, Billed::kMaybe), Made(8, 1)});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->images_size(), 1);
  ASSERT_EQ(all->warnings_size(), 1);
  EXPECT_THAT(all->warnings(0), HasSubstr("it broke (UPSTREAM_CONNECTION_LOST, billed: maybe)"));
}

TEST(JoinTest, OneThatMayHaveCostMakesTheWholeSo) {
  const Result<v1::Generation> all = Merge(Results{Failed(Reason::kUpstreamThrottled, Billed::kNo),
                                                   Failed(Reason::kUpstreamTimeout, Billed::kMaybe)});
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().reason, Reason::kUpstreamTimeout);
  EXPECT_EQ(all.error().billed, Billed::kMaybe);
}

}  // namespace
}  // namespace flux::service

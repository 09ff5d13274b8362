// Where a client of fal may want to go: nowhere but to what is served here, however it is written.
#include "gateway/doors/fal/target.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

TEST(TargetTest, FalsThreeHosts) {
  const Result<FalTarget> run = ReadTarget("https://fal.run/fal-ai/flux/dev");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->host, FalHost::kRun);
  EXPECT_EQ(run->path, "fal-ai/flux/dev");

  const Result<FalTarget> queue =
      ReadTarget("https://QUEUE.fal.run/fal-ai/flux/requests/ab12/status/?logs=1");
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->host, FalHost::kQueue);
  EXPECT_EQ(queue->path, "fal-ai/flux/requests/ab12/status");
  EXPECT_EQ(queue->Query("logs"), "1");
  EXPECT_EQ(queue->Query("other"), "");

  const Result<FalTarget> rest =
      ReadTarget("https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3");
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->host, FalHost::kRest);
}

TEST(TargetTest, NothingElse) {
  using namespace std::literals;
  for (const std::string_view url : {""sv,
                                     "https://"sv,
                                     "https://fal.run"sv,
                                     "https://fal.run/"sv,
                                     "http://fal.run/a/b"sv,
                                     "HTTPS://fal.run/a/b"sv,
                                     "https://fal.run:443/a/b"sv,
                                     "https://u@fal.run/a/b"sv,
                                     "https://fal.run./a/b"sv,
                                     "https://fal.run /a/b"sv,
                                     " https://fal.run/a/b"sv,
                                     "https://fal.run\\a/b"sv,
                                     "https://fal.run/a\\b"sv,
                                     "https://fal.run/a%2fb"sv,
                                     "https://fal.run/a/../b"sv,
                                     "https://fal.run/a//b"sv,
                                     "https://fal.run//a/b"sv,
                                     "https://fal.run/a/b#c"sv,
                                     "https://fal.run/a/b?c"sv,
                                     "https://fal.run/a/b?c=d"sv,
                                     "https://queue.fal.run/a/b?logs=2"sv,
                                     "https://queue.fal.run/a/b?logs=1&x=y"sv,
                                     "https://rest.fal.ai/tokens/"sv,
                                     "https://rest.fal.ai/storage/upload/initiate"sv,
                                     "https://rest.fal.ai/storage/upload/initiate?storage_type=gcs"sv,
                                     "https://x.fal.run/a/b"sv,
                                     "https://fal.run\0.evil/a/b"sv,
                                     "https://fal.run/a\nb"sv,
                                     "https://fal.run/\xc3\xa4"sv}) {
    const Result<FalTarget> target = ReadTarget(url);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().reason, Reason::kInvalidField);
    EXPECT_EQ(target.error().violations.front().field, kTargetHeader);
  }
}

TEST(TargetTest, RequestsOfTheQueue) {
  const auto status = RequestIn("fal-ai/flux/requests/ab/status/stream");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->app, "fal-ai/flux");
  EXPECT_EQ(status->id, "ab");
  EXPECT_EQ(status->verb, "status/stream");
  EXPECT_EQ(RequestIn("fal-ai/flux/dev/requests/ab")->verb, "");
  for (const char* path :
       {"", "fal-ai/flux", "fal-ai/flux/requests/", "fal-ai/flux/requests", "/requests/ab"}) {
    EXPECT_FALSE(RequestIn(path)) << path;
  }
  EXPECT_EQ(OwnerAndAlias("fal-ai/flux/dev"), "fal-ai/flux");
  EXPECT_EQ(OwnerAndAlias("fal-ai/flux"), "fal-ai/flux");
  EXPECT_EQ(OwnerAndAlias("x"), "x");
}

}  // namespace
}  // namespace flux::gateway

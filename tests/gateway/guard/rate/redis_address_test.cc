// What --rate-limit-store may say.
#include "gateway/guard/rate/redis_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

TEST(RedisAddressTest, ReadsItsParts) {
  RedisAddress address;
  EXPECT_EQ(ParseRedisAddress("redis://redis.example:6380/3", address), "");
  EXPECT_EQ(address.host, "redis.example");
  EXPECT_EQ(address.port, 6380);
  EXPECT_EQ(address.database, 3u);
  EXPECT_EQ(ParseRedisAddress("redis://flux@[::1]", address), "");
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.port, 6379);
  EXPECT_EQ(address.database, 0u);
  EXPECT_EQ(address.user, "flux");
  EXPECT_EQ(ParseRedisAddress("redis://127.0.0.1:1/", address), "");
  EXPECT_EQ(address.port, 1);
  EXPECT_EQ(address.user, "");
}

TEST(RedisAddressTest, MistakesAreTold) {
  RedisAddress address;
  for (const char* bad :
       {"", "memcached", "redis:", "redis://", "redis:///0", "redis://h:0", "redis://h:65536", "redis://h:x",
        "redis://h/x", "redis://h/-1", "redis://h/65536", "redis://@h", "redis://[::1", "redis://[::1]x",
        "redis://h h", "redis://h/1/2", "redis://a%20b@h", "http://h"}) {
    EXPECT_NE(ParseRedisAddress(bad, address), "") << bad;
  }
  EXPECT_THAT(ParseRedisAddress("redis://user:canary@h", address), testing::HasSubstr("FLUX_REDIS_PASSWORD"));
  EXPECT_THAT(ParseRedisAddress("redis://:canary@h", address), testing::HasSubstr("FLUX_REDIS_PASSWORD"));
  EXPECT_THAT(ParseRedisAddress("rediss://h", address), testing::HasSubstr("TLS"));
}

}  // namespace
}  // namespace flux::gateway

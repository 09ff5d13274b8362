// RedisAddress: where a Redis is, as --rate-limit-store says it. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace flux::gateway {

struct RedisAddress {
  std::string host;
  std::uint16_t port = 6379;
  std::uint32_t database = 0;
  std::string user;  // empty: Redis's "default"
};

// Reads "redis://[USER@]HOST[:PORT][/DB]", HOST in brackets where it is IPv6; returns what is wrong, or
// empty. A password in it is refused: the text is shown in process lists.
std::string ParseRedisAddress(const std::string& text, RedisAddress& address);

}  // namespace flux::gateway

// public_time: a moment of flux.v1 as public JSON has it.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <chrono>
#include <string>

#include "base/clock.h"

namespace flux::gateway {

// "2026-11-23T17:01:35.123Z".
inline std::string PublicTime(const google::protobuf::Timestamp& time) {
  const auto since = std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos());
  return Iso8601(WallTime(std::chrono::duration_cast<WallTime::duration>(since)));
}

}  // namespace flux::gateway

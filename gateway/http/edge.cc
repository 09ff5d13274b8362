// Formats the date once a second.
#include "gateway/http/edge.h"

#include <absl/time/time.h>

namespace flux::gateway {

const std::string& LoopShard::Date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    date_ = absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", absl::FromTimeT(now), absl::UTCTimeZone());
  }
  return date_;
}

}  // namespace flux::gateway

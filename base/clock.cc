// Prints wall time.
#include "base/clock.h"

#include <absl/time/time.h>

namespace flux {

std::string Iso8601(WallTime time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(time), absl::UTCTimeZone());
}

}  // namespace flux

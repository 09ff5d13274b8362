// Prints wall time.
#include "base/clock.h"

#include <absl/time/time.h>

#include <array>

namespace flux {

std::string Iso8601(WallTime time) {
  using std::chrono::seconds;
  // Whoever writes the time writes it again within the same second, mostly.
  thread_local struct {
    std::chrono::time_point<std::chrono::system_clock, seconds> second = {};
    std::string text = {};
  } last;
  const auto second = std::chrono::floor<seconds>(time);
  if (last.text.empty() || last.second != second) {
    last.second = second;
    last.text = absl::FormatTime("%Y-%m-%dT%H:%M:%S.", absl::FromChrono(second), absl::UTCTimeZone());
  }
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - second).count();
  const auto digit = [milliseconds](int unit) { return static_cast<char>('0' + milliseconds / unit % 10); };
  const std::array<char, 4> end{digit(100), digit(10), digit(1), 'Z'};
  std::string text;
  text.reserve(last.text.size() + end.size());
  return text.append(last.text).append(end.data(), end.size());
}

}  // namespace flux

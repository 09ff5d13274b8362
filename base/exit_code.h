// What the programs' exit codes mean; mistakes in settings are told by Options, with 2.
#pragma once

namespace flux {

inline constexpr int kStopped = 0;     // as asked, and whatever ran has finished
inline constexpr int kNotStarted = 1;  // an address is taken, a file has vanished
inline constexpr int kBadSettings = 2;
inline constexpr int kCutOff = 3;  // as asked, but the grace was over before all that ran had finished

}  // namespace flux

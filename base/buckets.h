// Histogram buckets, written once so that panels of different programs line up.
#pragma once

#include <vector>

namespace flux {

// Seconds; 5 ms to 120 s: an image takes 1 to 60 s, a refused request next to nothing.
inline std::vector<double> ImageSecondsBuckets() {
  return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120};
}

// Seconds; 50 µs to 50 ms: the time that our own code adds.
inline std::vector<double> OverheadSecondsBuckets() {
  return {0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.00075, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05};
}

}  // namespace flux

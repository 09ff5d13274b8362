// What fal's apps cost a unit, as fal's pages have it (fal-api §8). Written from what is known of
// fal, never from the service's catalogue. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace flux::sim {

// Billionths of a dollar. What is not known of an app is 0.025 dollars.
std::int64_t NanoUsdPerUnit(std::string_view endpoint);

}  // namespace flux::sim

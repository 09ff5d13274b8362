// What fal's apps cost a unit, in fal's list and in what it bills (fal-api §8, §12 to §14). Written from what
// is known of fal, never from the service's catalogue. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace flux::sim {

struct ListPrice {
  std::string_view endpoint;
  std::int64_t micro_usd = 0;  // of one unit
  std::string_view unit;       // fal's word
};

// Null where none is known.
const ListPrice* FindListPrice(std::string_view endpoint);

// What one unit is billed at, in billionths of a dollar. UNCONFIRMED: an app that is not in the list costs
// what the nearest one above it does, and where there is none what flux/dev does.
std::int64_t NanoUsdPerUnit(std::string_view endpoint);

}  // namespace flux::sim

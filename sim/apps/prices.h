// What fal's apps cost a unit, in fal's list and in what it bills (fal-api §8, §12 to §14). Written from what
// is known of fal, never from the service's catalogue. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace flux::sim {

struct ListPrice {
  std::string_view app;        // itself, and what is below it
  std::int64_t micro_usd = 0;  // of one unit
  std::string_view unit;       // fal's word
};

// UNCONFIRMED: an app of which nothing is known costs what flux/dev does.
ListPrice FindListPrice(std::string_view endpoint);

}  // namespace flux::sim

// What fal lists as its price of an app (fal-api §8, §14). Written from what is known of fal; apps
// of which no price is known are left out.
#pragma once

#include <string_view>

namespace flux::sim {

struct ListPrice {
  std::string_view endpoint;
  std::string_view usd;   // of one unit, as JSON
  std::string_view unit;  // fal's word
};

// Null where none is known.
const ListPrice* FindListPrice(std::string_view endpoint);

}  // namespace flux::sim

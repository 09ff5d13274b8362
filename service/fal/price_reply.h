// price_reply: what fal says that its apps cost (fal-api "Platform API", GET /models/pricing). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::fal {

// One app's price as fal tells it.
struct FalPrice {
  std::string endpoint;  // e.g. "fal-ai/flux/dev"
  double usd = 0;  // of one unit, discounts applied; finite and 0 or more, unless `wrong` says otherwise
  std::string unit = {};   // fal's word, e.g. "megapixels" or "images"; may be empty
  std::string wrong = {};  // why it is no price that can be used, a phrase; empty: it is one
};

// Nothing where `body` is no list of prices. An item without an endpoint is left out; one whose price has the
// wrong type, is negative or is in another currency says so.
std::optional<std::vector<FalPrice>> ReadPrices(std::string_view body);

}  // namespace flux::fal

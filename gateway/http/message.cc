// Looks headers up.
#include "gateway/http/message.h"

#include <algorithm>

#include "gateway/http/grammar.h"

namespace flux::gateway {

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

bool Request::Has(std::string_view name) const {
  return std::ranges::any_of(headers,
                             [name](const auto& header) { return EqualsIgnoreCase(header.first, name); });
}

}  // namespace flux::gateway

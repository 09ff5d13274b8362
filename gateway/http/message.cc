// Looks headers up.
#include "gateway/http/message.h"

#include "gateway/http/grammar.h"

namespace flux::gateway {

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

}  // namespace flux::gateway

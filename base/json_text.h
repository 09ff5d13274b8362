// json_text: what can be told of JSON before it is parsed. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace flux {

// The index of the quote that ends the string that starts at `open`; text.size() where there is none.
inline std::size_t EndOfString(std::string_view text, std::size_t open) {
  for (std::size_t at = text.find('"', open + 1); at != std::string_view::npos; at = text.find('"', at + 1)) {
    const std::size_t before = text.find_last_not_of('\\', at - 1);  // the opening quote at the latest
    if ((at - before) % 2 == 1) return at;
  }
  return text.size();
}

}  // namespace flux

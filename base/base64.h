// base64: standard alphabet with padding (RFC 4648 §4), by OpenSSL, without a second copy.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flux {

// Characters that `bytes` bytes take.
constexpr std::size_t Base64Size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

// Appends the encoding of `bytes`, at most 1 GiB of them, to `out`.
void AppendBase64(std::string_view bytes, std::string& out);

// Appends what `text` encodes to `out`; false, with `out` as it was, where it is no padded base64. White
// space is refused.
bool AppendFromBase64(std::string_view text, std::string& out);

}  // namespace flux

// Random bytes from OpenSSL, printed as a UUID.
#include "base/request_id.h"

#include <absl/strings/escaping.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace flux {

std::string NewRequestId() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string id = absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const std::size_t dash : {8, 13, 18, 23}) id.insert(dash, 1, '-');
  return id;
}

bool IsValidRequestId(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  };
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, allowed);
}

}  // namespace flux

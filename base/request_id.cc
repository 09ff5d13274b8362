// Random bytes from OpenSSL, printed as a UUID.
#include "base/request_id.h"

#include <absl/strings/escaping.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace flux {

namespace {

using IdBytes = std::array<unsigned char, 16>;

// Random bytes are drawn for many ids at a time: OpenSSL's generator is dear to call and cheap to read.
IdBytes RandomBytes() {
  struct Stock {
    std::array<IdBytes, 64> ids;
    std::size_t left = 0;
  };
  thread_local Stock stock;
  if (stock.left == 0) {
    RAND_bytes(stock.ids.front().data(), sizeof(stock.ids));
    stock.left = stock.ids.size();
  }
  return stock.ids[--stock.left];
}

}  // namespace

std::string NewRandomId() {
  const IdBytes bytes = RandomBytes();
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string NewRequestId() {
  IdBytes bytes = RandomBytes();
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

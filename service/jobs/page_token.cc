// Eight bytes of number and sixteen of HMAC-SHA256, as base64 for URLs.
#include "service/jobs/page_token.h"

#include <absl/strings/escaping.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>

namespace flux::service {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kSealBytes = 16;

std::string Hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(), &size);
  return {reinterpret_cast<const char*>(hash.data()), size};
}

}  // namespace

PageTokens::PageTokens(std::string_view secret) : key_(Hmac(secret, "flux.v1.ListJobs")) {}

std::string PageTokens::Seal(const PageList& list, std::string_view content) const {
  // The content has one length, and a state is a number: no two lists have the same text.
  const std::string text = std::string(content) + std::to_string(list.state) + '\n' + list.caller;
  return Hmac(key_, text).substr(0, kSealBytes);
}

std::string PageTokens::Write(const PageList& list, std::int64_t number) const {
  std::string content(kNumberBytes, '\0');
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    content[i] = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * (kNumberBytes - 1 - i)));
  }
  content += Seal(list, content);
  return absl::WebSafeBase64Escape(content);
}

std::optional<std::int64_t> PageTokens::Read(const PageList& list, std::string_view token) const {
  constexpr std::size_t kCharacters = (kNumberBytes + kSealBytes) / 3 * 4;
  std::string content;
  if (token.size() != kCharacters || !absl::WebSafeBase64Unescape({token.data(), token.size()}, &content) ||
      content.size() != kNumberBytes + kSealBytes) {
    return std::nullopt;
  }
  const std::string seal = Seal(list, std::string_view(content).substr(0, kNumberBytes));
  if (CRYPTO_memcmp(seal.data(), content.data() + kNumberBytes, kSealBytes) != 0) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(content[i]);
  }
  return static_cast<std::int64_t>(number);
}

}  // namespace flux::service

// OpenSSL's HMAC.
#include "service/receipts/prompt_hash.h"

#include <absl/strings/escaping.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

namespace flux::service {
namespace {

constexpr std::size_t kShownBytes = 8;
constexpr std::size_t kKeyBytes = 32;

}  // namespace

PromptHash::PromptHash(std::string key) : key_(std::move(key)) {
  if (!key_.empty()) return;
  key_.resize(kKeyBytes);
  RAND_bytes(reinterpret_cast<unsigned char*>(key_.data()), static_cast<int>(key_.size()));
}

std::string PromptHash::Of(std::string_view prompt) const {
  if (prompt.empty()) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(prompt.data()), prompt.size(), hash.data(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), kShownBytes});
}

}  // namespace flux::service

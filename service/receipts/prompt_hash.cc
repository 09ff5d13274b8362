// OpenSSL's HMAC.
#include "service/receipts/prompt_hash.h"

#include <absl/strings/escaping.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

namespace flux::service {
namespace {

constexpr std::size_t kShownBytes = 8;
constexpr std::size_t kKeyBytes = 32;

const unsigned char* Raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

EVP_MAC_CTX* Keyed(std::string key) {
  if (key.empty()) {
    key.resize(kKeyBytes);
    RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size()));
  }
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  if (hmac == nullptr) return nullptr;
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(hmac);
  EVP_MAC_free(hmac);  // the context keeps it
  std::array<char, sizeof "SHA256"> digest{"SHA256"};
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
  if (context != nullptr) EVP_MAC_init(context, Raw(key), key.size(), parameters.data());
  return context;
}

}  // namespace

void PromptHash::Deleter::operator()(EVP_MAC_CTX* context) const {
  EVP_MAC_CTX_free(context);
}

PromptHash::PromptHash(std::string key) : keyed_(Keyed(std::move(key))) {}

std::string PromptHash::Of(std::string_view prompt) const {
  if (prompt.empty() || keyed_ == nullptr) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  std::size_t size = 0;
  const std::lock_guard lock(mutex_);
  const bool made = EVP_MAC_init(keyed_.get(), nullptr, 0, nullptr) == 1 &&
                    EVP_MAC_update(keyed_.get(), Raw(prompt), prompt.size()) == 1 &&
                    EVP_MAC_final(keyed_.get(), hash.data(), &size, hash.size()) == 1;
  if (!made) return {};
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), kShownBytes});
}

}  // namespace flux::service

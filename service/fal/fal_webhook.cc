// OpenSSL verifies; what it verifies is put together as fal documents it.
#include "service/fal/fal_webhook.h"

#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "base/json.h"
#include "service/fal/queue_reply.h"

namespace flux::fal {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostKeys = 32;
constexpr std::size_t kSignatureBytes = 64;

const unsigned char* Raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Text(const Json& json, const char* name) {
  const Json* member = Member(json, name);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

std::optional<Ed25519Key> ReadKey(const Json& json) {
  if (Text(json, "kty") != "OKP" || Text(json, "crv") != "Ed25519") return std::nullopt;
  std::string bytes;
  Ed25519Key key{};
  if (!absl::WebSafeBase64Unescape(Text(json, "x"), &bytes) || bytes.size() != key.size())
    return std::nullopt;
  std::copy_n(Raw(bytes), key.size(), key.begin());
  return key;
}

// The bytes of hex digits; nothing for any other text.
std::optional<std::string> FromHex(std::string_view text, std::size_t bytes) {
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (text.size() != 2 * bytes || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  return absl::HexStringToBytes({text.data(), text.size()});
}

bool Verifies(const Ed25519Key& key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> known(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!known || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, known.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), Raw(signature), signature.size(), Raw(message), message.size()) == 1;
}

}  // namespace

std::optional<std::vector<Ed25519Key>> ReadKeySet(std::string_view body) {
  const Result<Json> json = ParseJson(body);
  const Json* keys = json ? Member(*json, "keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return std::nullopt;
  std::vector<Ed25519Key> read;
  for (const Json& each : *keys) {
    const std::optional<Ed25519Key> key = ReadKey(each);
    if (key && read.size() < kMostKeys) read.push_back(*key);
  }
  return read;
}

bool IsSigned(const WebhookHeaders& headers, std::string_view body, const std::vector<Ed25519Key>& keys) {
  const std::optional<std::string> signature = FromHex(headers.signature, kSignatureBytes);
  if (!signature) return false;
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  EVP_Digest(body.data(), body.size(), hash.data(), &size, EVP_sha256(), nullptr);
  const std::string message = headers.request_id + '\n' + headers.user_id + '\n' + headers.timestamp + '\n' +
                              absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), size});
  return std::ranges::any_of(keys, [&](const Ed25519Key& key) { return Verifies(key, message, *signature); });
}

std::optional<WallTime> SentAt(const WebhookHeaders& headers) {
  constexpr std::int64_t kMost = 253'402'300'799;  // the end of the year 9999
  std::int64_t seconds = 0;
  if (!absl::SimpleAtoi(headers.timestamp, &seconds) || seconds < 0 || seconds > kMost) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

std::vector<std::string> RequestIdsOf(const WebhookHeaders& headers, std::string_view body) {
  std::vector<std::string> ids;
  const auto add = [&ids](std::string id) {
    if (IsRequestId(id) && std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
  };
  add(headers.request_id);
  if (const Result<Json> json = ParseJson(body); json && json->is_object()) {
    add(Text(*json, "gateway_request_id"));
    add(Text(*json, "request_id"));
  }
  return ids;
}

}  // namespace flux::fal

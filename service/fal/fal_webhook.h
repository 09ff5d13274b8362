// fal's webhooks: who has signed one, and which requests it names (fal-api "Webhooks"). Pure, total over any
// bytes.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace flux::fal {

// The four headers that every webhook of fal's has, as they came.
struct WebhookHeaders {
  std::string request_id;  // x-fal-webhook-request-id
  std::string user_id;     // x-fal-webhook-user-id
  std::string timestamp;   // x-fal-webhook-timestamp
  std::string signature;   // x-fal-webhook-signature
};

// How far fal's clock and ours may be apart, the way of a webhook included.
inline constexpr std::chrono::seconds kWebhookAge{300};

// A public key of Ed25519.
using Ed25519Key = std::array<unsigned char, 32>;

// The Ed25519 keys of a JSON Web Key Set, at most 32 of them; keys of other kinds are left out. Nothing where
// `body` is no key set.
std::optional<std::vector<Ed25519Key>> ReadKeySet(std::string_view body);

// Whether one of the keys has signed headers and body.
bool IsSigned(const WebhookHeaders& headers, std::string_view body, const std::vector<Ed25519Key>& keys);

// When fal says that it was sent; nothing where it says no whole seconds since 1970.
std::optional<WallTime> SentAt(const WebhookHeaders& headers);

// The ids of fal that it may be about, each once and each as IsRequestId has it: of the headers first, then
// of the body. After a retry of fal's they are several.
std::vector<std::string> RequestIdsOf(const WebhookHeaders& headers, std::string_view body);

}  // namespace flux::fal

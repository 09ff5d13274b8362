// Decodes UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#include "service/store/texts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace flux::service {
namespace {

// A database looks these up in an index, whose entries are bounded (PostgreSQL: 2,704 bytes for all columns).
constexpr std::size_t kLongestName = 1024;

std::uint8_t ByteAt(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

// How many bytes the character at `at` has; 0 where there is none, or it is NUL.
std::size_t CharacterAt(std::string_view text, std::size_t at) {
  const std::uint8_t first = ByteAt(text, at);
  if (first < 0x80) return first == 0 ? 0 : 1;
  std::size_t length = 0;
  std::uint8_t least = 0x80;
  std::uint8_t most = 0xBF;  // of the second byte
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) least = 0xA0;
    if (first == 0xED) most = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) least = 0x90;
    if (first == 0xF4) most = 0x8F;
  }
  if (length == 0 || text.size() - at < length) return 0;
  if (ByteAt(text, at + 1) < least || ByteAt(text, at + 1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((ByteAt(text, at + i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

bool IsText(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = CharacterAt(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string AsText(std::string text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = CharacterAt(text, at);
    if (length == 0) text[at] = '?';
    at += std::max<std::size_t>(length, 1);
  }
  return text;
}

std::optional<Status> RefusedJob(const NewJob& job) {
  std::vector<Violation> violations;
  const auto check = [&](std::string_view name, std::string_view text, std::size_t most) {
    if (!IsText(text)) violations.push_back({std::string(name), "must be UTF-8 without NUL"});
    if (text.size() > most) {
      violations.push_back({std::string(name), "must have at most " + std::to_string(most) + " bytes"});
    }
  };
  check("id", job.id, kLongestName);
  check("caller", job.caller, kLongestName);
  check("idempotency_key", job.key, kLongestName);
  check("fingerprint", job.fingerprint, kLongestName);
  check("request_id", job.request_id, kLongestName);
  check("model", job.model, kLongestName);
  check("endpoint", job.endpoint, kLongestName);
  check("plan", job.plan, SIZE_MAX);
  check("webhook_url", job.webhook_url, 2048);
  check("webhook_host", job.webhook_host, kLongestName);
  for (const std::string& account : job.accounts) check("account", account, kLongestName);
  for (const NewPurchase& purchase : job.purchases) {
    check("input_sha256", purchase.input_sha256, kLongestName);
  }
  if (job.purchases.empty()) violations.push_back({"purchases", "must not be empty"});
  if (violations.empty()) return std::nullopt;
  return InvalidFields(std::move(violations));
}

}  // namespace flux::service

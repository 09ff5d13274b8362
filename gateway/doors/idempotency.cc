// Looks at characters.
#include "gateway/doors/idempotency.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/loose_text.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::size_t kMostBytes = 255;

// What is wrong with a key; empty: nothing.
std::string_view Fault(std::string_view key) {
  if (key.empty()) return "is empty";
  if (key.size() > kMostBytes) return "is longer than 255 characters";
  if (!std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '~'; })) {
    return "has characters that are not printable ASCII";
  }
  if (key.front() == ' ' || key.back() == ' ') return "begins or ends with a space";
  return {};
}

// The key is not told back: it may be long, or say something.
Status Refused(std::string_view where, std::string_view fault) {
  Status status(Reason::kInvalidIdempotencyKey, std::string(where).append(" ").append(fault).append(
                                                    "; a key has 1 to 255 printable ASCII characters. "
                                                    "Nothing was bought."));
  status.violations.push_back({std::string(where), std::string(fault)});
  return status;
}

}  // namespace

std::optional<Status> RefuseKeyHeader(const HeaderList& headers) {
  const std::string* key = nullptr;
  for (const auto& [name, value] : headers) {
    if (!EqualsIgnoreCase(name, kKeyHeader)) continue;
    if (const std::string_view fault = Fault(value); !fault.empty()) return Refused(kKeyHeader, fault);
    if (key != nullptr && *key != value) return Refused(kKeyHeader, "is there twice, with different keys");
    key = &value;
  }
  return std::nullopt;
}

std::optional<Status> RefuseKeyField(std::string_view key, std::string_view header) {
  if (const std::string_view fault = Fault(key); !fault.empty()) return Refused(kKeyField, fault);
  if (header.empty() || header == key) return std::nullopt;
  return Refused(kKeyField, "is another key than the Idempotency-Key header has");
}

std::uint32_t RetryCount(const Request& request) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t count = DigitsIn(request.Header("x-stainless-retry-count")).value_or(0);
  return static_cast<std::uint32_t>(std::min(count, kMost));
}

}  // namespace flux::gateway

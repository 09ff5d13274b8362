// idempotency: the key under which a purchase happens once, as public requests carry it: in the header
// Idempotency-Key, in a field of the body, or in both alike. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "gateway/http/message.h"

namespace flux::gateway {

inline constexpr std::string_view kKeyHeader = "Idempotency-Key";
inline constexpr std::string_view kKeyField = "idempotency_key";

// INVALID_IDEMPOTENCY_KEY where a header of this name is there and its value is not 1 to 255 printable ASCII
// characters without spaces at the ends, or where there are two that differ; else nullopt.
std::optional<Status> RefuseKeyHeader(const HeaderList& headers);

// The same for the key in a body, which is not empty; also where the header, if it is not empty, has another.
std::optional<Status> RefuseKeyField(std::string_view key, std::string_view header);

// What the header x-stainless-retry-count says: which resend of its first attempt a request is. Common
// libraries count so. 0 where it is the first, or nothing that can be read is said.
std::uint32_t RetryCount(const Request& request);

}  // namespace flux::gateway

// credentials: the API key that a request shows. Pure; whether it is known is not asked here.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// Longer ones are not even hashed, so that a wrong key costs no more than the rest of its request.
inline constexpr std::size_t kMaxKeyBytes = 1024;

// The key in `Authorization: Bearer KEY` (or `Key KEY`, as clients of fal write it) or in `X-API-Key: KEY`,
// as a view into the request; nullopt where there is neither. UNAUTHENTICATED where a header cannot be read,
// the key is longer than kMaxKeyBytes, or two of them hold different keys: which one was meant is not for us
// to choose.
Result<std::optional<std::string_view>> ShownKey(const Request& request);

}  // namespace flux::gateway

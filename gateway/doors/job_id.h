// job_id: the form of a job's id, so that nobody is asked about what is none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace flux::gateway {

// As the service makes ids: 32 hex digits, small letters.
inline bool IsJobId(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  return text.size() == kDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace flux::gateway

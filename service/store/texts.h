// texts: what a store takes as text, so that every store takes the same. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "service/store/store.h"

namespace flux::service {

// Whether it is UTF-8 without NUL.
bool IsText(std::string_view text);

// `text`, with a question mark for each byte that IsText objects to: what an outcome says must not keep it
// from being recorded.
std::string AsText(std::string text);

// INVALID_FIELD where a job has texts that no store takes: not IsText, or longer than can be looked up; or no
// purchase.
std::optional<Status> RefusedJob(const NewJob& job);

}  // namespace flux::service

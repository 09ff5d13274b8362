// The error types that fal documents, as data: a model's, in a list (fal-api §3.3), and the platform's, flat
// (fal-api §3.4). Each can be had as a fault: sim:type=<type>.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/http/reply.h"

namespace flux::sim {

enum class ErrorForm : std::uint8_t { kList, kFlat };

struct ErrorType {
  std::string_view type;
  ErrorForm form;
  std::array<int, 3>
      statuses;    // the first is the usual one; where copies of the documentation differ, the others
  bool retryable;  // X-Fal-Retryable unless told otherwise; kList only, "maybe" is true
  std::string_view message;
  std::string_view ctx = {};    // JSON
  std::string_view field = {};  // that is to blame; empty: the whole body
};

std::span<const ErrorType> ErrorTypes();

// Null when there is none.
const ErrorType* FindErrorType(std::string_view type);

// `status` is one of the type's. `prompt` is quoted as input where the prompt is to blame.
Reply ErrorTypeReply(const ErrorType& type, int status, bool retryable, const std::string& prompt);

}  // namespace flux::sim

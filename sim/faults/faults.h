// Faults on demand: a word in the prompt, "sim:503", or the next generations armed through POST /_sim/faults
// (armed_faults.h). They strike after validation. GET /_sim lists the words and what fal would bill for each.
// Some words take an argument after "=":
//
//   slow=<ms>, drip=<ms>         how long, at most 10 minutes
//   429=<s>, 503=<s>             the same, with Retry-After
//   type=<type>[/<option>…]      any error type of error_types.h; an option is another status of that type,
//   "retry"
//                                or "final" (X-Fal-Retryable true or false), or "billed" (fal may charge a
//                                422 that took GPU time, fal-api §3.5)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/faults/error_types.h"
#include "sim/http/reply.h"

namespace flux::sim {

enum class FaultKind : std::uint8_t {
  kAnswer,  // another answer than pictures
  kNsfw,
  kBare,
  kSlow,
  kHang,
  kCut,
  kReset,
  kShut,
  kDrip,
  kHuge,
};

enum class Argument : std::uint8_t { kNone, kMilliseconds, kSecondsOrNone, kType };

struct Fault;

// What an answer may quote.
struct FaultScene {
  std::string app;   // "fal-ai/flux"
  std::string path;  // below the app, e.g. "dev"
  std::string prompt;
  std::uint32_t limit = 0;  // of concurrent requests
};

struct FaultRow {
  std::string_view word;  // without "sim:" and argument
  FaultKind kind;
  bool billed;
  std::string_view meaning;
  Argument argument = Argument::kNone;
  Reply (*answer)(const Fault& fault, const FaultScene& scene) = nullptr;  // of kAnswer
  // What `answer` needs of the row, if anything.
  int status = 0;
  std::string_view text = {};
};

struct Fault {
  const FaultRow* row;
  bool billed;
  std::chrono::milliseconds time{0};                     // of kSlow, kHang and kDrip
  std::optional<std::chrono::seconds> retry_after = {};  // the header
  const ErrorType* type = nullptr;                       // of "type"
  int status = 0;                                        // of "type"
  bool retryable = false;                                // of "type"

  FaultKind kind() const { return row->kind; }
};

std::span<const FaultRow> FaultRows();

// "503" or "sim:503", "slow=250", "type=runner_disconnected". INVALID_FIELD says what is wrong with it.
Result<Fault> ParseFault(std::string_view word);

// The first word of the prompt that names a fault.
std::optional<Fault> FaultIn(const std::string& prompt);

// The whole answer, for faults that need no picture; nothing for the others.
std::optional<Reply> FaultAnswer(const Fault& fault, const FaultScene& scene);

// The size of the reply to sim:huge: more than any picture of 100 MB takes as base64.
inline constexpr std::uint64_t kHugeBytes = 200'000'000;

}  // namespace flux::sim

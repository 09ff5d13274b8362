// Faults on demand. Those of a generation strike after validation: by a word in the prompt, "sim:503", or
// armed through POST /_sim/faults (armed_faults.h). Those of the other steps of a conversation
// (step_faults.cc) are armed only. GET /_sim lists the words and what fal would bill for each. Some words
// take an argument after "=":
//
//   slow=<ms>, drip=<ms>, cold=<ms>  how long, at most 10 minutes
//   hang=<ms>, status-hang=<ms>  the same; 10 minutes unless given
//   429=<s>, 503=<s>             the same, with Retry-After
//   type=<type>[/<option>…]      any error type of error_types.h; an option is another status of that type,
//   "retry"
//                                or "final" (X-Fal-Retryable true or false), "billed" (fal may charge a
//                                422 that took GPU time, fal-api §3.5), or "untold" (billed, and its bill
//                                says 0)
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

// Where in the conversation a fault strikes.
enum class FaultStep : std::uint8_t {
  kGeneration,  // run and queue: while the picture is made
  kRunHead,     // run: before the body is read
  kSubmitHead,  // queue: before the body of a submit is read
  kSubmit,      // queue: a submit that could be taken
  kStatus,      // queue: somebody asks for the status
  kStream,      // queue: somebody follows the status
  kResult,      // queue: somebody fetches the result
  kCancel,      // queue: somebody cancels
  kHistory,     // platform: somebody lists requests
  kWebhook,     // queue: somebody is to be told that a request is over
  kBilling,     // platform: somebody asks what was charged
  kCredits,     // platform: somebody asks for the account's credits
  kPricing,     // platform: somebody asks for prices
};
inline constexpr std::size_t kFaultSteps = 13;

enum class FaultKind : std::uint8_t {
  kAnswer,  // another answer than the step's own
  kNsfw,
  kBare,
  kSlow,
  kHang,
  kCold,  // it takes time until the generation starts
  kCut,
  kReset,
  kShut,
  kDrip,
  kHuge,
  kStall,       // the request stays IN_PROGRESS for a while, finished or not
  kGone,        // the result is lost for good
  kLate,        // rows of the history come later than they do anyway
  kNoPayloads,  // rows of the history have no payloads
  kSmallPages,  // the history shows one row at a time
  kManyLogs,    // a status has very many lines of log
  kDropped,     // a webhook is never sent
  kTwice,       // it is sent twice
  kForged,      // its signature is somebody else's
  kOld,         // it says that it was sent an hour ago
  kUncharged,   // made, and never charged
  kWrongTypes,  // values of the answer have other types
  kNegative,    // amounts are below 0
};

enum class Argument : std::uint8_t { kNone, kMilliseconds, kMillisecondsOrNone, kSecondsOrNone, kType };

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
  bool billed;  // what was asked for happens all the same: it is made and billed, taken or cancelled
  std::string_view meaning;
  Argument argument = Argument::kNone;
  Reply (*answer)(const Fault& fault, const FaultScene& scene) = nullptr;  // of kAnswer
  // What `answer` needs of the row, if anything.
  int status = 0;
  std::string_view text = {};
  FaultStep step = FaultStep::kGeneration;
};

struct Fault {
  const FaultRow* row;
  bool billed;
  std::chrono::milliseconds time{0};                     // of those that take time
  std::optional<std::chrono::seconds> retry_after = {};  // the header
  const ErrorType* type = nullptr;                       // of "type"
  int status = 0;                                        // of "type"
  bool retryable = false;                                // of "type"
  bool untold = false;                                   // of "type": billed, and its bill says 0

  FaultKind kind() const { return row->kind; }
};

// Every fault, those of a generation first.
std::span<const FaultRow> FaultRows();

// Of the steps before and after a generation.
std::span<const FaultRow> StepFaultRows();

// Of the steps in which somebody asks what was charged.
std::span<const FaultRow> BillingFaultRows();

// Of the platform's prices.
std::span<const FaultRow> PricingFaultRows();

// "generation", "run", "submit", "status", "stream", "result", "cancel", "history", "webhook",
// "billing", "credits" or "pricing".
std::string_view StepName(FaultStep step);

// "503" or "sim:503", "slow=250", "type=runner_disconnected". INVALID_FIELD says what is wrong with it.
Result<Fault> ParseFault(std::string_view word);

// The first word of the prompt that names a fault of a generation.
std::optional<Fault> FaultIn(const std::string& prompt);

// The whole answer, for faults that need no picture; nothing for the others.
std::optional<Reply> FaultAnswer(const Fault& fault, const FaultScene& scene);

// What reaches the caller of `reply` under a fault of the connection: cut, reset, trickling, … Any other
// fault leaves it as it is.
Reply Damaged(const std::optional<Fault>& fault, Reply reply);

// 504 with X-Fal-Request-Timeout-Type: user: it did not start within the caller's own limit.
Reply StartTimeoutReply();

// Text that is not JSON where JSON is expected.
Reply NotJson(const Fault& fault, const FaultScene& scene);
// {"detail": <the row's text>} with the row's status.
Reply DetailOfRow(const Fault& fault, const FaultScene& scene);
// A page of nginx with the row's status and title.
Reply NginxPage(const Fault& fault, const FaultScene& scene);

// The size of the reply to sim:huge: more than any picture of 100 MB takes as base64.
inline constexpr std::uint64_t kHugeBytes = 200'000'000;

}  // namespace flux::sim

// The table of fault words, how a word is found in a prompt, and the answers of those faults that need no
// picture.
#include "sim/faults/faults.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <vector>

namespace flux::sim {
namespace {

using enum FaultKind;

constexpr std::chrono::minutes kLongest{10};

Reply PlainReply(int status, std::string_view content_type, std::string_view body) {
  Reply reply;
  reply.status = status;
  reply.content_type = content_type;
  reply.body = body;
  return reply;
}

// One of fal's error types: the row's `text`, or the one that the word names.
Reply Typed(const Fault& fault, const FaultScene& scene) {
  const ErrorType& type = *FindErrorType(fault.row->text);
  return ErrorTypeReply(type, type.statuses[0], type.retryable, scene.prompt);
}
Reply Named(const Fault& fault, const FaultScene& scene) {
  return ErrorTypeReply(*fault.type, fault.status, fault.retryable, scene.prompt);
}

Reply TooMany(const Fault& fault, const FaultScene& scene) {
  return ConcurrencyReply(fault.row->status, scene.limit);
}

Reply NoHeader(const Fault&, const FaultScene& scene) {
  return DetailReply(
      401,
      fmt::format("Cannot access application '{}'. Authentication is required to access this application.",
                  scene.app));
}

Reply NoPath(const Fault&, const FaultScene& scene) {
  return DetailReply(404, fmt::format("Path /{} not found", scene.path));
}

Reply NoApp(const Fault&, const FaultScene& scene) {
  return DetailReply(404,
                     fmt::format("Application '{}' not found", scene.app.substr(scene.app.find('/') + 1)));
}

Reply UserTimeout(const Fault&, const FaultScene&) {
  return StartTimeoutReply();
}

// fal-api §15, X-Fal-Needs-Retry: what passes by itself.
Reply NeedsRetry(const Fault& fault, const FaultScene&) {
  Reply reply = DetailReply(fault.row->status, fault.row->text);
  reply.headers.emplace_back("X-Fal-Needs-Retry", "1");
  return reply;
}
// Told to be permanent, by a header of its own.
Reply NotRetryable(const Fault& fault, const FaultScene&) {
  Reply reply = DetailReply(fault.row->status, fault.row->text);
  reply.headers.emplace_back("X-Fal-Retryable", "false");
  return reply;
}

Reply NoPictures(const Fault&, const FaultScene&) {
  return JsonReply(200, {{"images", Json::array()}});
}

Reply NoImages(const Fault&, const FaultScene& scene) {
  return JsonReply(200, {{"timings", {{"inference", 1.0}}}, {"prompt", scene.prompt}});
}

using enum Argument;

constexpr FaultRow kRows[] = {
    {"nsfw", kNsfw, true, "200, all-black picture, has_nsfw_concepts true; nothing when the checker is off"},
    {"bare", kBare, true, "200, pictures with a url and nothing else"},
    {"uncharged", kUncharged, true, "200, a picture that fal's bill never has"},
    {"slow", kSlow, true, "slow=<ms>: answers after that time, at most 10 minutes", kMilliseconds},
    {"hang", kHang, true, "answers after 10 minutes, or hang=<ms>; stops when the caller leaves or cancels",
     kMillisecondsOrNone},
    {"cut", kCut, true, "the connection closes in the middle of the reply"},
    {"reset", kReset, true, "the connection is reset without any reply"},
    {"close", kShut, true, "the connection closes in good order without any reply"},
    {"drip", kDrip, true, "drip=<ms>: the reply's body trickles over that time, at most 10 minutes",
     kMilliseconds},
    {"notjson", kAnswer, true, "200 with plain text", kNone, NotJson},
    {"empty", kAnswer, true, "200 with an empty list of images", kNone, NoPictures},
    {"noimages", kAnswer, true, "200 without images", kNone, NoImages},
    {"huge", kHuge, true, "200 with a reply of 110 MB"},
    {"policy", kAnswer, false, "422 content_policy_violation", kNone, Typed, 0, "content_policy_violation"},
    {"download", kAnswer, false, "422 file_download_error", kNone, Typed, 0, "file_download_error"},
    {"string422", kAnswer, false, "422 whose detail is a plain string", kNone, DetailOfRow, 422,
     "Could not load image from url: https://example.invalid/image.png"},
    {"401", kAnswer, false, "401, key not known", kNone, DetailOfRow, 401,
     "No user found for Key ID and Secret"},
    {"401-none", kAnswer, false, "401, no key came", kNone, NoHeader},
    {"401-format", kAnswer, false, "401, key without a colon", kNone, DetailOfRow, 401,
     "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."},
    {"403", kAnswer, false, "403, balance exhausted", kNone, DetailOfRow, 403,
     "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."},
    {"404", kAnswer, false, "404, path not found", kNone, NoPath},
    {"404-app", kAnswer, false, "404, application not found", kNone, NoApp},
    {"405", kAnswer, false, "405 Method Not Allowed", kNone, DetailOfRow, 405, "Method Not Allowed"},
    {"413", kAnswer, false, "413, an HTML page of nginx", kNone, NginxPage, 413, "Request Entity Too Large"},
    {"429", kAnswer, false, "429 concurrent_requests_limit; 429=<s>: with Retry-After", kSecondsOrNone,
     TooMany, 429},
    {"429-200", kAnswer, false, "the same body with status 200", kNone, TooMany, 200},
    {"499", kAnswer, false, "499, cancelled by the client", kNone, DetailOfRow, 499,
     "Request cancelled by the client."},
    {"500", kAnswer, false, "500 Internal Server Error", kNone, DetailOfRow, 500, "Internal Server Error"},
    {"500-needs-retry", kAnswer, false, "500 with X-Fal-Needs-Retry: 1", kNone, NeedsRetry, 500,
     "Internal Server Error"},
    {"500-needs-retry-billed", kAnswer, true, "the same, billed all the same", kNone, NeedsRetry, 500,
     "Internal Server Error"},
    {"503-final", kAnswer, false, "503 with X-Fal-Retryable: false", kNone, NotRetryable, 503, "GPU error"},
    {"cold", kCold, true,
     "cold=<ms>: starts after that time, at most 10 minutes; 504 with X-Fal-Request-Timeout-Type: user, not "
     "billed, where the caller's limit for the start is shorter",
     kMilliseconds},
    {"502", kAnswer, false, "502, an HTML page of nginx without any fal header", kNone, NginxPage, 502,
     "Bad Gateway"},
    {"503", kAnswer, false, "503 runner_scheduling_failure, flat form; 503=<s>: with Retry-After",
     kSecondsOrNone, Typed, 0, "runner_scheduling_failure"},
    {"503-gpu", kAnswer, false, "503 GPU error", kNone, DetailOfRow, 503, "GPU error"},
    {"503-memory", kAnswer, false, "503 CUDA error: out of memory", kNone, DetailOfRow, 503,
     "CUDA error: out of memory"},
    {"503-nginx", kAnswer, false, "503, an HTML page of nginx", kNone, NginxPage, 503,
     "Service Temporarily Unavailable"},
    {"504", kAnswer, false, "504 generation_timeout, list form, retryable", kNone, Typed, 0,
     "generation_timeout"},
    {"504-user", kAnswer, false, "504 with X-Fal-Request-Timeout-Type: user", kNone, UserTimeout},
    {"504-nginx", kAnswer, false, "504, an HTML page of nginx", kNone, NginxPage, 504, "Gateway Time-out"},
    {"type", kAnswer, false,
     "type=<type>[/<option>...]: the error type as documented; options: another of its statuses, retry, "
     "final, billed, untold",
     kType, Named},
};

Status Wrong(std::string_view word, std::string_view why) {
  return Status(Reason::kInvalidField, fmt::format("{}: {}", word, why));
}

// "runner_disconnected", "downstream_service_error/504/final".
Result<Fault> ReadType(std::string_view text, Fault fault) {
  const std::vector<std::string> parts = absl::StrSplit(absl::string_view(text.data(), text.size()), '/');
  fault.type = FindErrorType(parts[0]);
  if (fault.type == nullptr) return Wrong(parts[0], "no such error type");
  fault.status = fault.type->statuses[0];
  fault.retryable = fault.type->retryable;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    int status = 0;
    if (parts[i] == "retry" || parts[i] == "final") {
      fault.retryable = parts[i] == "retry";
    } else if (parts[i] == "billed") {
      fault.billed = true;
    } else if (parts[i] == "untold") {
      fault.billed = fault.untold = true;
    } else if (absl::SimpleAtoi(parts[i], &status) && status != 0 &&
               std::ranges::count(fault.type->statuses, status) != 0) {
      fault.status = status;
    } else {
      return Wrong(parts[i], fmt::format("wanted retry, final, billed, untold or a status of {}", parts[0]));
    }
  }
  return fault;
}

}  // namespace

Reply StartTimeoutReply() {
  Reply reply = RequestErrorReply(504, "request_timeout", "Request timed out before processing started");
  reply.headers.emplace_back("X-Fal-Request-Timeout-Type", "user");
  return reply;
}

// A page of the proxy before fal (fal-api §2, what clients retry); that it is nginx's for 413 is a guess.
Reply NginxPage(const Fault& fault, const FaultScene&) {
  Reply reply = PlainReply(fault.row->status, "text/html",
                           fmt::format("<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n"
                                       "<center><h1>{0} {1}</h1></center>\r\n<hr><center>nginx</center>\r\n"
                                       "</body>\r\n</html>\r\n",
                                       fault.row->status, fault.row->text));
  reply.no_fal_headers = true;
  return reply;
}

Reply DetailOfRow(const Fault& fault, const FaultScene&) {
  return DetailReply(fault.row->status, fault.row->text);
}

Reply NotJson(const Fault&, const FaultScene&) {
  return PlainReply(200, "text/plain", "Here is your picture.\n");
}

std::span<const FaultRow> FaultRows() {
  static const std::vector<FaultRow> all = [] {
    std::vector<FaultRow> rows(std::begin(kRows), std::end(kRows));
    for (const auto& more : {StepFaultRows(), BillingFaultRows(), PricingFaultRows()})
      rows.insert(rows.end(), more.begin(), more.end());
    return rows;
  }();
  return all;
}

Result<Fault> ParseFault(std::string_view word) {
  if (word.starts_with("sim:")) word.remove_prefix(4);
  const auto equals = word.find('=');
  const auto row = std::ranges::find(FaultRows(), word.substr(0, equals), &FaultRow::word);
  if (row == FaultRows().end()) return Wrong(word, "no such fault");
  Fault fault{.row = &*row, .billed = row->billed};
  if (row->argument == kMillisecondsOrNone) fault.time = kLongest;
  if (equals == std::string_view::npos) {
    if (row->argument == kMilliseconds || row->argument == kType) return Wrong(word, row->meaning);
    return fault;
  }
  const std::string argument(word.substr(equals + 1));
  std::uint32_t number = 0;
  switch (row->argument) {
    case kNone:
      return Wrong(word, "takes no argument");
    case kMilliseconds:
    case kMillisecondsOrNone:
      if (!absl::SimpleAtoi(argument, &number)) return Wrong(word, row->meaning);
      fault.time = std::min<std::chrono::milliseconds>(std::chrono::milliseconds(number), kLongest);
      return fault;
    case kSecondsOrNone:
      if (!absl::SimpleAtoi(argument, &number)) return Wrong(word, row->meaning);
      fault.retry_after = std::chrono::seconds(number);
      return fault;
    case kType:
      return ReadType(argument, fault);
  }
  return fault;
}

std::optional<Fault> FaultIn(const std::string& prompt) {
  const std::vector<std::string> words = absl::StrSplit(prompt, absl::ByAnyChar(" \t\r\n"));
  for (std::string word : words) {
    if (!word.starts_with("sim:")) continue;
    while (std::string_view(".,;!?").find(word.back()) != std::string_view::npos) word.pop_back();
    const auto fault = ParseFault(word);
    if (fault && fault->row->step == FaultStep::kGeneration) return *fault;
  }
  return std::nullopt;
}

std::optional<Reply> FaultAnswer(const Fault& fault, const FaultScene& scene) {
  if (fault.row->answer == nullptr) return std::nullopt;
  Reply reply = fault.row->answer(fault, scene);
  if (fault.retry_after)
    reply.headers.emplace_back("Retry-After", std::to_string(fault.retry_after->count()));
  return reply;
}

Reply Damaged(const std::optional<Fault>& fault, Reply reply) {
  if (!fault) return reply;
  switch (fault->kind()) {
    case kHuge:
      reply.announced_bytes = kHugeBytes;
      break;
    case kCut:
      reply.announced_bytes = reply.body.size();
      reply.body.resize(reply.body.size() / 2);
      reply.ending = Reply::Ending::kCut;
      break;
    case kReset:
      reply.ending = Reply::Ending::kReset;
      break;
    case kShut:
      reply.ending = Reply::Ending::kShut;
      break;
    case kDrip:
      reply.spread = fault->time;
      break;
    default:
      break;
  }
  return reply;
}

}  // namespace flux::sim

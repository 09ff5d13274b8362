// The faults of all steps other than the generation itself: what can go wrong between a caller and fal's queue,
// and between a caller and fal's history. They are armed, never named in a prompt.
#include <array>
#include <cstddef>

#include "sim/faults/faults.h"

namespace flux::sim {
namespace {

using enum FaultKind;
using enum FaultStep;
using enum Argument;

Reply Platform(int status, std::string_view type, std::string_view message) {
  return PlatformErrorReply(status, type, message);
}
Reply Unauthorized(const Fault&, const FaultScene&) {
  return Platform(401, "authorization_error", "Invalid or missing credentials");
}
Reply Forbidden(const Fault&, const FaultScene&) {
  return Platform(403, "authorization_error", "The key lacks the permission models:requests:read");
}
Reply NothingThere(const Fault&, const FaultScene&) {
  return Platform(404, "not_found", "Endpoint not found");
}
Reply RateLimited(const Fault& fault, const FaultScene&) {
  Reply reply = Platform(429, "rate_limited", "Too many requests");
  if (!fault.retry_after) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}
Reply ServerError(const Fault&, const FaultScene&) {
  return Platform(500, "server_error", "An unexpected error occurred");
}
Reply NotFound(const Fault&, const FaultScene&) {
  return JsonReply(404, {{"status", "NOT_FOUND"}});
}

constexpr std::string_view kError = "Internal Server Error";
constexpr std::string_view kBusy = "Service Temporarily Unavailable";

constexpr FaultRow kRows[] = {
    {"unread", kReset, false, "run: the connection is reset before the request is read; nothing is made", kNone,
     nullptr, 0, {}, kRunHead},
    {"submit-unread", kReset, false,
     "submit: the connection is reset before the request is read; nothing is taken", kNone, nullptr, 0, {},
     kSubmitHead},
    {"submit-500", kAnswer, false, "submit: 500, nothing is taken", kNone, DetailOfRow, 500, kError, kSubmit},
    {"submit-503", kAnswer, false, "submit: 503, an HTML page of nginx, nothing is taken", kNone, NginxPage, 503,
     kBusy, kSubmit},
    {"submit-lost", kShut, true, "submit: taken, but the connection closes without an answer", kNone, nullptr, 0,
     {}, kSubmit},
    {"submit-reset", kReset, true, "submit: taken, but the connection is reset without an answer", kNone, nullptr,
     0, {}, kSubmit},
    {"submit-cut", kCut, true, "submit: taken, but the connection closes in the middle of the answer", kNone,
     nullptr, 0, {}, kSubmit},
    {"submit-garbage", kAnswer, true, "submit: taken, but the answer is 200 with plain text", kNone, NotJson, 0,
     {}, kSubmit},
    {"submit-hang", kHang, true, "submit: taken, but answered after 10 minutes, or submit-hang=<ms>",
     kMillisecondsOrNone, nullptr, 0, {}, kSubmit},
    {"status-500", kAnswer, false, "status: 500", kNone, DetailOfRow, 500, kError, kStatus},
    {"status-503", kAnswer, false, "status: 503, an HTML page of nginx", kNone, NginxPage, 503, kBusy, kStatus},
    {"status-404", kAnswer, false, "status: 404 NOT_FOUND, this once", kNone, NotFound, 0, {}, kStatus},
    {"status-garbage", kAnswer, false, "status: 200 with plain text", kNone, NotJson, 0, {}, kStatus},
    {"status-reset", kReset, false, "status: the connection is reset without an answer", kNone, nullptr, 0, {},
     kStatus},
    {"status-cut", kCut, false, "status: the connection closes in the middle of the answer", kNone, nullptr, 0,
     {}, kStatus},
    {"status-hang", kHang, false, "status: answered after 10 minutes, or status-hang=<ms>", kMillisecondsOrNone,
     nullptr, 0, {}, kStatus},
    {"status-stall", kStall, false,
     "status: the request stays IN_PROGRESS for 10 minutes, or status-stall=<ms>, finished or not",
     kMillisecondsOrNone, nullptr, 0, {}, kStatus},
    {"stream-500", kAnswer, false, "status stream: 500", kNone, DetailOfRow, 500, kError, kStream},
    {"stream-cut", kCut, false, "status stream: the connection closes after the first event", kNone, nullptr, 0,
     {}, kStream},
    {"stream-reset", kReset, false, "status stream: the connection is reset without an answer", kNone, nullptr, 0,
     {}, kStream},
    {"result-500", kAnswer, false, "result: 500, this once", kNone, DetailOfRow, 500, kError, kResult},
    {"result-503", kAnswer, false, "result: 503, an HTML page of nginx, this once", kNone, NginxPage, 503, kBusy,
     kResult},
    {"result-404", kAnswer, false, "result: 404 NOT_FOUND, this once", kNone, NotFound, 0, {}, kResult},
    {"result-gone", kGone, false, "result: lost for good; 404 NOT_FOUND from now on", kNone, nullptr, 0, {},
     kResult},
    {"result-garbage", kAnswer, false, "result: 200 with plain text, this once", kNone, NotJson, 0, {}, kResult},
    {"result-cut", kCut, false, "result: the connection closes in the middle of the answer", kNone, nullptr, 0,
     {}, kResult},
    {"result-reset", kReset, false, "result: the connection is reset without an answer", kNone, nullptr, 0, {},
     kResult},
    {"result-hang", kHang, false, "result: answered after 10 minutes, or result-hang=<ms>", kMillisecondsOrNone,
     nullptr, 0, {}, kResult},
    {"cancel-500", kAnswer, false, "cancel: 500, nothing is cancelled", kNone, DetailOfRow, 500, kError, kCancel},
    {"cancel-lost", kShut, true, "cancel: done, but the connection closes without an answer", kNone, nullptr, 0,
     {}, kCancel},
    {"history-late", kLate, false,
     "history: this answer leaves away what ended within the last 10 minutes, or history-late=<ms>",
     kMillisecondsOrNone, nullptr, 0, {}, kHistory},
    {"history-bare", kNoPayloads, false, "history: rows without payloads", kNone, nullptr, 0, {}, kHistory},
    {"history-pages", kSmallPages, false, "history: one row a page", kNone, nullptr, 0, {}, kHistory},
    {"history-401", kAnswer, false, "history: 401 authorization_error", kNone, Unauthorized, 0, {}, kHistory},
    {"history-403", kAnswer, false, "history: 403 authorization_error, the key lacks a permission", kNone,
     Forbidden, 0, {}, kHistory},
    {"history-404", kAnswer, false, "history: 404 not_found", kNone, NothingThere, 0, {}, kHistory},
    {"history-429", kAnswer, false, "history: 429 rate_limited, Retry-After 1 or history-429=<s>", kSecondsOrNone,
     RateLimited, 0, {}, kHistory},
    {"history-500", kAnswer, false, "history: 500 server_error", kNone, ServerError, 0, {}, kHistory},
    {"history-garbage", kAnswer, false, "history: 200 with plain text", kNone, NotJson, 0, {}, kHistory},
    {"history-cut", kCut, false, "history: the connection closes in the middle of the answer", kNone, nullptr, 0,
     {}, kHistory},
    {"history-reset", kReset, false, "history: the connection is reset without an answer", kNone, nullptr, 0, {},
     kHistory},
    {"history-hang", kHang, false, "history: answered after 10 minutes, or history-hang=<ms>",
     kMillisecondsOrNone, nullptr, 0, {}, kHistory},
};

}  // namespace

std::span<const FaultRow> StepFaultRows() {
  return kRows;
}

std::string_view StepName(FaultStep step) {
  constexpr std::array<std::string_view, kFaultSteps> kNames = {
      "generation", "run", "submit", "submit", "status", "stream", "result", "cancel", "history"};
  return kNames.at(static_cast<std::size_t>(step));
}

}  // namespace flux::sim

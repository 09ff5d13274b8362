// The faults of what fal's platform tells of money. They are armed, never named in a prompt.
#include "sim/faults/faults.h"

namespace flux::sim {
namespace {

using enum FaultKind;
using enum FaultStep;
using enum Argument;

Reply Unauthorized(const Fault&, const FaultScene&) {
  return PlatformErrorReply(401, "authorization_error", "Invalid or missing credentials");
}
Reply NoBilling(const Fault&, const FaultScene&) {
  return PlatformErrorReply(403, "authorization_error", "The key lacks the permission billing:usage:read");
}
Reply NothingThere(const Fault&, const FaultScene&) {
  return PlatformErrorReply(404, "not_found", "Not found");
}
Reply RateLimited(const Fault& fault, const FaultScene&) {
  Reply reply = PlatformErrorReply(429, "rate_limited", "Too many requests");
  if (!fault.retry_after) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}
Reply ServerError(const Fault&, const FaultScene&) {
  return PlatformErrorReply(500, "server_error", "An unexpected error occurred");
}

constexpr FaultRow kRows[] = {
    {"billing-late",
     kLate,
     false,
     "billing: this answer leaves away what was charged within the last 10 minutes, or billing-late=<ms>",
     kMillisecondsOrNone,
     nullptr,
     0,
     {},
     kBilling},
    {"billing-pages", kSmallPages, false, "billing: one event a page", kNone, nullptr, 0, {}, kBilling},
    {"billing-cut",
     kCut,
     false,
     "billing: the connection closes in the middle of the answer",
     kNone,
     nullptr,
     0,
     {},
     kBilling},
    {"billing-reset",
     kReset,
     false,
     "billing: the connection is reset without an answer",
     kNone,
     nullptr,
     0,
     {},
     kBilling},
    {"billing-401", kAnswer, false, "billing: 401 authorization_error", kNone, Unauthorized, 0, {}, kBilling},
    {"billing-404", kAnswer, false, "billing: 404 not_found", kNone, NothingThere, 0, {}, kBilling},
    {"billing-429",
     kAnswer,
     false,
     "billing: 429 rate_limited, Retry-After 1 or billing-429=<s>",
     kSecondsOrNone,
     RateLimited,
     0,
     {},
     kBilling},
    {"billing-types",
     kWrongTypes,
     false,
     "billing: numbers are texts, texts are numbers",
     kNone,
     nullptr,
     0,
     {},
     kBilling},
    {"billing-negative", kNegative, false, "billing: amounts are below 0", kNone, nullptr, 0, {}, kBilling},
    {"billing-403",
     kAnswer,
     false,
     "billing: 403 authorization_error, the key lacks a permission",
     kNone,
     NoBilling,
     0,
     {},
     kBilling},
    {"billing-500", kAnswer, false, "billing: 500 server_error", kNone, ServerError, 0, {}, kBilling},
    {"billing-garbage", kAnswer, false, "billing: 200 with plain text", kNone, NotJson, 0, {}, kBilling},
    {"billing-hang",
     kHang,
     false,
     "billing: answered after 10 minutes, or billing-hang=<ms>",
     kMillisecondsOrNone,
     nullptr,
     0,
     {},
     kBilling},
    {"credits-types",
     kWrongTypes,
     false,
     "credits: numbers are texts, texts are numbers",
     kNone,
     nullptr,
     0,
     {},
     kCredits},
    {"credits-negative", kNegative, false, "credits: amounts are below 0", kNone, nullptr, 0, {}, kCredits},
    {"credits-403",
     kAnswer,
     false,
     "credits: 403 authorization_error, the key lacks a permission",
     kNone,
     NoBilling,
     0,
     {},
     kCredits},
    {"credits-500", kAnswer, false, "credits: 500 server_error", kNone, ServerError, 0, {}, kCredits},
    {"credits-garbage", kAnswer, false, "credits: 200 with plain text", kNone, NotJson, 0, {}, kCredits},
    {"credits-hang",
     kHang,
     false,
     "credits: answered after 10 minutes, or credits-hang=<ms>",
     kMillisecondsOrNone,
     nullptr,
     0,
     {},
     kCredits},
};

}  // namespace

std::span<const FaultRow> BillingFaultRows() {
  return kRows;
}

}  // namespace flux::sim

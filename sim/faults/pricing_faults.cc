// What can go wrong where the platform tells its prices. They are armed, never named in a prompt.
#include "sim/faults/faults.h"

namespace flux::sim {
namespace {

using enum FaultKind;
using enum Argument;

Reply Unauthorized(const Fault&, const FaultScene&) {
  return PlatformErrorReply(401, "authorization_error", "Invalid or missing credentials");
}
Reply Forbidden(const Fault&, const FaultScene&) {
  return PlatformErrorReply(403, "authorization_error", "The key may not read prices");
}
Reply RateLimited(const Fault& fault, const FaultScene&) {
  Reply reply = PlatformErrorReply(429, "rate_limited", "Too many requests");
  if (!fault.retry_after) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}
Reply ServerError(const Fault&, const FaultScene&) {
  return PlatformErrorReply(500, "server_error", "An unexpected error occurred");
}

constexpr FaultRow Row(std::string_view word, FaultKind kind, std::string_view meaning,
                       Reply (*answer)(const Fault&, const FaultScene&) = nullptr,
                       Argument argument = kNone) {
  return {word, kind, false, meaning, argument, answer, 0, {}, FaultStep::kPricing};
}

constexpr FaultRow kRows[] = {
    Row("pricing-401", kAnswer, "prices: 401 authorization_error", Unauthorized),
    Row("pricing-403", kAnswer, "prices: 403 authorization_error", Forbidden),
    Row("pricing-429", kAnswer, "prices: 429 rate_limited, Retry-After 1 or pricing-429=<s>", RateLimited,
        kSecondsOrNone),
    Row("pricing-500", kAnswer, "prices: 500 server_error", ServerError),
    Row("pricing-garbage", kAnswer, "prices: 200 with plain text", NotJson),
    Row("pricing-cut", kCut, "prices: the connection closes in the middle of the answer"),
    Row("pricing-reset", kReset, "prices: the connection is reset without an answer"),
    Row("pricing-hang", kHang, "prices: answered after 10 minutes, or pricing-hang=<ms>", nullptr,
        kMillisecondsOrNone),
};

}  // namespace

std::span<const FaultRow> PricingFaultRows() {
  return kRows;
}

}  // namespace flux::sim

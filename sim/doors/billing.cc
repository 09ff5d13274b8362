// Reads the parameters, and damages what is told where a fault is armed.
#include "sim/doors/billing.h"

#include <absl/strings/numbers.h>

#include <variant>

#include "sim/doors/platform_query.h"
#include "sim/doors/strike.h"

namespace flux::sim {
namespace {

constexpr std::string_view kEvents = "/v1/models/billing-events";
constexpr std::string_view kAccount = "/v1/account/billing";
constexpr std::size_t kMostIds = 50;
constexpr std::uint32_t kMostLimit = 10'000;
constexpr std::chrono::hours kUsualSpan{24};
constexpr std::chrono::hours kLongestSpan{24 * 90};

std::variant<Reply, ChargesQuery> ReadQuery(const Request& request, WallTime now) {
  ChargesQuery query;
  query.endpoints = All(request, "endpoint_id");
  query.request_ids = All(request, "request_id");
  if (query.endpoints.size() > kMostIds) return Invalid("endpoint_id", "wanted 1 to 50 endpoint ids");
  if (query.request_ids.size() > kMostIds) return Invalid("request_id", "wanted 1 to 50 request ids");
  query.start = now - kUsualSpan;
  if (const auto start = request.Query("start")) {
    query.start = ReadTime(*start);
    if (!query.start) return Invalid("start", "wanted an ISO 8601 time");
  }
  if (const auto end = request.Query("end")) {
    query.end = ReadTime(*end);
    if (!query.end) return Invalid("end", "wanted an ISO 8601 time");
  }
  if (query.end.value_or(now) - *query.start > kLongestSpan) {
    return Invalid("start", "wanted a span of 90 days at most");
  }
  if (const auto limit = request.Query("limit")) {
    std::uint32_t number = 0;
    if (!absl::SimpleAtoi(*limit, &number) || number < 1 || number > kMostLimit) {
      return Invalid("limit", "wanted a whole number from 1 to 10000");
    }
    query.limit = number;
  }
  query.cursor = request.Query("cursor").value_or("");
  return query;
}

// Numbers become texts and texts numbers.
void SwapTypes(Json& value) {
  if (value.is_object() || value.is_array()) {
    for (Json& member : value) SwapTypes(member);
  } else if (value.is_number()) {
    value = value.dump();
  } else if (value.is_string()) {
    value = 7;
  }
}

void Negate(Json& value) {
  if (value.is_object() || value.is_array()) {
    for (Json& member : value) Negate(member);
  } else if (value.is_number()) {
    value = -1 - value.get<double>();
  }
}

Reply Told(const std::optional<Fault>& fault, Json answer, const char* part) {
  if (fault && fault->kind() == FaultKind::kWrongTypes) SwapTypes(answer[part]);
  if (fault && fault->kind() == FaultKind::kNegative) Negate(answer[part]);
  Reply reply = JsonReply(200, answer);
  reply.no_fal_headers = true;
  return reply;
}

}  // namespace

bool Billing::Owns(std::string_view path) {
  return path == kEvents || path == kAccount;
}

Reply Billing::Answer(const Request& request) {
  const std::string authorization(request.Header("authorization"));
  if (!RefuseKey(authorization, keys_.key)) {
    return PlatformErrorReply(403, "authorization_error", "The key lacks the permission billing:usage:read");
  }
  if (auto refusal = RefuseKey(authorization, keys_.billing_key)) return *std::move(refusal);
  return request.path == kEvents ? Events(request) : Credits(request);
}

Reply Billing::Events(const Request& request) {
  std::variant<Reply, ChargesQuery> read = ReadQuery(request, parts_.clock.WallNow());
  if (Reply* const refusal = std::get_if<Reply>(&read)) return std::move(*refusal);
  auto& query = std::get<ChargesQuery>(read);
  const auto fault = parts_.armed.Take(FaultStep::kBilling, std::string_view());
  if (fault && fault->kind() == FaultKind::kLate) query.extra_lag = fault->time;
  if (fault && fault->kind() == FaultKind::kSmallPages) query.limit = 1;
  return Strike(fault, {}, request, parts_.pause, [&] {
    std::optional<Json> page = parts_.charges.List(query);
    if (!page) return Invalid("cursor", "wanted the next_cursor of an earlier answer");
    return Told(fault, *std::move(page), "billing_events");
  });
}

Reply Billing::Credits(const Request& request) {
  const auto fault = parts_.armed.Take(FaultStep::kCredits, std::string_view());
  return Strike(fault, {}, request, parts_.pause, [&] {
    Json answer = {{"username", "sim"}};
    const auto expand = All(request, "expand");
    if (expand.size() == 1 && expand[0] == "credits") {
      answer["credits"] = {{"current_balance", static_cast<double>(parts_.charges.CreditsLeft()) / 1e9},
                           {"currency", "USD"}};
    }
    return Told(fault, std::move(answer), "credits");
  });
}

}  // namespace flux::sim

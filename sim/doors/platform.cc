// Reads the parameters of GET /v1/models/requests/by-endpoint, one by one, and says which of them is wrong;
// what is asked of money is answered in billing.cc.
#include "sim/doors/platform.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "sim/apps/models.h"
#include "sim/doors/billing.h"
#include "sim/doors/platform_query.h"
#include "sim/doors/strike.h"

namespace flux::sim {
namespace {

constexpr std::size_t kMostEndpoints = 50;
constexpr std::uint32_t kMostLimit = 100;
constexpr std::chrono::hours kUsualSpan{24};
constexpr std::chrono::hours kSpanOfOne{24 * 90};  // when one request is asked for

// The word among `words` that the parameter is; the first where it is absent; nothing for another.
template <typename Value>
std::optional<Value> Choice(const Request& request, std::string_view name,
                            std::initializer_list<std::pair<std::string_view, Value>> words) {
  const auto given = request.Query(name);
  if (!given) return words.begin()->second;
  const auto found = std::ranges::find(words, *given, &std::pair<std::string_view, Value>::first);
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

std::variant<Reply, HistoryQuery> ReadQuery(const Request& request, WallTime now) {
  using enum HistoryQuery::Status;
  HistoryQuery query;
  query.endpoints = All(request, "endpoint_id");
  if (query.endpoints.empty() || query.endpoints.size() > kMostEndpoints) {
    return Invalid("endpoint_id", "wanted 1 to 50 endpoint ids");
  }
  for (const std::string& endpoint : query.endpoints) {
    std::string_view app, path;
    if (SplitEndpoint(endpoint, app, path) && AppExists(app)) continue;
    return PlatformErrorReply(404, "not_found", "Endpoint not found");
  }
  query.request_id = request.Query("request_id");
  query.start = now - (query.request_id ? kSpanOfOne : kUsualSpan);
  if (const auto start = request.Query("start")) {
    query.start = ReadTime(*start);
    if (!query.start) return Invalid("start", "wanted an ISO 8601 time");
  }
  if (const auto end = request.Query("end")) {
    query.end = ReadTime(*end);
    if (!query.end) return Invalid("end", "wanted an ISO 8601 time");
  }
  const auto status = Choice<HistoryQuery::Status>(
      request, "status", {{"", kAny}, {"success", kSuccess}, {"error", kError}, {"user_error", kUserError}});
  if (!status) return Invalid("status", "wanted success, error or user_error");
  query.status = *status;
  const auto sort = Choice<HistoryQuery::Sort>(
      request, "sort_by",
      {{"ended_at", HistoryQuery::Sort::kEndedAt}, {"duration", HistoryQuery::Sort::kDuration}});
  if (!sort) return Invalid("sort_by", "wanted ended_at or duration");
  query.sort = *sort;
  for (const std::string& expand : All(request, "expand")) {
    if (expand != "payloads") return Invalid("expand", "wanted payloads");
    query.payloads = true;
  }
  if (const auto limit = request.Query("limit")) {
    std::uint32_t number = 0;
    if (!absl::SimpleAtoi(*limit, &number) || number < 1 || number > kMostLimit) {
      return Invalid("limit", "wanted a whole number from 1 to 100");
    }
    query.limit = number;
  }
  query.cursor = request.Query("cursor").value_or("");
  return query;
}

}  // namespace

Reply Platform::Answer(const Request& request) {
  if (request.method == "GET" && billing_.Owns(request.path)) return billing_.Answer(request);
  if (auto refusal = RefuseKey(request.Header("authorization"), keys_.key)) return *std::move(refusal);
  if (request.method == "GET" && request.path == "/v1/models/requests/by-endpoint")
    return ByEndpoint(request);
  if (request.method == "GET" && request.path == "/v1/models/pricing") return parts_.pricing.List(request);
  return PlatformErrorReply(404, "not_found", "Not found");
}

Reply Platform::ByEndpoint(const Request& request) {
  std::variant<Reply, HistoryQuery> read = ReadQuery(request, parts_.clock.WallNow());
  if (Reply* const refusal = std::get_if<Reply>(&read)) return std::move(*refusal);
  auto& query = std::get<HistoryQuery>(read);
  const auto fault = parts_.armed.Take(FaultStep::kHistory, query.endpoints);
  if (fault && fault->kind() == FaultKind::kLate) query.extra_lag = fault->time;
  if (fault && fault->kind() == FaultKind::kNoPayloads) query.payloads = false;
  if (fault && fault->kind() == FaultKind::kSmallPages) query.limit = 1;
  return Strike(fault, {}, request, parts_.pause, [&] {
    const std::optional<Json> page = parts_.history.List(query);
    if (!page) return Invalid("cursor", "wanted the next_cursor of an earlier answer");
    Reply reply = JsonReply(200, *page);
    reply.no_fal_headers = true;
    return reply;
  });
}

}  // namespace flux::sim

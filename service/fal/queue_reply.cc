// Every value's type is checked before it is read, so nothing that fal sends makes this code throw.
#include "service/fal/queue_reply.h"

#include <absl/strings/ascii.h>
#include <absl/time/time.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "service/fal/classify.h"
#include "service/fal/input_hash.h"

namespace flux::fal {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxIdBytes = 128;
constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxCursorBytes = 4096;
// Status bodies and refusals are far smaller; nothing larger is parsed to find a word in it.
constexpr std::size_t kMaxSearched = 64 * 1024;
// A status with its log.
constexpr std::size_t kMaxStatus = 256 * 1024;

// The member's text; empty where it is none or longer than `most` bytes.
std::string Text(const Json& object, const char* key, std::size_t most) {
  const Json* member = Member(object, key);
  if (member == nullptr || !member->is_string()) return {};
  const auto& text = member->get_ref<const std::string&>();
  return text.size() <= most ? text : std::string();
}

std::optional<Json> ReadSmall(std::string_view body, std::size_t most = kMaxSearched) {
  if (body.size() > most) return std::nullopt;
  Result<Json> json = ParseJson(body);
  if (!json || !json->is_object()) return std::nullopt;
  return *std::move(json);
}

bool IsSuccess(const FalReply& reply) {
  return reply.status >= 200 && reply.status <= 299;
}

// By its ends alone: results hold pictures.
bool LooksLikeObject(std::string_view body) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = body.find_first_not_of(kSpace);
  return first != std::string_view::npos && body[first] == '{' && body[body.find_last_not_of(kSpace)] == '}';
}

// fal-api "Platform API": ISO 8601; without a zone it is UTC.
std::optional<WallTime> ReadTime(const std::string& text) {
  for (const char* format : {absl::RFC3339_full, "%Y-%m-%dT%H:%M:%E*S"}) {
    absl::Time time;
    if (text.empty() || !absl::ParseTime(format, text, &time, nullptr)) continue;
    // Far beyond these a count of nanoseconds overflows.
    if (time < absl::FromUnixSeconds(0) || time > absl::FromUnixSeconds(4'102'444'800)) return std::nullopt;
    return absl::ToChronoTime(time);
  }
  return std::nullopt;
}

std::vector<LogLine> ReadLogs(const Json& json) {
  constexpr std::size_t kMostLines = 1000;
  constexpr std::size_t kMaxTimeBytes = 64;
  std::vector<LogLine> lines;
  for (std::size_t i = json.size() - std::min(json.size(), kMostLines); i < json.size(); ++i) {
    if (!json[i].is_object()) continue;
    std::string message = Text(json[i], "message", kMaxStatus);
    const std::optional<WallTime> at = ReadTime(Text(json[i], "timestamp", kMaxTimeBytes));
    if (!message.empty() && at) lines.push_back({*at, std::move(message)});
  }
  return lines;
}

std::optional<HistoryItem> ReadItem(const Json& json) {
  constexpr std::size_t kMaxTimeBytes = 64;
  HistoryItem item;
  item.request_id = Text(json, "request_id", kMaxIdBytes);
  const std::optional<WallTime> sent = ReadTime(Text(json, "sent_at", kMaxTimeBytes));
  if (!IsRequestId(item.request_id) || !sent) return std::nullopt;
  item.sent_at = *sent;
  item.ended_at = ReadTime(Text(json, "ended_at", kMaxTimeBytes));
  const Json* code = Member(json, "status_code");
  if (code != nullptr && code->is_number_integer() && *code >= 100 && *code <= 599) {
    item.status_code = code->get<int>();
  }
  if (const Json* input = Member(json, "json_input"); input != nullptr && input->is_object()) {
    item.input_sha256 = InputSha256(input->dump());
  }
  if (const Json* output = Member(json, "json_output"); output != nullptr && output->is_object()) {
    item.output = output->dump();
  }
  return item;
}

}  // namespace

bool IsRequestId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::ranges::all_of(id, [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
}

bool IsFromFal(const FalReply& reply) {
  return !reply.request_id.empty() || !reply.error_type.empty() || !reply.billable_units.empty() ||
         ReadSmall(reply.body).has_value();
}

std::optional<QueueTicket> ReadTicket(std::string_view body) {
  const std::optional<Json> json = ReadSmall(body);
  if (!json) return std::nullopt;
  QueueTicket ticket;
  ticket.request_id = Text(*json, "request_id", kMaxIdBytes);
  if (!IsRequestId(ticket.request_id)) return std::nullopt;
  ticket.status_url = Text(*json, "status_url", kMaxUrlBytes);
  ticket.response_url = Text(*json, "response_url", kMaxUrlBytes);
  ticket.cancel_url = Text(*json, "cancel_url", kMaxUrlBytes);
  return ticket;
}

std::optional<QueueState> ReadStatusBody(std::string_view body) {
  const std::optional<Json> json = ReadSmall(body, kMaxStatus);
  const std::string word = json ? Text(*json, "status", kMaxSearched) : std::string();
  if (word.empty()) return std::nullopt;
  QueueState state;
  if (const Json* logs = Member(*json, "logs"); logs != nullptr && logs->is_array())
    state.logs = ReadLogs(*logs);
  if (word == "COMPLETED") state.kind = QueueState::Kind::kCompleted;
  if (word != "IN_QUEUE") return state;
  state.kind = QueueState::Kind::kQueued;
  const Json* position = Member(*json, "queue_position");
  if (position != nullptr && position->is_number_unsigned()) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    state.position = static_cast<std::uint32_t>(std::min(position->get<std::uint64_t>(), kMost));
  }
  return state;
}

std::optional<QueueState> ReadState(const FalReply& reply) {
  if (reply.status == 404 && IsFromFal(reply)) return QueueState{QueueState::Kind::kGone};
  return IsSuccess(reply) ? ReadStatusBody(reply.body) : std::nullopt;
}

ResultKind ReadResult(const FalReply& reply) {
  switch (reply.status) {
    case 202:  // the status before completion, whatever was asked for
      return ResultKind::kInProgress;
    case 400: {
      // fal tells it in words alone.
      const std::optional<Json> json = ReadSmall(reply.body);
      const bool waits =
          json && Text(*json, "detail", kMaxSearched).find("still in progress") != std::string::npos;
      return waits ? ResultKind::kInProgress : ResultKind::kModels;
    }
    case 404:
      // A path that no model has is told by fal's platform when the result is fetched, with its bill of 0.
      if (BillableUnits(reply)) return ResultKind::kModels;
      return IsFromFal(reply) ? ResultKind::kGone : ResultKind::kNotModels;
    case 401:
    case 403:
    case 408:
    case 429:
      return ResultKind::kNotModels;
    default:
      break;
  }
  if (IsSuccess(reply)) {
    if (IsFailure(reply)) return ResultKind::kNotModels;
    return LooksLikeObject(reply.body) ? ResultKind::kModels : ResultKind::kDoubtful;
  }
  if (reply.status >= 500) return IsFromFal(reply) ? ResultKind::kDoubtful : ResultKind::kNotModels;
  return reply.status >= 400 ? ResultKind::kModels : ResultKind::kNotModels;
}

std::optional<CancelAnswer> ReadCancel(const FalReply& reply) {
  const std::optional<Json> json = ReadSmall(reply.body);
  const std::string word = json ? Text(*json, "status", kMaxSearched) : std::string();
  if (word == "ALREADY_COMPLETED") return CancelAnswer::kAlreadyCompleted;
  if (word == "NOT_FOUND") return CancelAnswer::kNotFound;
  if (reply.status == 404 && IsFromFal(reply)) return CancelAnswer::kNotFound;
  return IsSuccess(reply) ? std::optional(CancelAnswer::kRequested) : std::nullopt;
}

std::optional<HistoryPage> ReadHistory(std::string_view body) {
  const Result<Json> json = ParseJson(body);
  const Json* items = json ? Member(*json, "items") : nullptr;
  if (items == nullptr || !items->is_array()) return std::nullopt;
  HistoryPage page;
  for (const Json& each : *items) {
    if (std::optional<HistoryItem> item = ReadItem(each)) page.items.push_back(*std::move(item));
  }
  const Json* more = Member(*json, "has_more");
  if (more == nullptr || *more != false) page.next_cursor = Text(*json, "next_cursor", kMaxCursorBytes);
  return page;
}

}  // namespace flux::fal

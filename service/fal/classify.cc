// The table that turns fal's answers into Reasons, and the code that finds the row. An error's type decides
// before its status does; its text never decides.
#include "service/fal/classify.h"

#include <absl/time/time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "service/fal/error_body.h"

namespace flux::fal {
namespace {

using Json = nlohmann::json;

// Conditions that are told outside of fal's types; they stand in the type column.
constexpr std::string_view kUserTimeout = "x-fal-request-timeout-type: user";
constexpr std::string_view kNotFromFal = "no JSON and no x-fal header";

struct Rule {
  int status;             // 0: any
  std::string_view type;  // empty: any; a trailing * matches every ending
  Reason reason;
  Billed billed;
  std::string_view sentence = {};  // instead of the error table's
};

// First match wins. "fal-api §n" is where the row was read.
constexpr std::array kRules{
    // §3.1: our key or our balance. The caller can change neither, whatever the text says.
    Rule{401, "", Reason::kUpstreamAccount, Billed::kNo},
    Rule{403, "", Reason::kUpstreamAccount, Billed::kNo},
    // §3.1, §1.2: routed by the platform, 0 units.
    Rule{404, "", Reason::kUpstreamNotFound, Billed::kNo},
    // §3.1: the framework's answer where a path exists for another method; our POST found no application.
    Rule{405, "", Reason::kUpstreamNotFound, Billed::kNo},
    // §2: the type comes with a 429, and from one source with a 200. Nothing was started.
    Rule{0, "concurrent_requests_limit", Reason::kUpstreamThrottled, Billed::kNo},
    // §2: also fal_max_queue_length. Nothing was started.
    Rule{429, "", Reason::kUpstreamThrottled, Billed::kNo},
    // §3.1, §3.4: fal believes that we left, yet we read its answer, so a hop between us broke. §2: a dropped
    // run may be cancelled or charged; assume charged. Not CANCELLED: the caller is still there.
    Rule{499, "", Reason::kUpstreamConnectionLost, Billed::kMaybe},

    // §3.3: also as one of several items. §3.5: a 422 is charged when it took GPU time, and a result may
    // have.
    Rule{0, "content_policy_violation", Reason::kContentPolicy, Billed::kMaybe},
    // §3.3: the model ran and made nothing.
    Rule{422, "no_media_generated", Reason::kUpstreamNoImages, Billed::kMaybe,
         "fal made no picture from this request."},
    // §3.3: what a model calls failed; nothing the caller wrote. Only 5xx are documented as free (§3.5).
    Rule{400, "downstream_service_*", Reason::kUpstreamError, Billed::kMaybe},
    // §3.2: the JSON is ours.
    Rule{422, "value_error.jsondecode", Reason::kInternal, Billed::kNo},
    Rule{422, "json_invalid", Reason::kInternal, Billed::kNo},
    // §3.2: pydantic v1; validation is 0 units (§3.5). Plain "value_error" is raised by app code and falls
    // through.
    Rule{422, "value_error.*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "type_error*", Reason::kUpstreamRejectedInput, Billed::kNo},
    // §3.2: pydantic v2.
    Rule{422, "missing", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "literal_error", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "model_attributes_type", Reason::kUpstreamRejectedInput, Billed::kNo},
    // §3.2, §3.3: numbers and lists out of bounds; both generations of checks use these names.
    Rule{422, "greater_than*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "less_than*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "multiple_of", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "sequence_too_*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "one_of", Reason::kUpstreamRejectedInput, Billed::kNo},
    // §3.3: inputs that could not be read, so no GPU was used.
    Rule{422, "image_*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "file_*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "face_detection_error", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "unsupported_*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "feature_not_supported", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "invalid_archive", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "archive_file_count_*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "audio_duration_*", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{422, "video_duration_*", Reason::kUpstreamRejectedInput, Billed::kNo},
    // §3.5: "may be charged when GPU time was used"; of a type that nobody documents we cannot tell.
    Rule{422, "", Reason::kUpstreamRejectedInput, Billed::kMaybe},
    // §3.4: refused by the platform before any runner.
    Rule{400, "bad_request", Reason::kUpstreamRejectedInput, Billed::kNo},
    Rule{400, "", Reason::kUpstreamRejectedInput, Billed::kMaybe},
    // §3.1 (unconfirmed): only pictures make a request large, and those are the caller's.
    Rule{413, "", Reason::kUpstreamRejectedInput, Billed::kNo,
         "fal refused the request as too large; send smaller pictures, or URLs instead of bytes."},

    // §2: the start took longer than the limit we set. Free, and official clients never resend it.
    Rule{504, kUserTimeout, Reason::kUpstreamTimeout, Billed::kNo,
         "fal did not start in time; nothing was billed."},
    // §3.4: no runner came up, so nothing ran; transient.
    Rule{504, "startup_timeout", Reason::kUpstreamBusy, Billed::kNo},
    // §3.4, §3.3: it ran and was given up. 5xx are free (§3.5), but a second try would need as long again:
    // not resent.
    Rule{504, "request_timeout", Reason::kUpstreamTimeout, Billed::kNo,
         "fal gave up on the request; nothing was billed."},
    Rule{504, "generation_timeout", Reason::kUpstreamTimeout, Billed::kNo,
         "fal gave up on the request; nothing was billed."},
    // §3.3: other copies of the table list these as 504. A failed service, not a busy platform.
    Rule{504, "downstream_service_*", Reason::kUpstreamError, Billed::kNo},
    // An ingress that stopped waiting: behind it the run may go on to a success, which is charged (§2, §3.5).
    // What fal documents as free is its own 504, so this one is never resent.
    Rule{504, kNotFromFal, Reason::kUpstreamTimeout, Billed::kMaybe},
    // §3.4, §3.5: transient, free, in the documented set of statuses to resend.
    Rule{504, "", Reason::kUpstreamBusy, Billed::kNo},
    // §3.4 runner_*, §3.1 GPU error: as above.
    Rule{503, "", Reason::kUpstreamBusy, Billed::kNo},
    // §3.4 runner_incomplete_response, and the ingress page: §2, official clients resend that as never having
    // reached an application; it comes at once, unlike a 504.
    Rule{502, "", Reason::kUpstreamBusy, Billed::kNo},
    // §3.3, §3.4: free (§3.5), but not among the statuses to resend: a crash tends to repeat.
    Rule{500, "", Reason::kUpstreamError, Billed::kNo},
    // Not in fal-api: whoever waited for our bytes gave up; how far it came is unknown.
    Rule{408, "", Reason::kUpstreamTimeout, Billed::kMaybe},
};
// Not in fal-api: a server's fault that fal does not document as free.
constexpr Rule kUnknownServerError{0, "", Reason::kUpstreamError, Billed::kMaybe,
                                   "fal answered with a server error that it does not document."};
// Not in fal-api: nothing says that the caller could have done better, so it is ours.
constexpr Rule kUnknown{0, "", Reason::kUpstreamProtocol, Billed::kMaybe};

// More items than any real answer has; each costs a look at the table.
constexpr std::size_t kMaxItems = 32;
// With error_body.h's 3 KiB these keep all of a Status within gRPC's 8 KiB of trailers.
constexpr std::size_t kMaxViolations = 8;
constexpr std::size_t kMaxFieldBytes = 64;
constexpr std::size_t kMaxMessageBytes = 160;
// The longest wait that we pass on; more is a mistake or an attack.
constexpr std::chrono::seconds kMaxRetryAfter{3600};

// What an answer says, whichever of its forms it has.
struct Facts {
  std::vector<std::string_view> types;  // of items, then of the whole
  std::vector<Violation> violations;
  std::string_view text;  // `detail` as a plain string
};

std::string_view TextOf(const Json* json) {
  return json && json->is_string() ? std::string_view(json->get_ref<const std::string&>())
                                   : std::string_view();
}

// ["body", "loras", 0, "path"] is "loras.0.path".
std::string FieldPath(const Json* loc) {
  std::string path;
  if (!loc || !loc->is_array()) return path;
  for (std::size_t i = 0; i < loc->size() && path.size() <= kMaxFieldBytes; ++i) {
    const Json& part = (*loc)[i];
    std::string step;
    if (part.is_string()) step = part.get_ref<const std::string&>();
    if (part.is_number_integer()) step = part.dump();
    if (step.empty() || (i == 0 && step == "body")) continue;
    if (!path.empty()) path += '.';
    path += step;
  }
  return Shorten(path, kMaxFieldBytes);
}

void ReadItem(const Json& item, Facts& facts) {
  if (!item.is_object()) return;
  if (const std::string_view type = TextOf(Member(item, "type")); !type.empty()) facts.types.push_back(type);
  const std::string_view message = TextOf(Member(item, "msg"));
  if (message.empty() || facts.violations.size() == kMaxViolations) return;
  facts.violations.push_back({FieldPath(Member(item, "loc")), Shorten(message, kMaxMessageBytes)});
}

// Views into `reply` and `body`.
Facts ReadFacts(const FalReply& reply, const Json* body) {
  Facts facts;
  if (body) {
    if (const Json* detail = Member(*body, "detail")) {
      facts.text = TextOf(detail);
      if (detail->is_object()) ReadItem(*detail, facts);
      if (detail->is_array()) {
        for (std::size_t i = 0; i < std::min(detail->size(), kMaxItems); ++i) ReadItem((*detail)[i], facts);
      }
    }
    for (const char* key : {"error_type", "type"}) {
      if (const std::string_view type = TextOf(Member(*body, key)); !type.empty())
        facts.types.push_back(type);
    }
  }
  if (!reply.error_type.empty()) facts.types.push_back(reply.error_type);
  if (reply.timeout_type == "user") facts.types.push_back(kUserTimeout);
  if (!body && reply.request_id.empty() && reply.error_type.empty()) facts.types.push_back(kNotFromFal);
  return facts;
}

bool Matches(std::string_view pattern, std::string_view type) {
  if (!pattern.ends_with('*')) return pattern == type;
  return type.starts_with(pattern.substr(0, pattern.size() - 1));
}

const Rule& FindRule(int status, const Facts& facts) {
  for (const Rule& rule : kRules) {
    if (rule.status != 0 && rule.status != status) continue;
    const auto matches = [&](std::string_view type) { return Matches(rule.type, type); };
    if (rule.type.empty() || std::ranges::any_of(facts.types, matches)) return rule;
  }
  return status >= 500 && status <= 599 ? kUnknownServerError : kUnknown;
}

bool EqualsLowerCase(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

// What the reply's headers change about the table's verdict.
Reason Advised(Reason reason, Billed billed, const FalReply& reply) {
  // X-Fal-Retryable (§3.3) and X-Fal-Needs-Retry ("Inference API: newer behaviour") beat the table, within
  // what is certainly free: fal's own 5xx (§3.5). A 4xx that says so may have been charged. Where the two
  // disagree, nothing is sent again.
  const bool advisable = reason == Reason::kUpstreamError || reason == Reason::kUpstreamBusy ||
                         reason == Reason::kUpstreamTimeout;
  if (reply.status >= 500 && reply.timeout_type != "user" && advisable) {
    if (EqualsLowerCase(reply.retryable, "false")) {
      return RowOf(reason).resend ? Reason::kUpstreamError : reason;
    }
    const bool passes = EqualsLowerCase(reply.retryable, "true") || reply.needs_retry == "1";
    if (passes && billed == Billed::kNo) return Reason::kUpstreamBusy;
  }
  // A failure that was billed after all must not be bought again.
  return RowOf(reason).resend && billed != Billed::kNo ? Reason::kUpstreamError : reason;
}

// What the caller reads. A rule's own sentence counts only where nothing changed the rule's verdict.
std::string Sentence(const Rule& rule, const Facts& facts, Reason reason, Billed billed) {
  if (!rule.sentence.empty() && reason == rule.reason && billed == rule.billed) {
    return std::string(rule.sentence);
  }
  const std::string meaning(RowOf(reason).meaning);
  if (reason != Reason::kUpstreamRejectedInput && reason != Reason::kContentPolicy) return meaning;

  std::string why(facts.text);
  if (!facts.violations.empty()) {
    const auto& [field, message] = facts.violations.front();
    why = field.empty() ? message : field + ": " + message;
  }
  if (why.empty()) return meaning;
  const std::string_view who = reason == Reason::kContentPolicy ? "fal's content checker" : "fal";
  return std::string(who) + " refused the request: " + Shorten(why, kMaxFieldBytes + kMaxMessageBytes);
}

// RFC 9110 §5.6.7: one form to write, two older ones to accept; all are in GMT.
std::optional<absl::Time> ReadDate(const std::string& text) {
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    absl::Time time;
    if (absl::ParseTime(format, text, &time, nullptr)) return time;
  }
  return std::nullopt;
}

// Seconds or a date (RFC 9110 §10.2.3). A date goes by the sender's clock, so it counts from the sender's
// Date.
std::optional<std::chrono::milliseconds> RetryAfter(const FalReply& reply) {
  const std::string& text = reply.retry_after;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) {
    return std::min(std::chrono::seconds(seconds), kMaxRetryAfter);
  }
  const std::optional<absl::Time> then = ReadDate(text);
  const std::optional<absl::Time> now = ReadDate(reply.date);
  if (!then || !now) return std::nullopt;
  return std::clamp(absl::ToChronoSeconds(*then - *now), std::chrono::seconds(0), kMaxRetryAfter);
}

}  // namespace

bool IsFailure(const FalReply& reply) {
  if (reply.status < 200 || reply.status > 299) return true;
  // §2: the limit's body is some 100 bytes; results with pictures in them are not searched.
  constexpr std::size_t kMaxLimitBody = 4096;
  if (reply.body.size() > kMaxLimitBody ||
      reply.body.find("concurrent_requests_limit") == std::string::npos) {
    return false;
  }
  const Result<Json> body = ParseJson(reply.body);
  return body && !Member(*body, "images") &&
         (TextOf(Member(*body, "type")) == "concurrent_requests_limit" ||
          TextOf(Member(*body, "error_type")) == "concurrent_requests_limit");
}

Status Classify(const FalReply& reply) {
  const bool success = reply.status >= 200 && reply.status <= 299;
  std::optional<Json> body;
  // A success that cannot be read is not searched for types: its body is the model's, not fal's.
  if (!success || IsFailure(reply)) {
    if (Result<Json> read = ParseJson(reply.body)) body = *std::move(read);
  }
  const Facts facts = ReadFacts(reply, body ? &*body : nullptr);
  const Rule& rule = FindRule(reply.status, facts);

  Billed billed = rule.billed;
  if (const auto units = BillableUnits(reply)) billed = *units > 0 ? Billed::kYes : Billed::kNo;
  const Reason reason = Advised(rule.reason, billed, reply);

  Status status(reason, Sentence(rule, facts, reason, billed));
  status.billed = billed;
  if (reason == Reason::kUpstreamRejectedInput || reason == Reason::kContentPolicy) {
    status.violations = facts.violations;
  }
  if (IsRetryable(status)) status.retry_after = RetryAfter(reply);
  status.upstream = UpstreamError{reply.status, RequestId(reply), {}};
  // What fal says of our key and our balance is the operator's business alone (the log names the reason).
  if (body && reason != Reason::kUpstreamAccount) {
    status.upstream->body = BoundedErrorBody(*std::move(body));
  }
  return status;
}

std::optional<std::uint32_t> ConcurrencyLimit(const FalReply& reply) {
  const Result<Json> body = ParseJson(reply.body);
  if (!body) return std::nullopt;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const Json* data = Member(*body, "data");
  const Json* limit = data ? Member(*data, "limit") : nullptr;
  if (limit && limit->is_number_unsigned()) {
    return static_cast<std::uint32_t>(std::min(limit->get<std::uint64_t>(), kMost));
  }
  // The number is told in the sentence as well, and by more sources (§2).
  constexpr std::string_view kSentence = "Reached concurrent requests limit of ";
  const std::string_view text = TextOf(Member(*body, "detail"));
  if (!text.starts_with(kSentence)) return std::nullopt;
  const std::string_view number = text.substr(kSentence.size());
  std::uint32_t told = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), told);
  return error == std::errc() ? std::optional(told) : std::nullopt;
}

std::string RequestId(const FalReply& reply) {
  constexpr std::size_t kMaxBytes = 128;
  const bool sound = reply.request_id.size() <= kMaxBytes &&
                     std::ranges::all_of(reply.request_id, [](char c) { return c > 0x20 && c < 0x7f; });
  return sound ? reply.request_id : std::string();
}

std::optional<double> BillableUnits(const FalReply& reply) {
  const std::string& text = reply.billable_units;
  double units = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), units);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(units) || units < 0) {
    return std::nullopt;
  }
  return units;
}

}  // namespace flux::fal

// The table, its words, and the answers that need no picture.
#include "sim/faults.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace flux::sim {
namespace {

using enum FaultKind;

constexpr FaultRow kRows[] = {
    {"nsfw", kNsfw, true, "200, all-black picture, has_nsfw_concepts true; nothing when the checker is off"},
    {"policy", kPolicy, false, "422 content_policy_violation"},
    {"download", kDownload, false, "422 file_download_error"},
    {"string422", kString422, false, "422 whose detail is a plain string"},
    {"429", k429, false, "429 concurrent_requests_limit"},
    {"429-200", k429With200, false, "the same body with status 200"},
    {"401", k401, false, "401, key not known"},
    {"403", k403, false, "403, balance exhausted"},
    {"404", k404, false, "404, path not found"},
    {"499", k499, false, "499, cancelled by the client"},
    {"500", k500, false, "500 Internal Server Error"},
    {"502", k502, false, "502, an HTML page of nginx without any fal header"},
    {"503", k503, false, "503 runner_scheduling_failure, flat form"},
    {"504", k504, false, "504 generation_timeout, list form, retryable"},
    {"504-user", k504User, false, "504 with X-Fal-Request-Timeout-Type: user"},
    {"slow", kSlow, true, "slow=<ms>: answers after that time, at most 10 minutes"},
    {"hang", kHang, true, "answers after 10 minutes, or stops when the caller leaves"},
    {"cut", kCut, true, "the connection closes in the middle of the reply"},
    {"reset", kReset, true, "the connection is reset without any reply"},
    {"notjson", kNotJson, true, "200 with plain text"},
    {"empty", kEmpty, true, "200 with an empty list of images"},
    {"noimages", kNoImages, true, "200 without images"},
    {"huge", kHuge, true, "200 with a reply of 110 MB"},
};

constexpr std::chrono::minutes kLongest{10};

constexpr std::string_view kNginxPage =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

Reply PlainReply(int status, std::string_view content_type, std::string_view body) {
  Reply reply;
  reply.status = status;
  reply.content_type = content_type;
  reply.body = body;
  return reply;
}

Reply UserTimeout() {
  Reply reply = RequestErrorReply(504, "request_timeout", "Request timed out before processing started");
  reply.headers.emplace_back("X-Fal-Request-Timeout-Type", "user");
  return reply;
}

Reply NginxPage() {
  Reply reply = PlainReply(502, "text/html", kNginxPage);
  reply.from_ingress = true;
  return reply;
}

}  // namespace

std::span<const FaultRow> FaultRows() {
  return kRows;
}

const FaultRow& RowOf(FaultKind kind) {
  return *std::ranges::find(kRows, kind, &FaultRow::kind);
}

std::optional<Fault> FaultNamed(std::string_view word) {
  if (word.starts_with("sim:")) word.remove_prefix(4);
  const auto equals = word.find('=');
  const auto* row = std::ranges::find(kRows, word.substr(0, equals), &FaultRow::word);
  if (row == std::end(kRows) || (equals != std::string_view::npos) != (row->kind == kSlow))
    return std::nullopt;
  if (row->kind == kHang) return Fault{kHang, kLongest};
  if (row->kind != kSlow) return Fault{row->kind};
  std::uint32_t ms = 0;
  if (!absl::SimpleAtoi(std::string(word.substr(equals + 1)), &ms)) return std::nullopt;
  return Fault{kSlow, std::min<std::chrono::milliseconds>(std::chrono::milliseconds(ms), kLongest)};
}

std::optional<Fault> FaultIn(const std::string& prompt) {
  const std::vector<std::string> words = absl::StrSplit(prompt, absl::ByAnyChar(" \t\r\n"));
  for (std::string word : words) {
    if (!word.starts_with("sim:")) continue;
    while (std::string_view(".,;!?").find(word.back()) != std::string_view::npos) word.pop_back();
    if (const auto fault = FaultNamed(word)) return fault;
  }
  return std::nullopt;
}

std::optional<Reply> CannedReply(FaultKind kind, const FaultScene& scene) {
  switch (kind) {
    case kPolicy:
      return ModelErrorReply(
          {422,
           "content_policy_violation",
           "The content could not be processed because it contained material flagged by a content checker.",
           {"body", "prompt"},
           false,
           {{"input", scene.prompt}}});
    case kDownload:
      return ModelErrorReply(
          {422,
           "file_download_error",
           "Failed to download the file. Please check if the URL is accessible and try again.",
           {"body"}});
    case kString422:
      return DetailReply(422, "Could not load image from url: https://example.invalid/image.png");
    case k429:
      return ConcurrencyReply(429, scene.limit);
    case k429With200:
      return ConcurrencyReply(200, scene.limit);
    case k401:
      return DetailReply(401, "No user found for Key ID and Secret");
    case k403:
      return DetailReply(
          403, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.");
    case k404:
      return DetailReply(404, fmt::format("Path /{} not found", scene.path));
    case k499:
      return DetailReply(499, "Request cancelled by the client.");
    case k500:
      return DetailReply(500, "Internal Server Error");
    case k502:
      return NginxPage();
    case k503:
      return RequestErrorReply(503, "runner_scheduling_failure",
                               "Failed to schedule a runner for the request");
    case k504:
      return ModelErrorReply({504, "generation_timeout", "The generation took too long.", {"body"}, true});
    case k504User:
      return UserTimeout();
    case kNotJson:
      return PlainReply(200, "text/plain", "Here is your picture.\n");
    case kEmpty:
      return JsonReply(200, {{"images", Json::array()}});
    case kNoImages:
      return JsonReply(200, {{"timings", {{"inference", 1.0}}}, {"prompt", scene.prompt}});
    case kNsfw:
    case kSlow:
    case kHang:
    case kCut:
    case kReset:
    case kHuge:
      return std::nullopt;
  }
  return std::nullopt;
}

void ArmedFaults::Arm(Fault fault, std::uint32_t count) {
  const std::lock_guard lock(mutex_);
  rounds_.push_back({fault, count});
}

void ArmedFaults::Clear() {
  const std::lock_guard lock(mutex_);
  rounds_.clear();
}

std::optional<Fault> ArmedFaults::Take() {
  const std::lock_guard lock(mutex_);
  if (rounds_.empty()) return std::nullopt;
  const Fault fault = rounds_.front().fault;
  if (--rounds_.front().left == 0) rounds_.pop_front();
  return fault;
}

}  // namespace flux::sim

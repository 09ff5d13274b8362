// Looks, tells what is new, waits.
#include "gateway/doors/jobs/job_events.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/loose_text.h"
#include "gateway/doors/flux/job_json.h"
#include "gateway/doors/flux/public_time.h"
#include "gateway/doors/job_failure.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

// Well below the minute after which proxies drop a silent connection.
constexpr std::chrono::seconds kSilence{10};
// Then the reader comes again, by itself, and perhaps to a server that has less to do.
constexpr std::chrono::hours kLongest{1};
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMostLines = 200;  // in one piece
constexpr std::string_view kStillThere = ": still there\n\n";

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// `data` is one line.
std::string EventText(std::string_view name, std::string_view id, std::string_view data) {
  std::string event;
  event.reserve(name.size() + id.size() + data.size() + 32);
  event.append("event: ")
      .append(name)
      .append("\nid: ")
      .append(id)
      .append("\ndata: ")
      .append(data)
      .append("\n\n");
  return event;
}

}  // namespace

std::optional<EventPlace> ReadPlace(std::string_view last_event_id, std::string_view job) {
  if (!last_event_id.starts_with(job) || !last_event_id.substr(job.size()).starts_with('.'))
    return std::nullopt;
  std::string_view rest = last_event_id.substr(job.size() + 1);
  EventPlace place;
  constexpr std::string_view kEnd = ".end";
  if (rest.ends_with(kEnd)) {
    place.end = true;
    rest.remove_suffix(kEnd.size());
  }
  constexpr std::uint64_t kMost = 1'000'000'000;
  const bool digits = !rest.empty() && rest.find_first_not_of("0123456789") == std::string_view::npos;
  const std::optional<std::uint64_t> logs = digits ? DigitsIn(rest) : std::nullopt;
  if (!logs || *logs > kMost) return std::nullopt;
  place.logs = static_cast<std::uint32_t>(*logs);
  return place;
}

std::string EventId(std::string_view job, EventPlace place) {
  return std::string(job) + '.' + std::to_string(place.logs) + (place.end ? ".end" : "");
}

asio::awaitable<std::string> JobEvents::Next() {
  const SteadyTime silent_until = std::chrono::steady_clock::now() + kSilence;
  for (;;) {
    if (last_ != nullptr) co_return NextPiece();
    if (std::string news = News(); !news.empty()) co_return news;
    // Whoever is in the middle of it comes again, and goes on where it was.
    if (parts_.watcher->Leaving() || std::chrono::steady_clock::now() - begun_ > kLongest)
      co_return std::string();
    const Event::Outcome outcome = co_await parts_.watcher->Changed(silent_until);
    if (outcome == Event::Outcome::kDeadline) co_return std::string(kStillThere);
    if (outcome == Event::Outcome::kCancelled)
      co_return std::string();  // read only where it is the server that ends
  }
}

std::string JobEvents::News() {
  std::string out;
  if (!std::exchange(greeted_, true)) out = kRetryEvents;
  // Before the lines, so that none of those that were there at its end is missing.
  const std::shared_ptr<const v1::Job> job = parts_.watcher->job();
  const std::optional<Status> failure = parts_.watcher->failure();
  if (AppendLogs(out)) return out;  // there may be more of them
  AppendStatus(*job, out);
  if (IsOver(*job) && job->has_generation()) {
    last_ = parts_.watcher->Text([this](const v1::Job& over, std::uint32_t logs) {
      return EventText("result", EventId(parts_.id, {logs, true}), RenderJob(over));
    });
  } else if (IsOver(*job) || failure) {
    last_ = std::make_shared<const std::string>(FailureEvent(IsOver(*job) ? FailureOf(*job) : *failure));
  }
  if (last_ != nullptr && out.empty()) return NextPiece();
  return out;
}

void JobEvents::AppendStatus(const v1::Job& job, std::string& out) {
  Json status{{"id", job.id()}, {"state", StateName(job.state())}};
  if (job.has_queue_position()) status["queue_position"] = job.queue_position();
  std::string told = Dump(status);
  if (told == told_) return;
  told_ = std::move(told);
  if (job.has_created_at()) {
    using google::protobuf::util::TimeUtil;
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.WallNow().time_since_epoch());
    std::int64_t end = now.count();
    if (job.has_ended_at()) end = TimeUtil::TimestampToMilliseconds(job.ended_at());
    status["elapsed_ms"] =
        std::max<std::int64_t>(end - TimeUtil::TimestampToMilliseconds(job.created_at()), 0);
  }
  out += EventText("status", EventId(parts_.id, {parts_.logs_seen}), Dump(status));
}

bool JobEvents::AppendLogs(std::string& out) {
  std::uint32_t number = parts_.logs_seen;
  const std::vector<v1::JobLog> lines = parts_.watcher->Logs(number, kMostLines);
  for (const v1::JobLog& line : lines) {
    Json log = Json::object();
    if (line.has_at()) log["at"] = PublicTime(line.at());
    log["message"] = line.message();
    out += EventText("log", EventId(parts_.id, {++number}), Dump(log));
  }
  parts_.logs_seen = std::max(parts_.logs_seen, number);
  return lines.size() == kMostLines;
}

std::string JobEvents::FailureEvent(const Status& status) const {
  const Reply told = parts_.dialect.Render(status, parts_.request_id, parts_.clock.WallNow());
  return EventText("error", EventId(parts_.id, {parts_.logs_seen, true}), told.body);
}

std::string JobEvents::NextPiece() {
  std::string piece = last_->substr(sent_, kPiece);
  sent_ += piece.size();
  return piece;  // empty at the end
}

}  // namespace flux::gateway

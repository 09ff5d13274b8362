// The routes of the queue and the JSON of a status. What a job is and how it is made is in jobs.cc.
#include "sim/doors/queue.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "sim/doors/strike.h"

namespace flux::sim {
namespace {

// How often a stream looks for another queue position, a stall that is over, or a caller that is gone.
constexpr std::chrono::milliseconds kLook{250};

constexpr std::string_view kRequests = "/requests/";

// What the queue says of an id that it does not know (fal-api §15, key probe). That results and statuses say
// it with the same body as cancel does is UNCONFIRMED.
Reply NotFound() {
  return JsonReply(404, {{"status", "NOT_FOUND"}});
}

Reply NotAllowed(std::string_view allowed) {
  Reply reply = DetailReply(405, "Method Not Allowed");
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

std::string_view AppOf(std::string_view endpoint) {
  std::string_view app, path;
  SplitEndpoint(endpoint, app, path);
  return app;
}

// The URLs under which a job answers.
struct Urls {
  Urls(const Request& request, std::string_view endpoint, std::string_view id)
      : response(fmt::format("{}://{}/{}{}{}", request.scheme, request.asked_host, AppOf(endpoint), kRequests,
                             id)) {}
  void AddTo(Json& body) const {
    body["response_url"] = response;
    body["status_url"] = response + "/status";
    body["cancel_url"] = response + "/cancel";
  }
  std::string response;
};

Json Logs(const JobView& job, std::size_t more) {
  Json logs = Json::array();
  const auto add = [&logs](std::string_view message, const std::optional<WallTime>& time) {
    if (!time) return;
    logs.push_back(
        {{"message", message}, {"level", "INFO"}, {"source", "USER"}, {"timestamp", Iso8601(*time)}});
  };
  add("Generation started", job.started_at);
  for (std::size_t i = 0; i < more; ++i) add(fmt::format("Step {}", i), job.started_at);
  if (job.state == JobState::kCompleted) add("Generation ended", job.ended_at);
  return logs;
}

Json StatusBody(const JobView& job, const Urls& urls, bool with_logs, std::size_t more_logs = 0) {
  constexpr std::string_view kNames[] = {"IN_QUEUE", "IN_PROGRESS", "COMPLETED"};
  Json body = {{"status", kNames[static_cast<std::size_t>(job.state)]}, {"request_id", job.id}};
  if (job.state == JobState::kQueued) body["queue_position"] = job.position;
  urls.AddTo(body);
  body["logs"] = with_logs ? Logs(job, more_logs) : Json();
  if (job.state != JobState::kCompleted) return body;
  const std::chrono::duration<double> took = *job.ended_at - *job.started_at;
  body["metrics"] = {{"inference_time", took.count()}};
  // Only the platform's own errors are told here; a validation error shows when the result is fetched.
  if (!job.error_type.empty()) {
    body["error"] = fmt::format("Request failed: {}", job.error_type);
    body["error_type"] = job.error_type;
  }
  return body;
}

bool WantsLogs(const Request& request) {
  const auto logs = request.Query("logs");
  return logs && (*logs == "1" || *logs == "true");
}

FaultScene SceneOf(std::string_view endpoint) {
  std::string_view app, path;
  SplitEndpoint(endpoint, app, path);
  return {std::string(app), std::string(path), "", 0};
}

}  // namespace

// "fal-ai/flux/dev/requests/ID/status/" is endpoint "fal-ai/flux/dev", id "ID", tail "/status".
struct Queue::Target {
  std::string_view endpoint;
  std::string_view id;
  std::string_view tail;

  static std::optional<Target> In(std::string_view path) {
    path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    const auto requests = path.find(kRequests);
    if (requests == std::string_view::npos) return std::nullopt;
    const std::string_view rest = path.substr(requests + kRequests.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    if (slash == 0) return std::nullopt;
    return Target{path.substr(0, requests), rest.substr(0, slash), rest.substr(slash)};
  }

  // A job answers under its owner/alias and under its full endpoint.
  bool Names(const JobView& job) const { return endpoint == job.endpoint || endpoint == AppOf(job.endpoint); }
};

const Queue::Verb Queue::kVerbs[] = {
    {"/status", "GET", &Queue::Status}, {"/status/stream", "GET", &Queue::Stream},
    {"", "GET", &Queue::Result},        {"/response", "GET", &Queue::Result},
    {"/cancel", "PUT", &Queue::Cancel},
};

Queue::Queue(QueueParts parts, Run::BaseUrl base_url, std::string runner_id)
    : parts_(parts), base_url_(std::move(base_url)), runner_id_(std::move(runner_id)) {}

std::optional<Reply> Queue::Unread(const Request& head) {
  if (head.method != "POST") return std::nullopt;
  const auto fault = parts_.armed.Take(FaultStep::kSubmitHead, std::string_view(head.path).substr(1));
  if (!fault) return std::nullopt;
  return Damaged(fault, Reply());
}

Reply Queue::Answer(Request& request) {
  // Whatever the path, also that of a result: a POST is a new request (fal-api §15, wrong use).
  if (request.method == "POST") return Submit(request);
  const auto target = Target::In(request.path);
  Call call;
  call.endpoint = target ? target->endpoint : std::string_view(request.path).substr(1);
  call.authorization = request.Header("authorization");
  if (auto refusal = parts_.generator.Refuse(call)) return *std::move(refusal);
  if (!target) return NotAllowed("POST");
  const auto* const verb = std::ranges::find(kVerbs, target->tail, &Verb::tail);
  if (verb == std::end(kVerbs)) return DetailReply(404, "Not Found");
  if (request.method != verb->method) return NotAllowed(verb->method);
  const auto job = parts_.jobs.Find(std::string(target->id));
  if (!job || !target->Names(*job)) return NotFound();
  return (this->*verb->handler)(request, *job);
}

Reply Queue::Submit(Request& request) {
  Call call = CallOf("queue", request, base_url_(request));
  call.webhook = request.Query("fal_webhook").value_or("");
  parts_.ledger.Receive(ReceivedFrom(request, call));
  if (auto refusal = parts_.generator.Refuse(call)) return *std::move(refusal);
  const Urls urls(request, call.endpoint, call.request_id);
  const auto fault = parts_.armed.Take(FaultStep::kSubmit, call.endpoint);
  return Strike(fault, SceneOf(call.endpoint), request, parts_.pause, [&] {
    if (!parts_.jobs.Submit(std::move(call), KeepsPayloads(request))) {
      return DetailReply(503, "The simulator holds as many requests as it can");
    }
    const auto job = parts_.jobs.Find(request.request_id);
    Json body = {{"status", "IN_QUEUE"}, {"request_id", request.request_id}};
    urls.AddTo(body);
    body["queue_position"] = job ? job->position : 0;
    body["logs"] = Json();
    body["metrics"] = Json::object();
    return JsonReply(200, body);
  });
}

Reply Queue::Status(const Request& request, const JobView& job) {
  const auto fault = parts_.armed.Take(FaultStep::kStatus, job.endpoint);
  if (fault && fault->kind() == FaultKind::kStall) parts_.jobs.Stall(job.id, fault->time);
  return Strike(fault, SceneOf(job.endpoint), request, parts_.pause, [&] {
    const auto now = parts_.jobs.Find(job.id);
    if (!now) return NotFound();
    const Urls urls(request, job.endpoint, job.id);
    return JsonReply(now->state == JobState::kCompleted ? 200 : 202,
                     StatusBody(*now, urls, WantsLogs(request)));
  });
}

Reply Queue::Stream(const Request& request, const JobView& job) {
  struct Follow {
    Urls urls;
    bool with_logs;
    bool once;  // the connection is cut after the first event
    std::size_t more_logs;
    std::string last = {};
    JobState state = JobState::kQueued;
    bool ended = false;
  };
  const auto fault = parts_.armed.Take(FaultStep::kStream, job.endpoint);
  const auto follow = std::make_shared<Follow>(Follow{
      Urls(request, job.endpoint, job.id), WantsLogs(request), fault && fault->kind() == FaultKind::kCut,
      fault && fault->kind() == FaultKind::kManyLogs ? 1000U : 0U});
  return Strike(fault, SceneOf(job.endpoint), request, parts_.pause, [&] {
    Reply reply;
    reply.content_type = "text/event-stream";
    reply.headers.emplace_back("Cache-Control", "no-cache");
    reply.next = [&jobs = parts_.jobs, follow, id = job.id]() -> std::optional<std::string> {
      if (follow->ended) return std::nullopt;
      const auto now = follow->last.empty() ? jobs.Find(id) : jobs.Await(id, follow->state, kLook);
      if (!now || jobs.stopped()) return std::nullopt;
      follow->state = now->state;
      follow->ended = follow->once || now->state == JobState::kCompleted;
      std::string text = Text(StatusBody(*now, follow->urls, follow->with_logs, follow->more_logs));
      if (text == follow->last) return "";
      follow->last = std::move(text);
      return fmt::format("data: {}\n\n", follow->last);
    };
    return reply;
  });
}

Reply Queue::Result(const Request& request, const JobView& job) {
  if (job.state != JobState::kCompleted) return DetailReply(400, "Request is still in progress");
  const auto fault = parts_.armed.Take(FaultStep::kResult, job.endpoint);
  if (fault && fault->kind() == FaultKind::kGone) parts_.jobs.Lose(job.id);
  return Strike(fault, SceneOf(job.endpoint), request, parts_.pause, [&] { return Fetched(job); });
}

Reply Queue::Fetched(const JobView& job) {
  std::optional<Jobs::Result> result = parts_.jobs.Fetch(job.id);
  if (!result) return NotFound();
  Reply reply = std::move(result->reply);
  if (!reply.no_fal_headers) {
    reply.headers.emplace_back("x-fal-request-id", job.id);
    reply.headers.emplace_back("x-fal-served-from", runner_id_);
    const auto units = [](const auto& header) { return header.first == "x-fal-billable-units"; };
    if (std::ranges::none_of(reply.headers, units)) reply.headers.emplace_back("x-fal-billable-units", "0");
  }
  // A prompt that asks for a broken connection breaks the first one that fetches the result.
  return result->first ? Damaged(result->fault, std::move(reply)) : reply;
}

Reply Queue::Cancel(const Request& request, const JobView& job) {
  const auto fault = parts_.armed.Take(FaultStep::kCancel, job.endpoint);
  return Strike(fault, SceneOf(job.endpoint), request, parts_.pause, [&] {
    switch (parts_.jobs.Cancel(job.id)) {
      case Cancelled::kRequested:
        return JsonReply(202, {{"status", "CANCELLATION_REQUESTED"}});
      case Cancelled::kTooLate:
        return JsonReply(400, {{"status", "ALREADY_COMPLETED"}});
      case Cancelled::kUnknown:
        break;
    }
    return NotFound();
  });
}

}  // namespace flux::sim

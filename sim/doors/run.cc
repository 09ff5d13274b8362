// Puts the steps of a generation together while the caller waits, and tells ledger, history and log about it.
#include "sim/doors/run.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace flux::sim {
namespace {

bool IsCredential(std::string_view name) {
  constexpr std::string_view kThose[] = {"authorization", "proxy-authorization", "cookie"};
  return std::ranges::find(kThose, name) != std::end(kThose);
}

// fal-api §15: seconds above 0.1; the deprecated header counts only where the newer one is not there. What is
// no such number counts for nothing (UNCONFIRMED).
std::optional<std::chrono::milliseconds> StartLimitIn(const Request& request) {
  constexpr double kLeast = 0.1;
  constexpr double kMost = 1e6;
  std::string_view text = request.Header("x-fal-request-start-timeout");
  if (text.empty()) text = request.Header("x-fal-request-timeout");
  double seconds = 0;
  if (!absl::SimpleAtod({text.data(), text.size()}, &seconds) || !(seconds > kLeast && seconds < kMost)) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace

Call CallOf(std::string_view door, Request& request, std::string base_url) {
  Call call;
  call.door = door;
  call.method = request.method;
  call.endpoint = request.path.substr(1);
  call.authorization = request.Header("authorization");
  call.content_type = request.Header("content-type");
  call.body = std::move(request.body);
  call.request_id = request.request_id;
  call.base_url = std::move(base_url);
  call.start_limit = StartLimitIn(request);
  const std::string_view priority = request.Header("x-fal-queue-priority");
  call.low_priority = absl::EqualsIgnoreCase({priority.data(), priority.size()}, "low");
  return call;
}

Received ReceivedFrom(const Request& request, const Call& call) {
  Received received{call.request_id, call.endpoint, {}, call.body};
  std::ranges::copy_if(request.headers, std::back_inserter(received.headers),
                       [](const auto& header) { return !IsCredential(header.first); });
  return received;
}

bool KeepsPayloads(const Request& request) {
  return request.Header("x-fal-store-io") != "0";
}

Run::Run(RunParts parts, BaseUrl base_url, std::string runner_id)
    : parts_(parts), base_url_(std::move(base_url)), runner_id_(std::move(runner_id)) {}

std::optional<Reply> Run::Unread(const Request& head) {
  if (head.method != "POST") return std::nullopt;
  const auto fault = parts_.armed.Take(FaultStep::kRunHead, std::string_view(head.path).substr(1));
  if (!fault) return std::nullopt;
  return Damaged(fault, Reply());
}

Reply Run::Answer(Request& request) {
  const Call call = CallOf("run", request, base_url_(request));
  if (call.method == "POST") parts_.ledger.Receive(ReceivedFrom(request, call));
  const SteadyTime started = parts_.clock.Now();
  Reply reply = Generate(request, call);
  if (!reply.no_fal_headers) {
    reply.headers.emplace_back("x-fal-served-from", runner_id_);
    const auto units = [](const auto& header) { return header.first == "x-fal-billable-units"; };
    if (std::ranges::none_of(reply.headers, units)) reply.headers.emplace_back("x-fal-billable-units", "0");
  }
  const std::chrono::duration<double> took = parts_.clock.Now() - started;
  parts_.log.Info("generation", {{"request_id", call.request_id},
                                 {"door", call.door},
                                 {"method", call.method},
                                 {"endpoint", call.endpoint},
                                 {"status", reply.status},
                                 {"seconds", took.count()}});
  return reply;
}

Reply Run::Generate(const Request& request, const Call& call) {
  if (auto refusal = parts_.generator.Refuse(call)) return *std::move(refusal);
  const Admission::Slot slot = parts_.admission.Enter();
  if (slot == nullptr) return ConcurrencyReply(429, parts_.admission.limit());
  if (call.method == "POST") {
    parts_.history.Sent(call.request_id, call.endpoint, call.body, KeepsPayloads(request));
    parts_.history.Started(call.request_id);
  }
  std::variant<Reply, Making> prepared = parts_.generator.Prepare(call);
  if (Reply* const refusal = std::get_if<Reply>(&prepared)) {
    parts_.history.Ended(call.request_id, refusal->status, refusal->body);
    return std::move(*refusal);
  }
  const Making& making = std::get<Making>(prepared);
  const auto outcome = parts_.pause.For(making.time, making.stops() ? request.left : nullptr);
  if (outcome == Pause::Outcome::kStopped) {
    return RequestErrorReply(503, "runner_disconnected", "The simulator is stopping");
  }
  Reply reply = parts_.generator.Make(call, making, outcome == Pause::Outcome::kLeft);
  parts_.history.Ended(call.request_id, reply.status, KeptOutput(making, reply));
  return Damaged(making.fault, std::move(reply));
}

}  // namespace flux::sim

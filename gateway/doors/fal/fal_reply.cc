// Written by hand where pictures are, with a JSON library elsewhere.
#include "gateway/doors/fal/fal_reply.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "gateway/doors/fal/words.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/public_time.h"
#include "gateway/doors/job_failure.h"
#include "gateway/doors/job_watchers.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;
using google::protobuf::util::TimeUtil;

constexpr std::chrono::minutes kYoung{5};

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(TimeUtil::DurationToNanoseconds(duration)) * 1e-9;
}

void AddUrls(const v1::Job& job, const QueueUrls& urls, Json& body) {
  const std::string request = Cat({urls.base, "/requests/", job.id()});
  body["response_url"] = request;
  body["status_url"] = request + "/status";
  body["cancel_url"] = request + "/cancel";
}

bool IsOld(const v1::Job& job, WallTime now) {
  const auto created = std::chrono::seconds(job.created_at().seconds());
  return now.time_since_epoch() - created > kYoung;
}

Json LogsOf(const LogLines& lines) {
  Json logs = Json::array();
  for (const v1::JobLog& line : lines) {
    // fal tells us no more of a line than this; its clients' types have a level and a source in each.
    Json log{{"message", line.message()}, {"level", "INFO"}, {"source", "USER"}};
    if (line.has_at()) log["timestamp"] = PublicTime(line.at());
    logs.push_back(std::move(log));
  }
  return logs;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string RenderOutput(const v1::Generation& generation) {
  std::string out = R"({"images":)";
  const std::size_t start = out.size();
  AppendPictures(generation, out);
  // fal-api §13: what makes one picture of one may call it "image"; which of the two a client reads is not
  // known here.
  if (KindNamed(generation.model()) == v1::MODEL_KIND_TRANSFORM && generation.images_size() == 1) {
    const std::string one = out.substr(start + 1, out.size() - start - 2);
    out.append(R"(,"image":)").append(one);
  }
  const bool flagged = std::ranges::any_of(generation.images(), &v1::GeneratedImage::nsfw);
  const bool whole = !generation.prompt().empty() || generation.timings().has_inference() || flagged;
  if (whole) {
    out += R"(,"timings":{)";
    if (generation.timings().has_inference()) {
      out += R"("inference":)" + Dump(Seconds(generation.timings().inference()));
    }
    out += '}';
  }
  if (generation.has_seed()) out += R"(,"seed":)" + std::to_string(generation.seed());
  if (whole) {
    out += R"(,"has_nsfw_concepts":[)";
    for (const auto& image : generation.images()) {
      if (&image != &generation.images(0)) out += ',';
      out += image.nsfw() ? "true" : "false";
    }
    out += R"(],"prompt":)" + QuoteJson(generation.prompt());
  }
  out += '}';
  return out;
}

void AddFalHeaders(const v1::Generation& generation, std::string_view request_id, HeaderList& headers) {
  if (generation.has_price()) {
    headers.emplace_back("x-fal-billable-units", Dump(generation.price().units()));
  }
  AddParticulars(generation, headers);
  if (request_id.empty()) return;
  std::erase_if(headers, [](const auto& header) { return header.first == "x-fal-request-id"; });
  headers.emplace_back("x-fal-request-id", request_id);
}

std::string RenderSubmitted(const v1::Job& job, const QueueUrls& urls) {
  Json body{{"status", "IN_QUEUE"}, {"request_id", job.id()}};
  AddUrls(job, urls, body);
  body["queue_position"] = job.queue_position();
  body["logs"] = nullptr;
  body["metrics"] = Json::object();
  return Dump(body);
}

LogLines LinesOf(const JobWatcher& watcher) {
  constexpr std::size_t kAll = 1'000'000;
  constexpr std::ptrdiff_t kMost = 200;
  std::uint32_t from = 0;
  LogLines lines = watcher.Logs(from, kAll);
  if (std::ssize(lines) > kMost) lines.erase(lines.begin(), lines.end() - kMost);
  return lines;
}

QueueStatus RenderStatus(const v1::Job& job, const QueueUrls& urls, const LogLines* logs, WallTime now) {
  Json body{{"status", "IN_PROGRESS"}, {"request_id", job.id()}};
  bool completed = false;
  switch (job.state()) {
    case v1::JOB_STATE_RESERVED:
    case v1::JOB_STATE_SENT:
      body["status"] = "IN_QUEUE";
      body["queue_position"] = job.queue_position();
      break;
    case v1::JOB_STATE_SUCCEEDED:
    case v1::JOB_STATE_FAILED:
      completed = true;
      break;
    case v1::JOB_STATE_UNKNOWN:
      completed = IsOld(job, now);
      break;
    default:
      if (job.has_queue_position()) {
        body["status"] = "IN_QUEUE";
        body["queue_position"] = job.queue_position();
      }
  }
  if (completed) body["status"] = "COMPLETED";
  AddUrls(job, urls, body);
  body["logs"] = logs != nullptr ? LogsOf(*logs) : Json();
  if (completed) {
    body["metrics"] = Json::object();
    if (job.generation().timings().has_inference()) {
      body["metrics"]["inference_time"] = Seconds(job.generation().timings().inference());
    }
    if (!job.has_generation()) {
      const Status failure = FailureOf(job);
      body["error"] = failure.message;
      body["error_type"] = RowOf(failure.reason).name;
    }
  }
  return {completed, Dump(body)};
}

}  // namespace flux::gateway

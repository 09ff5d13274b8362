// Finds out what is asked for, then buys, looks, cancels or takes a file.
#include "gateway/doors/fal/door.h"

#include <absl/strings/ascii.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "base/event.h"
#include "base/json.h"
#include "base/loose_text.h"
#include "gateway/doors/fal/fal_request.h"
#include "gateway/doors/fal/status_events.h"
#include "gateway/doors/fal/words.h"
#include "gateway/doors/job_failure.h"
#include "gateway/doors/job_id.h"
#include "gateway/doors/render.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kProxy = "/api/fal/proxy";
constexpr std::string_view kRun = "/fal/run/";
constexpr std::string_view kQueue = "/fal/queue/";
constexpr std::string_view kRest = "/fal/rest/";
constexpr std::string_view kUpload = "/fal/upload/";
constexpr std::string_view kFiles = "/fal/files/";
constexpr std::string_view kStream = "/stream";
constexpr std::string_view kQueueHost = "queue.";
// Longest that a status waits for the lines of its log.
constexpr std::chrono::milliseconds kLogTime{500};

constexpr std::array<FalRow, 14> kRows = {{
    {.method = "GET", .pattern = kProxy},
    {.method = "POST", .pattern = kProxy, .spends = true, .large = true},
    {.method = "PUT", .pattern = kProxy},
    {.method = "POST", .pattern = "/fal/run/{...}", .spends = true, .large = true},
    {.method = "GET", .pattern = "/fal/queue/{...}"},
    {.method = "POST", .pattern = "/fal/queue/{...}", .spends = true, .large = true},
    {.method = "PUT", .pattern = "/fal/queue/{...}"},
    {.method = "POST", .pattern = "/fal/rest/storage/upload/{...}"},
    {.method = "GET", .pattern = "/fal-ai/{...}"},
    {.method = "POST", .pattern = "/fal-ai/{...}", .spends = true, .large = true},
    {.method = "PUT", .pattern = "/fal-ai/{...}"},
    {.method = "GET", .pattern = "/blackforestlabs/{...}"},
    {.method = "POST", .pattern = "/blackforestlabs/{...}", .spends = true, .large = true},
    {.method = "PUT", .pattern = "/blackforestlabs/{...}"},
}};
// Apart, since it is asked nothing of its caller.
constexpr FalRow kUploadRow = {.method = "PUT", .pattern = "/fal/upload/{...}", .open = true, .large = true};

constexpr auto kAllRows = [] {
  std::array<FalRow, kRows.size() + 1> rows{};
  std::ranges::copy(kRows, rows.begin());
  rows.back() = kUploadRow;
  return rows;
}();

// fal-api "Errors": an app that is not there, and a path of one that is.
Status NoSuchApp(const AppTable& apps, std::string_view path) {
  constexpr std::size_t kShown = 128;
  const std::string_view app = OwnerAndAlias(path);
  if (apps.HasAlias(app)) {
    const std::string_view rest = path.substr(app.size(), kShown);
    return Status(Reason::kUnknownModel, Cat({"Path ", rest.empty() ? "/" : rest, " not found"}));
  }
  const std::string_view alias = app.substr(std::min(app.find('/') + 1, app.size()), kShown);
  return Status(Reason::kUnknownModel, Cat({"Application '", alias, "' not found"}));
}

bool SaysJson(std::string_view content_type) {
  const std::string_view essence = content_type.substr(0, content_type.find(';'));
  return EqualsIgnoreCase(Trimmed(essence), "application/json");
}

Served JsonServed(int status, std::string body) {
  return Served{.reply = JsonReply(status, std::move(body))};
}

// Every picture that a request hands in.
template <typename Each>
void ForPictures(GenerationRequest& request, Each each) {
  std::visit(
      [&](auto& typed) {
        if constexpr (requires { typed.mutable_image(); }) {
          if (typed.has_image()) each("image_url", *typed.mutable_image());
        }
        if constexpr (requires { typed.mutable_mask(); }) {
          if (typed.has_mask()) each("mask_url", *typed.mutable_mask());
        }
        if constexpr (requires { typed.mutable_images(); }) {
          for (v1::ImageInput& image : *typed.mutable_images()) each("image_urls", image);
        }
      },
      request);
}

}  // namespace

FalDoor::FalDoor(const FalDialect& dialect, Generator& generator, FluxBackend& backend, JobWatchers& watchers,
                 const Clock& clock, UnknownFields unknown_fields, bool https)
    : dialect_(dialect),
      generator_(generator),
      backend_(backend),
      watchers_(watchers),
      clock_(clock),
      unknown_fields_(unknown_fields),
      https_(https),
      apps_(backend, clock),
      uploads_(clock) {}

std::span<const FalRow> FalDoor::Rows() {
  return kAllRows;
}

Result<std::string> FalDoor::ModelOf(std::string_view path) const {
  if (Consume(path, kUpload) && !uploads_.Awaits(path)) {
    return Status(Reason::kUnsupportedEndpoint, "Not Found");
  }
  return std::string();
}

Result<FalTarget> FalDoor::TargetOf(const Exchange& exchange) const {
  const Request& request = exchange.request;
  std::string_view path = request.path;
  if (path == kProxy) {
    const auto is_target = [](const auto& header) { return EqualsIgnoreCase(header.first, kTargetHeader); };
    const auto count = std::ranges::count_if(request.headers, is_target);
    const std::string_view url = request.Header(kTargetHeader);
    if (count != 1 || url.empty()) {
      return Status(Reason::kMalformedRequest, count > 1 ? "There is more than one x-fal-target-url header"
                                                         : "Missing the x-fal-target-url header");
    }
    if (request.method == "POST" && !SaysJson(request.Header("content-type"))) {
      return Status(Reason::kUnsupportedMediaType,
                    "the body must be JSON; send Content-Type: application/json");
    }
    return ReadTarget(url);
  }
  FalTarget target{.host = FalHost::kRun, .path = {}, .query = request.query};
  if (Consume(path, kQueue)) {
    target.host = FalHost::kQueue;
  } else if (Consume(path, kRest)) {
    target.host = FalHost::kRest;
  } else if (!Consume(path, kRun)) {
    path.remove_prefix(1);
    const bool queue = EqualsIgnoreCase(request.Header("host").substr(0, kQueueHost.size()), kQueueHost);
    if (request.method != "POST" || queue) target.host = FalHost::kQueue;
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  target.path = path;
  return target;
}

FalDoor::Answer FalDoor::Serve(Exchange& exchange) {
  if (exchange.request.path.starts_with(kUpload)) co_return Receive(exchange);
  const Result<FalTarget> target = TargetOf(exchange);
  if (!target) co_return target.error();
  const std::string& method = exchange.request.method;
  if (target->host == FalHost::kRest) {
    if (method != "POST") co_return Status(Reason::kMethodNotAllowed, "Method Not Allowed");
    co_return Initiate(exchange, *target);
  }
  const Result<std::shared_ptr<const AppTable>> apps = co_await apps_.Now(exchange.context);
  if (!apps) co_return apps.error();
  if (target->host == FalHost::kRun) {
    if (method != "POST") co_return Status(Reason::kMethodNotAllowed, "Method Not Allowed");
    co_return co_await Run(exchange, *target, **apps);
  }
  if (method == "POST") co_return co_await Submit(exchange, *target, **apps);
  if (method == "PUT") co_return co_await Cancel(exchange, *target, **apps);
  co_return co_await Look(exchange, *target, **apps);
}

FalDoor::Answer FalDoor::Run(Exchange& exchange, const FalTarget& target, const AppTable& apps) {
  const std::string_view app = target.path;
  std::span<const v1::Model> models = apps.Find(app);
  // fal-api "Outputs": its twin that answers with events, of which the last is the whole.
  const bool events = models.empty() && app.ends_with(kStream);
  if (events) models = apps.Find(app.substr(0, app.size() - kStream.size()));
  if (models.empty()) co_return NoSuchApp(apps, target.path);
  FalRequest read(models);
  Result<GenerationRequest> request =
      read.Read(std::exchange(exchange.request.body, std::string()), unknown_fields_);
  if (!request) co_return std::move(request).error();
  if (auto missing = Inline(*request, exchange.context.caller)) co_return *std::move(missing);
  Result<v1::Generation> made = co_await generator_.Buy(*request, exchange);
  if (!made) {
    read.Reword(made.error());
    co_return std::move(made).error();
  }
  Served served = JsonServed(200, RenderOutput(*made));
  if (events) {
    served.reply.body = "data: " + served.reply.body + "\n\n";
    served.reply.headers = {{"Content-Type", "text/event-stream"}};
  }
  served.billed = made->replayed() ? Billed::kNo : Billed::kYes;
  served.upstream = std::chrono::nanoseconds(TimeUtil::DurationToNanoseconds(made->timings().upstream()));
  AddFalHeaders(*made, "", served.reply.headers);
  co_return served;
}

FalDoor::Answer FalDoor::Submit(Exchange& exchange, const FalTarget& target, const AppTable& apps) {
  const std::span<const v1::Model> models = apps.Find(target.path);
  if (models.empty()) co_return NoSuchApp(apps, target.path);
  for (const std::string_view name : {"fal_webhook", "fal_max_queue_length"}) {
    if (target.Query(name).empty()) continue;
    co_return InvalidFields(
        {{Cat({"query.", name}), "is not supported here; leave it out. Nothing was bought."}});
  }
  FalRequest read(models);
  Result<GenerationRequest> request =
      read.Read(std::exchange(exchange.request.body, std::string()), unknown_fields_);
  if (!request) co_return std::move(request).error();
  if (auto missing = Inline(*request, exchange.context.caller)) co_return *std::move(missing);
  Result<v1::CreateJobResponse> begun = co_await generator_.Begin(*request, {}, exchange);
  if (!begun) {
    read.Reword(begun.error());
    co_return std::move(begun).error();
  }
  Served served = JsonServed(200, RenderSubmitted(begun->job(), UrlsFor(exchange, target.path)));
  HeaderList& headers = served.reply.headers;
  headers.emplace_back("x-fal-request-id", begun->job().id());
  headers.emplace_back("x-job-id", begun->job().id());
  if (begun->replayed()) headers.emplace_back("Idempotent-Replayed", "true");
  served.billed = begun->replayed() ? Billed::kNo : Billed::kMaybe;
  co_return served;
}

FalDoor::Answer FalDoor::Look(Exchange& exchange, const FalTarget& target, const AppTable& apps) {
  const std::optional<QueueRequest> asked = RequestIn(target.path);
  if (!asked) co_return Status(Reason::kMethodNotAllowed, "Method Not Allowed");
  const bool status = asked->verb == "status";
  const bool stream = asked->verb == "status/stream";
  if (!status && !stream && !asked->verb.empty() && asked->verb != "response") {
    co_return Status(Reason::kUnsupportedEndpoint, "Not Found");
  }
  if (!IsJobId(asked->id)) co_return Status(Reason::kUnknownJob);
  Result<v1::Job> job = co_await backend_.GetJob(std::string(asked->id), exchange.context);
  if (!job) co_return std::move(job).error();
  if (OwnerAndAlias(apps.AppOf(job->model())) != OwnerAndAlias(asked->app)) {
    co_return Status(Reason::kUnknownJob);
  }
  const QueueUrls urls = UrlsFor(exchange, asked->app);
  const bool logs = target.Query("logs") == "1" || target.Query("logs") == "true";
  if (stream) {
    Result<std::shared_ptr<void>> place = watchers_.TakePlace(exchange.context.caller);
    if (!place) co_return std::move(place).error();
    Served served{.reply = Reply()};
    served.reply.headers.emplace_back("Content-Type", "text/event-stream");
    served.reply.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would keep the events to itself
    served.reply.headers.emplace_back("x-fal-request-id", job->id());
    const asio::any_io_executor loop = co_await asio::this_coro::executor;
    std::unique_ptr<JobWatcher> watcher = watchers_.Watch(loop, job->id(), exchange.context, *job);
    served.reply.stream =
        std::make_shared<StatusEvents>(std::move(watcher), *std::move(place), clock_, urls, logs);
    co_return served;
  }
  std::optional<LogLines> lines;
  if (status && logs) lines = co_await LogsOf(*job, exchange.context);
  QueueStatus now = RenderStatus(*job, urls, lines ? &*lines : nullptr, clock_.WallNow());
  if (status) {
    Served served = JsonServed(now.completed ? 200 : 202, std::move(now.json));
    served.reply.headers.emplace_back("x-fal-request-id", job->id());
    co_return served;
  }
  if (!now.completed) {
    co_return Status(Reason::kMalformedRequest, "Request is still in progress");
  }
  if (!job->has_generation()) co_return FailureOf(*job);
  Served served = JsonServed(200, RenderOutput(job->generation()));
  AddFalHeaders(job->generation(), job->id(), served.reply.headers);
  co_return served;
}

asio::awaitable<LogLines> FalDoor::LogsOf(const v1::Job& job, const CallContext& context) {
  LogLines lines;
  if (IsOver(job)) co_return lines;
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  const std::unique_ptr<JobWatcher> watcher = watchers_.Watch(loop, job.id(), context, job);
  // What others who wait have heard, or else the first word of flux-service.
  const SteadyTime until = std::chrono::steady_clock::now() + kLogTime;
  for (int words = 0; words < 2 && lines.empty(); ++words) {
    if (co_await watcher->Changed(until) != Event::Outcome::kHappened) break;
    lines = LinesOf(*watcher);
  }
  co_return lines;
}

FalDoor::Answer FalDoor::Cancel(Exchange& exchange, const FalTarget& target, const AppTable&) {
  const std::optional<QueueRequest> asked = RequestIn(target.path);
  if (!asked || asked->verb != "cancel") co_return Status(Reason::kMethodNotAllowed, "Method Not Allowed");
  if (!IsJobId(asked->id)) co_return Status(Reason::kUnknownJob);
  const Result<v1::CancelJobResponse> cancelled =
      co_await backend_.CancelJob(std::string(asked->id), exchange.context);
  if (!cancelled) co_return cancelled.error();
  const bool late = cancelled->outcome() == v1::CANCEL_OUTCOME_ALREADY_OVER;
  Served served = late ? JsonServed(400, R"({"status":"ALREADY_COMPLETED"})")
                       : JsonServed(202, R"({"status":"CANCELLATION_REQUESTED"})");
  served.reply.headers.emplace_back("x-fal-request-id", asked->id);
  co_return served;
}

Result<Served> FalDoor::Initiate(const Exchange& exchange, const FalTarget& target) {
  if (target.path == "storage/upload/initiate-multipart") {
    return Status(Reason::kPayloadTooLarge,
                  "files in several parts are not taken here; send a smaller picture, or one by its URL");
  }
  if (target.path != "storage/upload/initiate") return Status(Reason::kUnsupportedEndpoint, "Not Found");
  const Result<nlohmann::json> body = ParseJson(exchange.request.body);
  if (!body || !body->is_object()) {
    Status status(Reason::kInvalidJson, "JSON decode error");
    status.violations.push_back({"", "Input should be a valid dictionary or object"});
    return status;
  }
  const std::string origin = Origin(exchange.request);
  if (origin.empty()) return Status(Reason::kMalformedRequest, "the Host header is no name of a host");
  const Result<std::string> name = uploads_.Begin(exchange.context.caller);
  if (!name) return name.error();
  return JsonServed(200, nlohmann::ordered_json{{"upload_url", Cat({origin, kUpload, *name})},
                                                {"file_url", Cat({origin, kFiles, *name})}}
                             .dump());
}

Result<Served> FalDoor::Receive(Exchange& exchange) {
  const std::string_view name = std::string_view(exchange.request.path).substr(kUpload.size());
  std::optional<Status> wrong = uploads_.Put(name, std::exchange(exchange.request.body, std::string()));
  if (wrong) return *std::move(wrong);
  return JsonServed(200, "{}");
}

std::optional<Status> FalDoor::Inline(GenerationRequest& request, const std::string& caller) const {
  std::vector<Violation> violations;
  ForPictures(request, [&](const char* field, v1::ImageInput& image) {
    const std::string_view name = UploadIn(image.url());
    if (name.empty()) return;
    const std::shared_ptr<const std::string> bytes = uploads_.Find(name, caller);
    if (bytes == nullptr) {
      violations.push_back({field,
                            "Failed to download the file: it was not uploaded here, or is kept no longer; "
                            "upload it again"});
    } else {
      image.set_data(*bytes);
    }
  });
  if (violations.empty()) return std::nullopt;
  return InvalidFields(std::move(violations));
}

QueueUrls FalDoor::UrlsFor(const Exchange& exchange, std::string_view app) const {
  // As its client asks: a proxy's goes there again with fal's own address.
  const std::string& path = exchange.request.path;
  std::string before = "https://queue.fal.run/";
  if (path != kProxy) {
    before = Origin(exchange.request) + (path.starts_with(kQueue) ? std::string(kQueue) : "/");
  }
  return {Cat({before, OwnerAndAlias(app)})};
}

std::string FalDoor::Origin(const Request& request) const {
  const std::string_view host = request.Header("host");
  const bool plain = !host.empty() && std::ranges::all_of(host, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == ':' ||
           c == '[' || c == ']' || c == '_';
  });
  if (!plain) return {};
  const std::string_view forwarded = request.Header("x-forwarded-proto");
  const bool https = forwarded == "https" || (https_ && forwarded != "http");
  return Cat({https ? "https://" : "http://", host});
}

}  // namespace flux::gateway

// Bytes as a caller would send them, through everything that looks at them: framing, engine, guard, routes,
// transcoding both ways, rendering, and the head of the reply. Behind it stands a backend that answers by
// what it is asked. Checks that every request gets a reply that is whole, in the product's shape and cannot
// be mistaken for two.
#include <prometheus/registry.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "gateway/doors/public_doors.h"
#include "gateway/guard/guard.h"
#include "gateway/http/chunked_body.h"
#include "gateway/http/engine.h"
#include "gateway/http/reply_head.h"

namespace {

using namespace flux;
using namespace flux::gateway;

constexpr HeadLimits kLimits{.bytes = 4096, .headers = 20};
constexpr std::uint64_t kMaxBody = 16 * 1024;

void Require(bool holds) {
  if (!holds) std::abort();
}

class NoJob final : public JobWatch {
 public:
  asio::awaitable<Result<std::optional<v1::WatchJobResponse>>> Next() override {
    co_return Status(Reason::kUnknownJob);
  }
};

// Refuses or draws, as the request has it.
class Backend final : public FluxBackend {
 public:
  asio::awaitable<Result<v1::Generation>> Generate(GenerationRequest& request,
                                                   const CallContext& context) override {
    ++calls;
    Require(!context.request_id.empty());
    const std::size_t kind = std::visit([](const auto& typed) { return typed.ByteSizeLong(); }, request) % 4;
    if (kind == 0) {
      Status status(Reason::kInvalidField, "prompt must be text");
      status.violations = {{"parameters.prompt", "must be text"}, {"image", "must be \xff valid"}};
      co_return status;
    }
    if (kind == 1) {
      Status status(Reason::kUpstreamTimeout);
      status.billed = Billed::kMaybe;
      co_return status;
    }
    v1::Generation made;
    made.add_images()->set_url("https://a.example/b.png");
    made.set_seed(18446744073709551615ULL);
    made.set_fal_request_id("id");
    made.mutable_price()->set_micro_usd(25'000);
    co_return made;
  }
  asio::awaitable<Result<v1::ListModelsResponse>> ListModels(const CallContext&) override {
    v1::ListModelsResponse models;
    models.add_models()->set_name("text-to-image/dev");
    co_return models;
  }
  asio::awaitable<Result<v1::CreateJobResponse>> CreateJob(GenerationRequest&, const std::string&,
                                                           const CallContext& context) override {
    ++calls;
    Require(!context.request_id.empty());
    v1::CreateJobResponse begun;
    begun.mutable_job()->set_id("0123456789abcdef0123456789abcdef");
    co_return begun;
  }
  asio::awaitable<Result<v1::EstimateCostResponse>> EstimateCost(GenerationRequest&,
                                                                 const CallContext&) override {
    co_return v1::EstimateCostResponse();
  }
  asio::awaitable<Result<v1::CancelJobResponse>> CancelJob(const std::string& id,
                                                           const CallContext&) override {
    v1::CancelJobResponse cancelled;
    cancelled.mutable_job()->set_id(id);
    co_return cancelled;
  }
  asio::awaitable<Result<v1::Job>> GetJob(const std::string& id, const CallContext&) override {
    v1::Job job;
    job.set_id(id);
    co_return job;
  }
  std::unique_ptr<JobWatch> WatchJob(const std::string&, std::uint32_t, const CallContext&) override {
    return std::make_unique<NoJob>();
  }
  asio::awaitable<Result<v1::ListJobsResponse>> ListJobs(const v1::ListJobsRequest&,
                                                         const CallContext&) override {
    co_return v1::ListJobsResponse();
  }
  asio::awaitable<Result<v1::Job>> RedeliverWebhook(const std::string&, const CallContext&) override {
    co_return Status(Reason::kUnknownJob);
  }
  asio::awaitable<Result<v1::AcceptFalWebhookResponse>> AcceptFalWebhook(v1::AcceptFalWebhookRequest&,
                                                                         const CallContext&) override {
    co_return v1::AcceptFalWebhookResponse();
  }
  asio::awaitable<Result<v1::GetUsageResponse>> GetUsage(std::uint32_t days, const CallContext&) override {
    Require(days <= 366);
    co_return v1::GetUsageResponse();
  }
  bool Ready() override { return true; }

  int calls = 0;
};

// Everything behind the bytes; built once.
struct Gateway {
  SystemClock clock;
  prometheus::Registry registry;
  Backend backend;
  Log log{LogLevel::kError};
  AliasFile aliases{"", log};
  PublicDoors doors{backend, clock, aliases, {.max_body = kMaxBody, .hooks = true}};
  GatewayMetrics metrics{registry, doors.routes().Patterns()};
  AdmissionMetrics admission_metrics{registry};
  KeyRing no_keys{"", false, admission_metrics, log};
  Admission admission{{.rate_limit_per_minute = 0, .trusted_proxies = {"127.0.0.1"}},
                      no_keys,
                      nullptr,
                      admission_metrics,
                      clock,
                      1};
  Guard guard{{.allowed_origins = {"https://a.example"}}, doors.routes(), admission, metrics, nullptr, clock};
  asio::io_context loop{1};
  Engine engine;

  Reply Serve(std::unique_ptr<Ticket> ticket, Request request) {
    std::optional<Reply> reply;
    asio::co_spawn(loop, guard.Serve(std::move(ticket), std::move(request)),
                   [&reply](std::exception_ptr thrown, Reply made) {
                     Require(thrown == nullptr);
                     reply = std::move(made);
                   });
    loop.restart();
    loop.run();
    Require(reply.has_value());
    return *std::move(reply);
  }
};

bool IsJson(const Reply& reply) {
  return std::ranges::any_of(reply.headers, [](const auto& header) {
    return header.first == "Content-Type" && header.second.starts_with("application/json");
  });
}

void CheckReply(const Reply& reply, bool refused) {
  Require(reply.status >= 200 && reply.status <= 599);
  std::string head;
  AppendReplyHead(reply, {.close = refused}, "Sun, 06 Nov 1994 08:49:37 GMT", head);
  Require(head.find("\r\n\r\n") == head.size() - 4);
  std::size_t ids = 0;
  for (const auto& [name, value] : reply.headers) ids += name == "X-Request-Id" ? 1 : 0;
  Require(ids == 1);
  for (std::size_t at = 0; (at = head.find('\n', at)) != std::string::npos; ++at)
    Require(head[at - 1] == '\r');
  if (reply.body.empty()) return;
  if (reply.status < 400 && !IsJson(reply)) return;  // of the pages that are compiled in
  const nlohmann::json body = nlohmann::json::parse(reply.body, nullptr, false);
  Require(body.is_object());
  if (reply.status < 400) return;
  if (body["error"].is_object()) {  // OpenAI's shape
    const nlohmann::json& error = body["error"];
    Require(error["message"].is_string() && error["type"].is_string() && error["code"].is_string());
    Require(error["param"].is_null() || error["param"].is_string());
    Require(error["billed"].is_string());
  } else {
    Require(body["success"] == false && body["error"].is_string() && body["code"].is_string());
    Require(body["billed"].is_string() && body["request_id"].is_string());
  }
}

// The body's bytes off the front of `input`; none where it is not whole or refused.
std::optional<std::string> TakeBody(const Head& head, std::string_view& input, Guard& guard) {
  std::string body;
  if (!head.chunked) {
    if (head.content_length > input.size()) return std::nullopt;
    body = input.substr(0, static_cast<std::size_t>(head.content_length));
    input.remove_prefix(body.size());
    return body;
  }
  ChunkedBody decoder(kMaxBody);
  std::size_t consumed = 0;
  const Framed framed = decoder.Feed(input, body, consumed);
  input.remove_prefix(consumed);
  if (framed.verdict == Verdict::kComplete) return body;
  if (framed.verdict == Verdict::kRefused) {
    CheckReply(guard.Refuse(Status(framed.reason, std::string(framed.sentence)), nullptr, {}), true);
  }
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto& gateway = *new Gateway;  // lives as long as the fuzzer
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Head head;
  while (!input.empty()) {
    const Framed framed = FrameHead(input, kLimits, head);
    if (framed.verdict == Verdict::kNeedMore) return 0;
    if (framed.verdict == Verdict::kRefused) {
      const std::string_view origin = FindOrigin(input, kLimits);
      CheckReply(gateway.guard.Refuse(Status(framed.reason, std::string(framed.sentence)), nullptr, origin),
                 true);
      return 0;
    }
    Result<Request> request = gateway.engine.Interpret(head);
    if (!request) {
      CheckReply(gateway.guard.Refuse(request.error(), nullptr, FindOrigin(input, kLimits)), true);
      return 0;
    }
    request->remote_addr = "127.0.0.1";
    request->arrived = gateway.clock.Now();
    const bool last = !head.keep_alive;
    std::string_view rest = input.substr(head.size);
    std::optional<std::string> body = TakeBody(head, rest, gateway.guard);
    const int calls = gateway.backend.calls;
    Opened opened = gateway.guard.Open(*request);
    if (const Reply* reply = std::get_if<Reply>(&opened)) {
      CheckReply(*reply, false);
      Require(gateway.backend.calls == calls);
      if (!body) return 0;
    } else {
      if (!body) return 0;
      request->body = *std::move(body);
      const bool may_spend = request->method == "POST";
      CheckReply(gateway.Serve(std::get<std::unique_ptr<Ticket>>(std::move(opened)), *std::move(request)),
                 false);
      Require(may_spend || gateway.backend.calls == calls);
    }
    input = rest;
    if (last) return 0;
  }
  return 0;
}

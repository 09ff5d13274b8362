// Builds all parts of the simulator and puts a door behind each listener.
#include "sim/server.h"

#include <spdlog/fmt/fmt.h>

#include <string_view>

#include "base/clock.h"
#include "sim/doors/control.h"
#include "sim/doors/generator.h"
#include "sim/doors/jobs.h"
#include "sim/doors/platform.h"
#include "sim/doors/pricing.h"
#include "sim/doors/queue.h"
#include "sim/doors/run.h"
#include "sim/doors/schema.h"
#include "sim/doors/webhooks.h"
#include "sim/http/listener.h"

namespace flux::sim {

struct Simulator::Impl {
  Impl(SimConfig settings, Log& log_lines)
      : config(std::move(settings)),
        log(log_lines),
        random(config.seed),
        charges(clock, config.billing_lag),
        ledger(&charges),
        history(clock, config.history_lag),
        admission(config.max_concurrency),
        pause(config.latency),
        generator({config.key, static_cast<Dialect>(config.pydantic)},
                  {clock, random, gallery, files, ledger, admission, armed, pause}),
        webhooks({clock, random, armed, log}),
        jobs({clock, generator, admission, history, webhooks, log}, RetentionScale(config)),
        pricing(armed, pause),
        runner_id(random.Uuid()),
        control(ledger, history, charges, admission, armed, pause),
        run({clock, generator, admission, pause, armed, ledger, history, log}, BaseUrl(), runner_id),
        queue({generator, jobs, pause, armed, ledger}, BaseUrl(), runner_id),
        platform({clock, history, armed, pause, charges, pricing}, {config.key, config.billing_key}),
        fal_listener(
            {[this](Request& request) { return AnswerAsFal(request); },
             [this](const Request& head) { return IsOwn(head.path) ? std::nullopt : run.Unread(head); }},
            NewId(), pause, Listening()),
        queue_listener({[this](Request& request) { return queue.Answer(request); },
                        [this](const Request& head) { return queue.Unread(head); }},
                       NewId(), pause, Listening()),
        platform_listener({[this](Request& request) { return platform.Answer(request); }}, NewId(), pause,
                          Listening()) {}

  // Where rest.fal.ai has fal's keys.
  static constexpr std::string_view kKeySet = "/.well-known/jwks.json";
  // Paths of the simulator that are no models.
  static bool IsOwn(std::string_view path) {
    return path == "/_sim" || path.starts_with("/_sim/") || path.starts_with("/files/") || path == kKeySet ||
           path == kSchemaPath;
  }

  Run::BaseUrl BaseUrl() const {
    return [this](const Request& request) {
      if (!config.public_url.empty()) return config.public_url;
      return fmt::format("{}://{}:{}", request.scheme, request.local_host, fal_port);
    };
  }
  std::function<std::string()> NewId() {
    return [this] { return random.Uuid(); };
  }
  ListenerSettings Listening() const { return {config.threads, config.tls_cert, config.tls_key}; }

  Reply AnswerAsFal(Request& request);
  Reply ServeFile(const Request& request);
  Result<std::string> Listen(Listener& listener, const ListenAddress& address, std::string_view name);

  const SimConfig config;
  Log& log;
  int fal_port = 0;  // set before the queue listens
  SystemClock clock;
  Random random;
  Gallery gallery;
  Files files;
  Charges charges;
  Ledger ledger;
  History history;
  Admission admission;
  ArmedFaults armed;
  Pause pause;
  Generator generator;
  Webhooks webhooks;
  Jobs jobs;
  Pricing pricing;
  const std::string runner_id;
  Control control;
  Run run;
  Queue queue;
  Platform platform;
  Listener fal_listener;
  Listener queue_listener;
  Listener platform_listener;
};

Reply Simulator::Impl::AnswerAsFal(Request& request) {
  if (request.path.starts_with("/files/")) return ServeFile(request);
  if (request.path == kKeySet) return webhooks.KeySet();
  if (request.path == kSchemaPath) return AnswerSchema(request);
  if (request.path == "/_sim/prices") return pricing.Control(request);
  return IsOwn(request.path) ? control.Answer(request) : run.Answer(request);
}

Reply Simulator::Impl::ServeFile(const Request& request) {
  if (request.method != "GET") return DetailReply(405, "Method Not Allowed");
  const auto file = files.Find(request.path);
  if (file == nullptr) return DetailReply(404, "Not Found");
  Reply reply;
  reply.content_type = file->content_type;
  reply.body = file->bytes;
  return reply;
}

Result<std::string> Simulator::Impl::Listen(Listener& listener, const ListenAddress& address,
                                            std::string_view name) {
  Result<std::string> bound = listener.Start(address);
  if (bound) log.Info("listening", {{"name", name}, {"address", *bound}});
  return bound;
}

Simulator::Simulator(SimConfig config, Log& log) : impl_(std::make_unique<Impl>(std::move(config), log)) {}

Simulator::~Simulator() {
  Stop();
}

Result<SimAddresses> Simulator::Start() {
  const SimConfig& config = impl_->config;
  const auto fal = impl_->Listen(impl_->fal_listener, config.listen, "fal");
  if (!fal) return fal.error();
  impl_->fal_port = impl_->fal_listener.port();
  const ListenAddress queue_address = NextTo(config.listen, config.queue_listen, 1);
  const auto queue = impl_->Listen(impl_->queue_listener, queue_address, "queue");
  if (!queue) return queue.error();
  const ListenAddress platform_address = NextTo(config.listen, config.platform_listen, 2);
  const auto platform = impl_->Listen(impl_->platform_listener, platform_address, "platform");
  if (!platform) return platform.error();
  return SimAddresses{*fal, *queue, *platform};
}

void Simulator::Stop() {
  impl_->pause.Stop();
  impl_->jobs.Stop();
  impl_->webhooks.Stop();
  impl_->fal_listener.Stop();
  impl_->queue_listener.Stop();
  impl_->platform_listener.Stop();
}

}  // namespace flux::sim

// Three routes on a httplib::Server.
#include "base/admin_server.h"

#include <httplib.h>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include "base/http_server.h"

namespace flux {
namespace {

constexpr std::size_t kThreads = 4;  // a probe, a scrape, a person, and one to spare

}  // namespace

struct AdminServer::Impl {
  httplib::Server server;
  HttpServer runner{server, kThreads};
};

AdminServer::AdminServer(MetricSources sources, std::function<std::string()> ready)
    : impl_(std::make_unique<Impl>()) {
  httplib::Server& server = impl_->server;
  server.Get("/healthz", [](const httplib::Request&, httplib::Response& reply) {
    reply.set_content("ok\n", "text/plain; charset=utf-8");
  });
  server.Get("/readyz", [ready = std::move(ready)](const httplib::Request&, httplib::Response& reply) {
    const std::string why_not = ready();
    reply.status = why_not.empty() ? 200 : 503;
    reply.set_content(why_not.empty() ? "ready\n" : why_not + "\n", "text/plain; charset=utf-8");
  });
  server.Get("/metrics", [sources = std::move(sources)](const httplib::Request&, httplib::Response& reply) {
    std::string text;
    for (const prometheus::Collectable* source : sources) {
      text += prometheus::TextSerializer().Serialize(source->Collect());
    }
    reply.set_content(text, "text/plain; version=0.0.4; charset=utf-8");
  });
}

AdminServer::~AdminServer() = default;

Result<std::string> AdminServer::Start(const ListenAddress& address) {
  return impl_->runner.Start(address);
}

void AdminServer::Stop() {
  impl_->runner.Stop();
}

}  // namespace flux

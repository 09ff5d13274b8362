// Three paths, looked up by hand.
#include "gateway/admin_server.h"

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <utility>

namespace flux::gateway {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kMetrics = "text/plain; version=0.0.4; charset=utf-8";
// For the scrape that is being answered when the program ends.
constexpr std::chrono::seconds kPatience{1};

// A few probes, scrapers and people. Nothing is posted here.
Limits AdminLimits() {
  Limits limits;
  limits.max_connections = 128;
  limits.max_body_bytes = 64 * 1024;
  limits.max_bytes_in_flight = 64 << 20;
  return limits;
}

Reply TextReply(int status, std::string body, std::string_view type = kText) {
  Reply reply;
  reply.status = status;
  reply.headers.emplace_back("Content-Type", type);
  reply.body = std::move(body);
  return reply;
}

}  // namespace

AdminServer::AdminServer(Sources sources, Ready ready)
    : sources_(std::move(sources)),
      ready_(std::move(ready)),
      listener_({&loop_.context()}, AdminLimits(), *this) {}

void AdminServer::Stop() {
  listener_.Drain(kPatience);
}

Opened AdminServer::Open(const Request& head) {
  return Answer(head);
}

asio::awaitable<std::optional<Reply>> AdminServer::Confirm(Ticket&, const Request&) {
  co_return std::nullopt;
}

asio::awaitable<Reply> AdminServer::Serve(std::unique_ptr<Ticket>, Request request) {
  co_return Answer(request);
}

Reply AdminServer::Refuse(const Status& status, const Request*, std::string_view) {
  Reply reply = TextReply(RowOf(status.reason).http_status, status.message + "\n");
  if (status.retry_after) reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

Reply AdminServer::Answer(const Request& request) const {
  const bool known = request.path == "/healthz" || request.path == "/readyz" || request.path == "/metrics";
  if (!known) return TextReply(404, "There are /healthz, /readyz and /metrics.\n");
  if (request.method != "GET" && request.method != "HEAD") {
    Reply reply = TextReply(405, "Use GET.\n");
    reply.headers.emplace_back("Allow", "GET, HEAD");
    return reply;
  }
  if (request.path == "/healthz") return TextReply(200, "ok\n");
  if (request.path == "/readyz") {
    const std::string why_not = ready_();
    return why_not.empty() ? TextReply(200, "ready\n") : TextReply(503, why_not + "\n");
  }
  std::string text;
  for (const prometheus::Collectable* source : sources_) {
    text += prometheus::TextSerializer().Serialize(source->Collect());
  }
  return TextReply(200, std::move(text), kMetrics);
}

}  // namespace flux::gateway

// AdminServer: the gateway's second address, for operators: /healthz, /readyz, /metrics. It stands on the
// public edge's own listener, with a thread and limits of its own, so it answers whatever the public address
// suffers. It never spends money.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_loop.h"
#include "base/options.h"
#include "base/result.h"
#include "gateway/http/handler.h"
#include "gateway/http/listener.h"

namespace prometheus {
class Collectable;
}

namespace flux::gateway {

class AdminServer final : private RequestHandler {
 public:
  // What /metrics shows, in order; borrowed.
  using Sources = std::vector<const prometheus::Collectable*>;
  // Asked by every /readyz, on the admin thread: empty, or why the program is not ready.
  using Ready = std::function<std::string()>;

  AdminServer(Sources sources, Ready ready);

  // Listens and serves. Returns the address as bound, or INTERNAL saying why it cannot.
  Result<std::string> Start(const ListenAddress& address) { return listener_.Start(address); }
  // Idempotent.
  void Stop();

 private:
  // Every head is answered at once: no path reads a body.
  Opened Open(const Request& head) override;
  asio::awaitable<std::optional<Reply>> Confirm(Ticket& ticket, const Request& head) override;
  asio::awaitable<Reply> Serve(std::unique_ptr<Ticket> ticket, Request request) override;
  Reply Refuse(const Status& status, const Request* head, std::string_view origin) override;
  Reply Answer(const Request& request) const;

  const Sources sources_;
  const Ready ready_;
  EventLoop loop_{"admin"};
  Listener listener_;
};

}  // namespace flux::gateway

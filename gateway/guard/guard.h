// Guard: what every public request passes before and after its door: request id, overload, host, CORS,
// admission, deadline, error rendering, metrics, one access log line. Wraps every route, so a new route
// cannot forget it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/doors/routes.h"
#include "gateway/guard/admission.h"
#include "gateway/guard/caller/strangers.h"
#include "gateway/guard/cors.h"
#include "gateway/guard/hosts.h"
#include "gateway/http/handler.h"
#include "gateway/metrics/gateway_metrics.h"

namespace flux::gateway {

struct GuardOptions {
  std::vector<std::string> allowed_hosts = {};
  std::vector<std::string> allowed_origins = {};
  std::uint32_t max_in_flight = 10'000;
  std::chrono::milliseconds request_timeout{120'000};
  bool tls = false;  // the listener speaks TLS itself, so browsers may be told to insist on it
};

// Works in two steps. Open (and Confirm, where limits are counted elsewhere) finds the route and the caller
// and takes what the request costs of the caller's limits, all by the head; Serve has the door do the rest. A
// ticket that is dropped in between gives the caller's place back, not the request of its rate. Thread-safe:
// called from every loop at once.
class Guard final : public RequestHandler {
 public:
  // `access_log` may be null. Everything borrowed outlives the guard.
  Guard(GuardOptions options, const RouteTable& routes, const Admission& admission, GatewayMetrics& metrics,
        Log* access_log, const Clock& clock);

  Opened Open(const Request& head) override;
  asio::awaitable<std::optional<Reply>> Confirm(Ticket& ticket, const Request& head) override;
  asio::awaitable<Reply> Serve(std::unique_ptr<Ticket> ticket, Request request) override;
  Reply Refuse(const Status& status, const Request* head, std::string_view origin) override;

 private:
  // What Open found out.
  struct Pass;
  // What became of a request at its head: its end, or none yet.
  using Screened = std::optional<Result<Served>>;

  // What is refused before it is asked who the caller is, and preflights.
  Screened Screen(const Request& head, const RouteMatch& match) const;
  // What is refused because of who the caller is and what it may have.
  std::optional<Status> Judge(const Request& head, Pass& pass) const;
  asio::awaitable<Result<Served>> Dispatch(Pass& pass, Request& request);
  // The reply as it is written, counted and logged.
  Reply Finish(const Request& request, std::size_t bytes_in, const Pass& pass, Result<Served> result);
  // The same where it is a stream that begins before its purchase has ended: counted and logged when it ends.
  class StreamRecord;
  Reply FinishLater(Request request, std::size_t bytes_in, std::unique_ptr<Pass> pass, Served served);
  Reply Dress(const Request& request, const Pass& pass, Result<Served>& result) const;
  void AddHeaders(std::string_view origin, const std::string& request_id, const HeaderPolicy& policy,
                  Reply& reply) const;
  void Record(const Request& request, std::size_t bytes_in, std::size_t bytes_out, const Pass& pass,
              const Result<Served>& result, Reply& reply);

  const Hosts hosts_;
  const Cors cors_;
  const std::uint32_t max_in_flight_;
  const std::chrono::milliseconds request_timeout_;
  const bool tls_;
  const RouteTable& routes_;
  const Admission& admission_;
  GatewayMetrics& metrics_;
  Log* const access_log_;
  const Clock& clock_;
  Strangers strangers_;
  std::atomic<std::uint32_t> in_flight_{0};
};

}  // namespace flux::gateway

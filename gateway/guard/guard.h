// Guard: what every public request passes before and after its route: request id, overload, host, CORS,
// admission, deadline, error rendering, metrics, one access log line. Wraps every route, so a new route
// cannot forget it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/doors/routes.h"
#include "gateway/guard/admission.h"
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

// Thread-safe: called from every loop at once.
class Guard {
 public:
  // `access_log` may be null. Everything borrowed outlives the guard.
  Guard(GuardOptions options, const Admission& admission, FluxBackend& backend, GatewayMetrics& metrics,
        Log* access_log, const Clock& clock);

  // The handler for the listener.
  asio::awaitable<Reply> Handle(Request request);

  // False for a request that is refused whatever its body holds: overload, host, route, method, origin, an
  // unknown key. Asked before the body is read, so that nobody without a key makes the gateway take in 100
  // MB.
  bool WantsBody(const Request& request) const;

  // Renders what the listener refuses by itself, before there is a request.
  Reply Refuse(const Status& status);

 private:
  asio::awaitable<Result<Served>> Dispatch(Request& request, const RouteMatch& match,
                                           const std::string& request_id, Visit& visit);
  // What is refused before it is asked who the caller is, and preflights; nullopt: the request may go on.
  std::optional<Result<Served>> Screen(const Request& request, const RouteMatch& match,
                                       std::uint32_t in_flight) const;
  // What is refused because of who the caller is, as far as that can be told without waiting.
  std::optional<Result<Served>> Admit(const Request& request, const RouteMatch& match, Visit& visit) const;
  void Record(const Request& request, const Route* route, std::size_t bytes_in, const std::string& request_id,
              const Visit& visit, const Result<Served>& result, Reply& reply);
  void Finish(std::string_view origin, const std::string& request_id, Reply& reply) const;

  const Hosts hosts_;
  const Cors cors_;
  const std::uint32_t max_in_flight_;
  const std::chrono::milliseconds request_timeout_;
  const bool tls_;
  const Admission& admission_;
  FluxBackend& backend_;
  GatewayMetrics& metrics_;
  Log* access_log_;
  const Clock& clock_;
  std::atomic<std::uint32_t> in_flight_{0};
};

}  // namespace flux::gateway

// KeySetClient: the public keys with which fal signs its webhooks, as fal publishes them.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "service/fal/fal_webhook.h"
#include "service/wire/http_exchange.h"

namespace flux::fal {

// The seam between the service and fal's keys. Called on the event loop, resumes on it.
class KeySource {
 public:
  virtual ~KeySource() = default;
  // The keys now, at least one. UPSTREAM_PROTOCOL, UPSTREAM_UNREACHABLE and so on.
  virtual asio::awaitable<Result<std::vector<Ed25519Key>>> Fetch(SteadyTime deadline) = 0;
};

struct KeySetOptions {
  std::string url = "https://rest.fal.ai/.well-known/jwks.json";  // http or https
  std::string ca_file = {};                                       // PEM; empty: the system's
  std::string user_agent = {};
};

// With libcurl (HttpExchange), and without fal's key. Lives on `loop`; destroyed after the loop has stopped.
class KeySetClient final : public KeySource {
 public:
  KeySetClient(asio::io_context& loop, KeySetOptions options);
  asio::awaitable<Result<std::vector<Ed25519Key>>> Fetch(SteadyTime deadline) override;

 private:
  const std::string url_;
  const HttpExchange http_;
};

}  // namespace flux::fal

// Stack: the decorators around the wire, in their one order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "service/wire/curl_transport.h"
#include "service/wire/governor.h"
#include "service/wire/metrics.h"
#include "service/wire/throttle.h"
#include "service/wire/transport.h"

namespace prometheus {
class Registry;
}

namespace flux::fal {

struct StackOptions {
  CurlTransportOptions wire = {};
  GovernorOptions governor = {};
  std::uint32_t resends = 2;  // at most so many per call
};

// Owns the layers; borrows the rest, which outlives it.
class Stack {
 public:
  struct Borrowed {
    asio::io_context& loop;
    prometheus::Registry& registry;
    Log* log;  // null: attempts are not logged
    const Clock& clock;
  };
  Stack(Borrowed borrowed, StackOptions options, const std::vector<std::string>& models);
  ~Stack();

  FalTransport& top() { return *top_; }

 private:
  std::vector<std::unique_ptr<FalTransport>> layers_;  // innermost first
  FalTransport* top_ = nullptr;
};

struct SubmitStackOptions {
  std::string url = "https://queue.fal.run";  // http or https, no trailing slash
  std::string query = {};                     // of every submit, "?NAME=VALUE"; may be empty
  Bytes max_reply{1ULL << 20};
  std::uint32_t resends = 2;     // at most so many per call
  BackupHost* backup = nullptr;  // of `url`; borrowed, null: none
};

// The decorators around a submit to fal's queue. Without the governor: the queue takes any number of requests
// (fal-api §2). Owns the layers; borrows the rest, which outlives it.
class SubmitStack {
 public:
  // On the connections of `http`, which was made for the scheme of `options.url`.
  SubmitStack(Stack::Borrowed borrowed, HttpExchange http, SubmitStackOptions options,
              const std::vector<std::string>& models);
  ~SubmitStack();

  FalTransport& top() { return *layers_.back(); }

 private:
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Throttle> throttle_;
  std::vector<std::unique_ptr<FalTransport>> layers_;  // innermost first
};

}  // namespace flux::fal

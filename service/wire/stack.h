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

}  // namespace flux::fal

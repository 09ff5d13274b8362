// The library is given a request line of our own making: the target as framing understood it, nothing that it
// could read differently. Headers are copied from framing, since the library percent-decodes values and
// forgets their order.
#include "gateway/http/engine.h"

#include <httplib.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

namespace flux::gateway {
namespace {

// One request line, then the end of input; what the library writes is dropped.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view input) : input_(input) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override {
    const std::size_t count = std::min(size, input_.size());
    std::memcpy(out, input_.data(), count);
    input_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char*, std::size_t size) override { return static_cast<ssize_t>(size); }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; }  // compared with FD_SETSIZE, never used

 private:
  std::string_view input_;
};

bool HoldsControlByte(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

class Engine::Server : private httplib::Server {
 public:
  Server() {
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      response.status = 204;  // the cheapest reply to render; it goes nowhere
      return HandlerResponse::Handled;
    });
    input_.reserve(256);
  }

  // Decodes `origin_target`. False where the library refuses it.
  bool Decode(std::string_view origin_target, Request& request) {
    // The meaning of a target depends on its bytes alone, and callers use few: the library is asked once for
    // each.
    Known& known = known_[std::hash<std::string_view>()(origin_target) % known_.size()];
    if (known.target == origin_target) {
      request.path = known.path;
      return true;
    }
    if (!Ask(origin_target, request)) return false;
    if (request.query.empty() && origin_target.size() <= kMaxKnownBytes)
      known = {std::string(origin_target), request.path};
    return true;
  }

 private:
  static constexpr std::size_t kKnownTargets = 64;    // some twenty routes, with room for collisions
  static constexpr std::size_t kMaxKnownBytes = 128;  // longer ones are seldom sent twice

  struct Known {
    std::string target;
    std::string path;
  };

  bool Ask(std::string_view origin_target, Request& request) {
    input_.assign("GET ").append(origin_target);
    // The library takes a second question mark for a fault; RFC 3986 has it belong to the query.
    auto at = input_.find('?');
    while (at != std::string::npos && (at = input_.find('?', at + 1)) != std::string::npos)
      input_.replace(at, 1, "%3F");
    input_.append(" HTTP/1.1\r\n\r\n");
    MemoryStream stream(input_);
    bool closed = false;
    bool captured = false;
    const auto capture = [&](httplib::Request& parsed) {
      captured = true;
      request.path = std::move(parsed.path);
      request.query.reserve(parsed.params.size());
      for (const auto& [name, value] : parsed.params) request.query.emplace_back(name, value);
    };
    // close_connection spares the library a string stream for its Keep-Alive header.
    constexpr bool kCloseConnection = true;
    Run(*this, stream, kCloseConnection, closed, capture);
    return captured;
  }

  // Debian 13's 0.18 wants the peers' addresses as well. The compiler is asked, since the header has no
  // version number.
  template <typename Self, typename Capture>
  static void Run(Self& self, httplib::Stream& in, bool close, bool& closed, const Capture& capture) {
    if constexpr (requires { self.process_request(in, "", 0, "", 0, close, closed, capture); }) {
      self.process_request(in, "", 0, "", 0, close, closed, capture);
    } else {
      self.process_request(in, close, closed, capture);
    }
  }

  std::string input_;
  std::array<Known, kKnownTargets> known_;
};

Engine::Engine() : server_(std::make_unique<Server>()) {}

Engine::~Engine() = default;

Result<Request> Engine::Interpret(const Head& head) {
  Request request;
  request.method = head.method;
  request.target = head.target;
  request.headers.reserve(head.fields.size());
  for (const HeaderField& field : head.fields) request.headers.emplace_back(field.name, field.value);
  if (!server_->Decode(head.origin_target, request)) {
    return Status(Reason::kMalformedRequest, "The request target cannot be read.");
  }
  if (HoldsControlByte(request.path)) {
    return Status(Reason::kMalformedRequest, "The path decodes to a control byte.");
  }
  for (const auto& [name, value] : request.query) {
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
      return Status(Reason::kMalformedRequest, "The query decodes to a zero byte.");
    }
  }
  return request;
}

}  // namespace flux::gateway

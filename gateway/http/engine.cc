// The library is given a request line of our own making: the path as framing understood it, nothing that it
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

#include "gateway/http/grammar.h"

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

// What is no escape stays as it is.
std::string Unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && text.size() - i > 2;
    const int high = escape ? HexValue(text[i + 1]) : -1;
    const int low = escape ? HexValue(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

HeaderList ReadQuery(std::string_view query) {
  HeaderList pairs;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    pairs.emplace_back(Unescape(pair.substr(0, equals)),
                       equals == std::string_view::npos ? std::string() : Unescape(pair.substr(equals + 1)));
  }
  return pairs;
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

  // Decodes a path. False where the library refuses it.
  bool Decode(std::string_view path, std::string& decoded) {
    // The meaning of a path depends on its bytes alone, and callers use few: the library is asked once for
    // each.
    Known& known = known_[std::hash<std::string_view>()(path) % known_.size()];
    if (known.path == path) {
      decoded = known.decoded;
      return true;
    }
    if (!Ask(path, decoded)) return false;
    if (path.size() <= kMaxKnownBytes) known = {std::string(path), decoded};
    return true;
  }

 private:
  static constexpr std::size_t kKnownPaths = 64;      // some twenty routes, with room for collisions
  static constexpr std::size_t kMaxKnownBytes = 128;  // longer ones are seldom sent twice

  struct Known {
    std::string path;
    std::string decoded;
  };

  bool Ask(std::string_view path, std::string& decoded) {
    input_.assign("GET ").append(path).append(" HTTP/1.1\r\n\r\n");
    MemoryStream stream(input_);
    bool closed = false;
    bool captured = false;
    const auto capture = [&](httplib::Request& parsed) {
      captured = true;
      decoded = std::move(parsed.path);
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
  std::array<Known, kKnownPaths> known_;
};

Engine::Engine() : server_(std::make_unique<Server>()) {}

Engine::~Engine() = default;

Result<Request> Engine::Interpret(const Head& head) {
  Request request;
  request.method = head.method;
  request.target = head.target;
  request.headers.reserve(head.fields.size());
  for (const HeaderField& field : head.fields) request.headers.emplace_back(field.name, field.value);
  const auto question = head.origin_target.find('?');
  if (!server_->Decode(head.origin_target.substr(0, question), request.path)) {
    return Status(Reason::kMalformedRequest, "The request target cannot be read.");
  }
  if (HoldsControlByte(request.path)) {
    return Status(Reason::kMalformedRequest, "The path decodes to a control byte.");
  }
  if (question != std::string_view::npos) request.query = ReadQuery(head.origin_target.substr(question + 1));
  return request;
}

}  // namespace flux::gateway

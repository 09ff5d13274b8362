// What gateway/http/engine.cc uses of cpp-httplib, as Debian 13's 0.18 declares it: a stand-in, so that a
// machine that has 0.11 only still compiles and runs the engine's seam for both. It reads a request line and
// decodes nothing.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>

using socket_t = int;

namespace httplib {

using Params = std::multimap<std::string, std::string>;

struct Request {
  std::string path;
  Params params;
};

struct Response {
  int status = -1;
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual bool is_readable() const = 0;
  virtual bool is_writable() const = 0;
  virtual ssize_t read(char* out, std::size_t size) = 0;
  virtual ssize_t write(const char* bytes, std::size_t size) = 0;
  virtual void get_remote_ip_and_port(std::string& ip, int& port) const = 0;
  virtual void get_local_ip_and_port(std::string& ip, int& port) const = 0;
  virtual socket_t socket() const = 0;
};

class Server {
 public:
  enum class HandlerResponse { Handled, Unhandled };
  using HandlerWithResponse = std::function<HandlerResponse(const Request&, Response&)>;

  virtual ~Server() = default;
  Server& set_pre_routing_handler(HandlerWithResponse handler) {
    handler_ = std::move(handler);
    return *this;
  }

 protected:
  bool process_request(Stream& stream, const std::string&, int, const std::string&, int, bool, bool&,
                       const std::function<void(Request&)>& setup_request) {
    std::string line;
    for (char c = 0; stream.read(&c, 1) == 1 && c != '\r';) line += c;
    Request request;
    request.path = line.substr(4, line.rfind(' ') - 4);
    setup_request(request);
    Response response;
    return handler_(request, response) == HandlerResponse::Handled;
  }

 private:
  HandlerWithResponse handler_;
};

}  // namespace httplib

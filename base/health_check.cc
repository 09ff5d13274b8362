// One GET with cpp-httplib's client.
#include "base/health_check.h"

#include <httplib.h>

#include <cstdio>
#include <string_view>

#include "base/ip_address.h"

namespace flux {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::string_view kUnixPrefix = "unix:";

// The client's name for the program's own listener; empty where the address is none.
std::string Target(const ListenAddress& listen, bool tls) {
  std::string host;
  int port = 0;
  if (!SplitHostPort(listen.text, host, port)) return {};
  if (host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return (tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

}  // namespace

int HealthCheck(const ListenAddress& listen, const std::string& path, bool tls) {
  const bool is_unix = listen.text.starts_with(kUnixPrefix);
  const std::string target = is_unix ? listen.text.substr(kUnixPrefix.size()) : Target(listen, tls);
  httplib::Client client(target);
  if (is_unix) client.set_address_family(AF_UNIX);
  if (tls) client.enable_server_certificate_verification(false);
  client.set_connection_timeout(kPatience);
  client.set_read_timeout(kPatience);
  const httplib::Result answer = client.Get(path);
  if (answer && answer->status >= 200 && answer->status < 300) return 0;
  const std::string cause =
      answer ? "answered " + std::to_string(answer->status) : httplib::to_string(answer.error());
  std::fprintf(stderr, "%s%s: %s\n", listen.text.c_str(), path.c_str(), cause.c_str());
  return 1;
}

}  // namespace flux

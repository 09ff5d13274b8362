// Matches origins and writes the headers.
#include "gateway/guard/cors.h"

#include <absl/strings/ascii.h>

#include <algorithm>

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kMethods = "GET, POST, OPTIONS";
constexpr std::string_view kHeaders =
    "Content-Type, Authorization, X-API-Key, X-Request-Id, Idempotency-Key, Prefer, traceparent, tracestate";
constexpr std::string_view kExposed =
    "X-Request-Id, x-fal-request-id, x-cost-usd, x-fal-attempts, x-queue-position, x-queue-wait-ms, "
    "x-should-retry, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";
constexpr std::string_view kPreflightSeconds = "600";  // the longest that every browser honours

bool Matches(std::string_view pattern, std::string_view origin) {
  const auto star = pattern.find("*.");
  if (star == std::string_view::npos) return pattern == origin;
  const std::string_view scheme = pattern.substr(0, star);
  const std::string_view parent = pattern.substr(star + 1);  // with its dot
  return origin.size() > scheme.size() + parent.size() && origin.starts_with(scheme) &&
         origin.ends_with(parent);
}

// The port that a browser leaves out.
std::string_view DefaultPort(std::string_view scheme) {
  if (scheme == "http") return ":80";
  if (scheme == "https") return ":443";
  return {};
}

}  // namespace

Cors::Cors(std::vector<std::string> origins)
    : origins_(std::move(origins)),
      any_(origins_.empty() || std::ranges::find(origins_, "*") != origins_.end()) {
  for (std::string& origin : origins_) absl::AsciiStrToLower(&origin);
}

bool Cors::MayCall(std::string_view origin, std::string_view host) const {
  if (origin.empty() || any_ || Allows(origin)) return true;
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos || host.empty()) return false;
  // A proxy in front may have ended the TLS, so the scheme is not compared.
  const std::string_view port = DefaultPort(origin.substr(0, scheme));
  if (!port.empty() && host.ends_with(port)) host.remove_suffix(port.size());
  return EqualsIgnoreCase(origin.substr(scheme + 3), host);
}

bool Cors::Allows(std::string_view origin) const {
  return std::ranges::any_of(origins_,
                             [origin](const std::string& pattern) { return Matches(pattern, origin); });
}

void Cors::AddTo(std::string_view origin, HeaderList& headers) const {
  if (!any_) {
    headers.emplace_back("Vary", "Origin");
    if (origin.empty() || !Allows(origin)) return;
  }
  headers.emplace_back("Access-Control-Allow-Origin", any_ ? "*" : std::string(origin));
  if (!any_) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  headers.emplace_back("Access-Control-Allow-Methods", kMethods);
  headers.emplace_back("Access-Control-Allow-Headers", kHeaders);
  headers.emplace_back("Access-Control-Expose-Headers", kExposed);
}

Reply Cors::Preflight() {
  Reply reply;
  reply.status = 204;
  reply.headers.emplace_back("Access-Control-Max-Age", kPreflightSeconds);
  return reply;
}

std::string CheckOrigin(const std::string& text) {
  if (text == "*") return {};
  const std::string wanted =
      "\"" + text + "\" is not an origin such as https://example.com or https://*.example.com";
  const auto colon = text.find("://");
  if (colon == std::string::npos || colon == 0) return wanted;
  const std::string scheme = absl::AsciiStrToLower(text.substr(0, colon));
  std::string_view host = std::string_view(text).substr(colon + 3);
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (!IsHost(host) || host.starts_with('.') || host.find('*') != std::string_view::npos) return wanted;
  if (const std::string_view port = DefaultPort(scheme); !port.empty() && host.ends_with(port)) {
    return "\"" + text + "\" will never match: browsers leave " + std::string(port) + " out of an origin";
  }
  return {};
}

}  // namespace flux::gateway

// Matches origins and writes the headers.
#include "gateway/guard/cors.h"

#include <algorithm>

namespace flux::gateway {
namespace {

constexpr std::string_view kMethods = "GET, POST, OPTIONS";
constexpr std::string_view kHeaders = "Content-Type, Authorization, X-Request-Id";
constexpr std::string_view kExposed = "X-Request-Id, x-fal-request-id, Retry-After, x-should-retry";
constexpr std::string_view kPreflightSeconds = "600";  // the longest that every browser honours

bool Matches(std::string_view pattern, std::string_view origin) {
  const auto star = pattern.find("*.");
  if (star == std::string_view::npos) return pattern == origin;
  const std::string_view scheme = pattern.substr(0, star);
  const std::string_view parent = pattern.substr(star + 1);  // with its dot
  return origin.size() > scheme.size() + parent.size() && origin.starts_with(scheme) &&
         origin.ends_with(parent);
}

}  // namespace

Cors::Cors(std::vector<std::string> origins)
    : origins_(std::move(origins)),
      any_(origins_.empty() || std::ranges::find(origins_, "*") != origins_.end()) {}

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

}  // namespace flux::gateway

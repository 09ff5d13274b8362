// Compares origins part by part and writes the headers.
#include "gateway/guard/cors.h"

#include <algorithm>
#include <optional>

#include "gateway/guard/hosts.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kPreflightSeconds = "600";  // the longest that every browser honours
constexpr std::string_view kBelow = "://*.";

// The entry without its star.
std::string WithoutStar(const std::string& text) {
  const auto star = text.find(kBelow);
  return star == std::string::npos ? text : text.substr(0, star + 3) + text.substr(star + kBelow.size());
}

}  // namespace

Cors::Cors(const std::vector<std::string>& origins)
    : any_(origins.empty() || std::ranges::find(origins, "*") != origins.end()) {
  for (const std::string& text : origins) {
    std::optional<Origin> origin = ParseOrigin(WithoutStar(text));
    if (origin) patterns_.push_back({*std::move(origin), text.find(kBelow) != std::string::npos});
  }
}

bool Cors::MayCall(std::string_view origin, std::string_view host) const {
  if (origin.empty() || any_ || Allows(origin)) return true;
  const std::optional<Origin> page = ParseOrigin(origin);
  if (!page || host.empty()) return false;
  // A proxy in front may have ended the TLS, so the scheme is not compared.
  const std::string_view port = PortOf(host);
  return page->host == CanonicalHost(host) && page->port == (port.empty() ? DefaultPort(page->scheme) : port);
}

bool Cors::Allows(std::string_view origin) const {
  const std::optional<Origin> page = ParseOrigin(origin);
  return page && std::ranges::any_of(patterns_, [&page](const Pattern& pattern) {
           if (!pattern.below) return pattern.origin == *page;
           const std::string& parent = pattern.origin.host;
           return pattern.origin.scheme == page->scheme && pattern.origin.port == page->port &&
                  page->host.size() > parent.size() + 1 && page->host.ends_with(parent) &&
                  page->host[page->host.size() - parent.size() - 1] == '.';
         });
}

void Cors::AddTo(std::string_view origin, const HeaderPolicy& policy, HeaderList& headers) const {
  if (!any_) {
    headers.emplace_back("Vary", "Origin");
    if (origin.empty() || !Allows(origin)) return;
  }
  headers.emplace_back("Access-Control-Allow-Origin", any_ ? "*" : std::string(origin));
  if (!any_) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  headers.emplace_back("Access-Control-Allow-Methods", policy.methods);
  headers.emplace_back("Access-Control-Allow-Headers", policy.headers);
  headers.emplace_back("Access-Control-Expose-Headers", policy.exposed);
}

Reply Cors::Preflight(std::string_view origin, const HeaderPolicy& policy) const {
  Reply reply;
  reply.status = 204;
  reply.headers.emplace_back("Access-Control-Max-Age", kPreflightSeconds);
  if (!policy.also.empty() && (any_ || Allows(origin))) {
    reply.headers.emplace_back("Access-Control-Allow-Headers", policy.also);
  }
  return reply;
}

std::string CheckOrigin(const std::string& text) {
  if (text == "*") return {};
  const std::string plain = WithoutStar(text);
  const std::optional<Origin> origin = ParseOrigin(plain);
  if (!origin || plain.find('*') != std::string::npos) {
    return "\"" + text + "\" is not an origin such as https://example.com or https://*.example.com";
  }
  const std::string_view port = PortOf(std::string_view(plain).substr(plain.find("://") + 3));
  if (!port.empty() && port == DefaultPort(origin->scheme)) {
    return "\"" + text + "\" will never match: browsers leave :" + std::string(port) + " out of an origin";
  }
  return {};
}

}  // namespace flux::gateway

// Takes two headers away, and gives them back to failures.
#include "gateway/doors/site/site_dialect.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace flux::gateway {
namespace {

constexpr std::string_view kCache = "Cache-Control";
constexpr std::string_view kPolicy = "Content-Security-Policy";

HeaderPolicy WithoutThem(HeaderPolicy policy) {
  std::erase_if(policy.always,
                [](const auto& header) { return header.first == kCache || header.first == kPolicy; });
  return policy;
}

}  // namespace

SiteDialect::SiteDialect(const Dialect& failures)
    : failures_(failures), policy_(WithoutThem(failures.Headers())) {}

Reply SiteDialect::Render(const Status& status, std::string_view request_id, WallTime now) const {
  Reply reply = failures_.Render(status, request_id, now);
  reply.headers.emplace_back(kCache, "no-store");
  reply.headers.emplace_back(kPolicy, kNoPage);
  return reply;
}

nlohmann::ordered_json SiteDialect::DescribeError(ApiDocument& document) const {
  return failures_.DescribeError(document);
}

}  // namespace flux::gateway

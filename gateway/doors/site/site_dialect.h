// SiteDialect: failures as today's API words them, and headers that let browsers keep and show what is served
// here; each reply says for how long, and what a page may load.
#pragma once

#include "gateway/doors/dialect.h"

namespace flux::gateway {

// What replies that are no page let a browser do: nothing.
inline constexpr std::string_view kNoPage = "default-src 'none'; frame-ancestors 'none'";

class SiteDialect final : public Dialect {
 public:
  // Borrowed.
  explicit SiteDialect(const Dialect& failures);

  Reply Render(const Status& status, std::string_view request_id, WallTime now) const override;
  nlohmann::ordered_json DescribeError(ApiDocument& document) const override;
  const HeaderPolicy& Headers() const override { return policy_; }

 private:
  const Dialect& failures_;
  const HeaderPolicy policy_;
};

}  // namespace flux::gateway

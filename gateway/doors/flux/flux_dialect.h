// FluxDialect: how today's API words its failures, and the headers of its replies.
#pragma once

#include <string_view>

#include "gateway/doors/dialect.h"
#include "gateway/doors/header_policy.h"

namespace flux::gateway {

// Where a job is found; its id follows.
inline constexpr std::string_view kBeforeJob = "/api/v1/jobs/";

// {"success":false,"error":…,"code":…,"field":…,"violations":[…],"retryable":…,"billed":…,"request_id":…,
// "job":…,"fal_error":…}; on failures of forwarding (5xx) "message" and "timestamp" as today's clients know
// them, and where a path or model does not exist "supported_endpoints".
class FluxDialect final : public Dialect {
 public:
  Reply Render(const Status& status, std::string_view request_id, WallTime now) const override;
  nlohmann::ordered_json DescribeError(ApiDocument& document) const override;
  const HeaderPolicy& Headers() const override { return policy_; }

 private:
  const HeaderPolicy policy_ = PublicHeaderPolicy();
};

}  // namespace flux::gateway

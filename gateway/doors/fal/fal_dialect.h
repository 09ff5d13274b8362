// FalDialect: errors as fal's clients know them, with fal's shapes, statuses and headers; and the headers of
// all replies.
#pragma once

#include "gateway/doors/dialect.h"

namespace flux::gateway {

//   422 {"detail":[{"loc":["body","prompt"],"msg":"Field required","type":"missing"}]}
//   others {"detail":"…"}, those of the platform with "error_type" and x-fal-error-type
// What fal itself answered is passed on as it is, but for refusals of our key. fal's clients resend a POST by
// its status alone (408, 409, 429, 502, 503, 504), so a failure that may have been billed has another one:
// 500, or 504 with x-fal-request-timeout-type: user, which they leave alone.
class FalDialect final : public Dialect {
 public:
  Reply Render(const Status& status, std::string_view request_id, WallTime now) const override;
  nlohmann::ordered_json DescribeError(ApiDocument& document) const override;
  const HeaderPolicy& Headers() const override { return policy_; }

 private:
  static HeaderPolicy Policy();

  const HeaderPolicy policy_ = Policy();
};

}  // namespace flux::gateway

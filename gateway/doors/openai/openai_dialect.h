// OpenAiDialect: how OpenAI's API words failures, with its statuses, so that its SDKs raise the errors that
// programs catch; and the headers of its replies.
#pragma once

#include <string>
#include <string_view>

#include "gateway/doors/dialect.h"
#include "gateway/doors/header_policy.h"

namespace flux::gateway {

// {"error":{"message","type","param","code","reason","billed","job"}}: the first four are OpenAI's, null
// where they say nothing. `reason` is the name in our own table, `billed` "no", "maybe" or "yes", `job` where
// the purchase is remembered.
class OpenAiDialect final : public Dialect {
 public:
  Reply Render(const Status& status, std::string_view request_id, WallTime now) const override;
  nlohmann::ordered_json DescribeError(ApiDocument& document) const override;
  const HeaderPolicy& Headers() const override { return policy_; }

 private:
  const HeaderPolicy policy_ = PublicHeaderPolicy();
};

// That object, as text.
std::string OpenAiError(const Status& status);

// What OpenAI's API calls the field of flux.v1, or of today's JSON, at the head of a path: "num_images" is
// "n", "image_url" is "image".
std::string OpenAiName(std::string_view field);

// Gives every violation that name.
void RenameForOpenAi(Status& status);

}  // namespace flux::gateway

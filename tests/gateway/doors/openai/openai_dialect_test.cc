// Failures as OpenAI's SDKs read them.
#include "gateway/doors/openai/openai_dialect.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace flux::gateway {
namespace {

struct Row {
  Reason reason;
  int status;
  const char* type;
  const char* code;
};

class Failures : public testing::TestWithParam<Row> {};

TEST_P(Failures, HaveOpenAisStatusTypeAndCode) {
  const Reply reply = OpenAiDialect().Render(Status(GetParam().reason), "id", WallTime());
  const nlohmann::json error = nlohmann::json::parse(reply.body).at("error");
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_EQ(error.at("type"), GetParam().type);
  EXPECT_EQ(error.at("code"), GetParam().code);
  EXPECT_EQ(error.at("reason"), RowOf(GetParam().reason).name);
  EXPECT_FALSE(error.at("message").get<std::string>().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Of, Failures,
    testing::Values(Row{Reason::kInvalidField, 400, "invalid_request_error", "invalid_value"},
                    Row{Reason::kInvalidForm, 400, "invalid_request_error", "invalid_form"},
                    Row{Reason::kUnknownModel, 404, "invalid_request_error", "model_not_found"},
                    Row{Reason::kUnauthenticated, 401, "invalid_request_error", "invalid_api_key"},
                    Row{Reason::kModelNotAllowed, 403, "invalid_request_error", "model_not_allowed"},
                    Row{Reason::kBudgetExceeded, 429, "insufficient_quota", "insufficient_quota"},
                    Row{Reason::kRateLimited, 429, "requests", "rate_limit_exceeded"},
                    Row{Reason::kContentPolicy, 400, "image_generation_user_error",
                        "content_policy_violation"},
                    Row{Reason::kOutcomeUnknown, 409, "invalid_request_error", "outcome_unknown"},
                    Row{Reason::kPayloadTooLarge, 413, "invalid_request_error", "payload_too_large"},
                    Row{Reason::kUpstreamTimeout, 504, "server_error", "upstream_timeout"},
                    Row{Reason::kOverloaded, 503, "server_error", "overloaded"}),
    [](const auto& row) { return std::string(RowOf(row.param.reason).name); });

std::string Header(const Reply& reply, const std::string& wanted) {
  for (const auto& [name, value] : reply.headers) {
    if (name == wanted) return value;
  }
  return {};
}

// Every reason: SDKs resend 408, 409, 429 and 5xx unless they are told not to.
TEST(OpenAiDialectTest, WhatMayHaveBeenBilledIsNeverSentAgain) {
  for (const ReasonRow& row : ReasonTable()) {
    const Reply reply = OpenAiDialect().Render(Status(row.reason), "id", WallTime());
    if (row.billed == Billed::kNo) continue;
    EXPECT_EQ(Header(reply, "x-should-retry"), "false") << row.name;
  }
  for (const Reason settled : {Reason::kBudgetExceeded, Reason::kOutcomeUnknown}) {
    EXPECT_EQ(Header(OpenAiDialect().Render(Status(settled), "id", WallTime()), "x-should-retry"), "false");
  }
}

TEST(OpenAiDialectTest, FieldsHaveTheNamesThatOpenAiGivesThem) {
  Status status = InvalidFields({{"image_size.width", "must be at least 14"}, {"num_images", "x"}});
  RenameForOpenAi(status);
  EXPECT_EQ(status.violations[0].field, "size.width");
  EXPECT_EQ(status.violations[1].field, "n");
  EXPECT_NE(status.message.find("size.width"), std::string::npos);
  const auto error = nlohmann::json::parse(OpenAiError(status)).at("error");
  EXPECT_EQ(error.at("param"), "size.width");
  EXPECT_EQ(OpenAiName("image.url"), "image.url");
  EXPECT_EQ(OpenAiName("images[1]"), "image[1]");
  EXPECT_EQ(OpenAiName("mask"), "mask");
  EXPECT_EQ(OpenAiName("extra.scheduler"), "scheduler");
  EXPECT_EQ(OpenAiName("seed"), "seed");
}

TEST(OpenAiDialectTest, WhatIsMissingHasItsOwnCode) {
  const Status status = InvalidFields({{"image", "is required by edit/flux-2"}});
  EXPECT_EQ(nlohmann::json::parse(OpenAiError(status)).at("error").at("code"), "missing_required_parameter");
}

}  // namespace
}  // namespace flux::gateway

// Errors as fal's clients read them, with no status that makes them pay twice.
#include "gateway/doors/fal/fal_dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace flux::gateway {
namespace {

using nlohmann::json;

class FalDialectTest : public testing::Test {
 protected:
  json Body(const Status& status, int http) {
    reply_ = dialect_.Render(status, "id", WallTime());
    EXPECT_EQ(reply_.status, http);
    return json::parse(reply_.body);
  }
  std::string Header(std::string_view name) const {
    for (const auto& [key, value] : reply_.headers) {
      if (key == name) return value;
    }
    return "";
  }

  const FalDialect dialect_;
  Reply reply_;
};

TEST_F(FalDialectTest, FieldsAreALlist) {
  const json body = Body(InvalidFields({{"prompt", "Field required"},
                                        {"num_images", "Input should be less than or equal to 4"},
                                        {"guidance_scale", "Input should be greater than or equal to 1.5"},
                                        {"output_format", "Input should be 'jpeg' or 'png'"},
                                        {"image_urls[2]", "must be an absolute http or https URL"},
                                        {"query.fal_webhook", "is not supported here"}}),
                         422);
  EXPECT_EQ(body["detail"][0],
            (json{{"loc", {"body", "prompt"}}, {"msg", "Field required"}, {"type", "missing"}}));
  EXPECT_EQ(body["detail"][1]["ctx"], (json{{"le", 4}}));
  EXPECT_EQ(body["detail"][2]["ctx"], (json{{"ge", 1.5}}));
  EXPECT_EQ(body["detail"][3]["type"], "literal_error");
  EXPECT_EQ(body["detail"][4]["loc"], (json{"body", "image_urls", 2}));
  EXPECT_EQ(body["detail"][4]["type"], "value_error");
  EXPECT_EQ(body["detail"][5]["loc"], (json{"query", "fal_webhook"}));
  EXPECT_EQ(Header("x-fal-billable-units"), "0");
  EXPECT_EQ(Header("x-fal-retryable"), "false");
}

TEST_F(FalDialectTest, WhatFalSaidArrivesAsItIs) {
  Status status(Reason::kContentPolicy);
  const std::string said =
      R"({"detail":[{"loc":["body","prompt"],"msg":"flagged","type":"content_policy_violation","input":"x"}]})";
  status.upstream = UpstreamError{422, "fal-1", said};
  EXPECT_EQ(Body(status, 422), json::parse(said));
  EXPECT_EQ(Header("x-fal-request-id"), "fal-1");
  status = Status(Reason::kUpstreamError);
  status.billed = Billed::kNo;
  status.upstream = UpstreamError{503, "fal-1", R"({"detail":"busy","error_type":"runner_server_error"})"};
  EXPECT_EQ(Body(status, 503)["error_type"], "runner_server_error");
  EXPECT_EQ(Header("x-fal-error-type"), "runner_server_error");
}

TEST_F(FalDialectTest, WhatFalSaidOfARequestOfItsQueueIsNoGatewaysFailure) {
  Status status(Reason::kUpstreamError);
  status.billed = Billed::kNo;
  status.upstream = UpstreamError{0, "", R"({"detail":"Internal Server Error"})"};
  EXPECT_EQ(Body(status, 500)["detail"], "Internal Server Error");
}

TEST_F(FalDialectTest, TheOperatorsAccountIsNobodysBusiness) {
  Status status(Reason::kUpstreamAccount);
  status.upstream = UpstreamError{403, "fal-1", R"({"detail":"User is locked. Reason: Exhausted balance."})"};
  const json body = Body(status, 502);
  EXPECT_THAT(body["detail"].get<std::string>(), testing::Not(testing::HasSubstr("locked")));
}

TEST_F(FalDialectTest, NothingThatMayBeBilledHasAStatusThatIsResent) {
  const std::set<int> resent = {408, 409, 429, 502, 503};
  for (const ReasonRow& row : ReasonTable()) {
    for (const int said : {0, 429, 500, 502, 503, 504}) {
      Status status(row.reason);
      status.billed = Billed::kMaybe;
      if (said != 0) status.upstream = UpstreamError{said, "", R"({"detail":"x"})"};
      const Reply reply = dialect_.Render(status, "id", WallTime());
      EXPECT_FALSE(resent.contains(reply.status)) << row.name << " " << said;
      if (reply.status != 504) continue;
      EXPECT_TRUE(std::ranges::any_of(reply.headers, [](const auto& header) {
        return header.first == "x-fal-request-timeout-type" && header.second == "user";
      })) << row.name;
    }
  }
}

TEST_F(FalDialectTest, EveryReasonIsAnObjectWithDetail) {
  for (const ReasonRow& row : ReasonTable()) {
    const Reply reply = dialect_.Render(Status(row.reason), "id", WallTime());
    const json body = json::parse(reply.body);
    EXPECT_TRUE(body["detail"].is_string() || body["detail"].is_array()) << row.name;
    EXPECT_GE(reply.status, 400) << row.name;
  }
  EXPECT_EQ(Body(Status(Reason::kUnknownJob), 404)["status"], "NOT_FOUND");
  EXPECT_EQ(Body(Status(Reason::kRateLimited), 429)["type"], "concurrent_requests_limit");
  EXPECT_EQ(Body(Status(Reason::kBudgetExceeded), 403)["detail"], RowOf(Reason::kBudgetExceeded).meaning);
}

}  // namespace
}  // namespace flux::gateway

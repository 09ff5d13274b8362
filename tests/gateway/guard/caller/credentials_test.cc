// Where a key may stand in a request.
#include "gateway/guard/caller/credentials.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

struct ShownCase {
  const char* name;
  HeaderList headers;
  const char* key;  // null: none; empty: refused
};

class ShownKeys : public testing::TestWithParam<ShownCase> {};

TEST_P(ShownKeys, AreReadFromEitherHeader) {
  Request request;
  request.headers = GetParam().headers;
  const auto shown = ShownKey(request);
  const std::string_view want = GetParam().key == nullptr ? "none" : GetParam().key;
  if (want.empty()) {
    ASSERT_FALSE(shown);
    EXPECT_EQ(shown.error().reason, Reason::kUnauthenticated);
  } else {
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->value_or("none"), want);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ShownKeys,
    testing::Values(ShownCase{"None", {{"Accept", "x"}}, nullptr},
                    ShownCase{"Bearer", {{"Authorization", "Bearer k"}}, "k"},
                    ShownCase{"OtherCase", {{"authorization", "bEARER  k"}}, "k"},
                    ShownCase{"AsFalsClients", {{"Authorization", "Key k"}}, "k"},
                    ShownCase{"OwnHeader", {{"x-api-key", "k"}}, "k"},
                    ShownCase{"BothAlike", {{"X-API-Key", "k"}, {"Authorization", "Bearer k"}}, "k"},
                    ShownCase{"BothDiffer", {{"X-API-Key", "k"}, {"Authorization", "Bearer j"}}, ""},
                    ShownCase{"TwoOfOne", {{"X-API-Key", "k"}, {"X-API-Key", "j"}}, ""},
                    ShownCase{"OneUnreadable", {{"X-API-Key", "k"}, {"Authorization", "Basic abc"}}, ""},
                    ShownCase{"Basic", {{"Authorization", "Basic abc"}}, ""},
                    ShownCase{"NoScheme", {{"Authorization", "k"}}, ""},
                    ShownCase{"NoKey", {{"Authorization", "Bearer "}}, ""},
                    ShownCase{"Empty", {{"X-API-Key", " "}}, ""}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace flux::gateway

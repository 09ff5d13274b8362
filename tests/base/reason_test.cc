// The error table as a whole: what holds for every row.
#include "base/reason.h"

#include <gtest/gtest.h>

#include <set>

namespace flux {
namespace {

constexpr int kUnavailable = 14;

class EveryReason : public testing::TestWithParam<ReasonRow> {};

TEST_P(EveryReason, HasAPublicNameOfCapitals) {
  const ReasonRow& row = GetParam();
  EXPECT_EQ(row.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), std::string_view::npos);
  EXPECT_EQ(FindReason(row.name), &RowOf(row.reason));
  EXPECT_TRUE(row.meaning.ends_with('.'));
}

TEST_P(EveryReason, MapsToAnErrorOnBothSides) {
  EXPECT_GT(GetParam().grpc_code, 0);
  EXPECT_LE(GetParam().grpc_code, 16);
  EXPECT_GE(GetParam().http_status, 400);
  EXPECT_LE(GetParam().http_status, 599);
}

// The money rule in the table itself: what may have been billed is never resent, by us or by those who trust
// us.
TEST_P(EveryReason, IsResentOnlyWhenCertainlyFree) {
  const ReasonRow& row = GetParam();
  const bool unavailable = row.grpc_code == kUnavailable;  // gRPC clients resend it by themselves
  const bool somebody_resends = row.resend || row.retryable || unavailable;
  EXPECT_TRUE(!somebody_resends || row.billed == Billed::kNo);
}

// fal's 401 is our key; a caller who gets 401 would look at its own.
TEST_P(EveryReason, BlamesTheCallersCredentialsForNothingElse) {
  EXPECT_EQ(GetParam().http_status == 401, GetParam().reason == Reason::kUnauthenticated);
  const bool not_allowed = GetParam().reason == Reason::kOriginNotAllowed ||
                           GetParam().reason == Reason::kModelNotAllowed ||
                           GetParam().reason == Reason::kWebhookRefused;
  EXPECT_EQ(GetParam().http_status == 403, not_allowed);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryReason,
                         testing::ValuesIn(std::vector<ReasonRow>(ReasonTable().begin(),
                                                                  ReasonTable().end())),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ReasonTableTest, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const ReasonRow& row : ReasonTable()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(ReasonTableTest, UnknownNameHasNoRow) {
  EXPECT_EQ(FindReason("NO_SUCH_REASON"), nullptr);
}

}  // namespace
}  // namespace flux

// What a key may be, in a header and in a body.
#include "gateway/doors/idempotency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace flux::gateway {
namespace {

using testing::HasSubstr;

struct BadKey {
  const char* name;
  std::string key;
  const char* fault;
};

class BadKeys : public testing::TestWithParam<BadKey> {};

TEST_P(BadKeys, AreRefusedWhereverTheyAre) {
  const auto& [name, key, fault] = GetParam();
  const std::optional<Status> header = RefuseKeyHeader({{"Host", "a"}, {"idempotency-KEY", key}});
  const std::optional<Status> field = RefuseKeyField(key, "");
  for (const auto& [where, refused] : {std::pair(kKeyHeader, header), std::pair(kKeyField, field)}) {
    ASSERT_TRUE(refused) << where;
    EXPECT_EQ(refused->reason, Reason::kInvalidIdempotencyKey);
    EXPECT_EQ(refused->billed, Billed::kNo);
    EXPECT_THAT(refused->message, HasSubstr(std::string(where) + " " + fault));
    ASSERT_EQ(refused->violations.size(), 1u);
    EXPECT_EQ(refused->violations[0].field, where);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadKeys,
    testing::Values(BadKey{"Empty", "", "is empty"},
                    BadKey{"TooLong", std::string(256, 'k'), "is longer than 255"},
                    BadKey{"Huge", std::string(1 << 20, 'k'), "is longer than 255"},
                    BadKey{"LineFeed", "a\nb", "has characters that are not printable ASCII"},
                    BadKey{"CarriageReturn", "a\r", "has characters that are not printable ASCII"},
                    BadKey{"Tab", "a\tb", "has characters that are not printable ASCII"},
                    BadKey{"Nul", std::string("a\0b", 3), "has characters that are not printable ASCII"},
                    BadKey{"Delete", "a\x7f", "has characters that are not printable ASCII"},
                    BadKey{"Umlaut", "schlüssel", "has characters that are not printable ASCII"},
                    BadKey{"Latin1", "schl\xfcssel", "has characters that are not printable ASCII"},
                    BadKey{"SpaceBefore", " a", "begins or ends with a space"},
                    BadKey{"SpaceBehind", "a ", "begins or ends with a space"},
                    BadKey{"OnlySpace", " ", "begins or ends with a space"}),
    [](const auto& row) { return row.param.name; });

TEST(IdempotencyTest, GoodKeys) {
  for (const std::string& key :
       {std::string("a"), std::string("8e03978e-40d5-43e8-bc93-6894a57f9324"), std::string("\"quoted\""),
        std::string("two words"), std::string("~!@#$%^&*()_+{}|:<>?"), std::string(255, 'k')}) {
    EXPECT_FALSE(RefuseKeyHeader({{"Idempotency-Key", key}})) << key;
    EXPECT_FALSE(RefuseKeyField(key, "")) << key;
    EXPECT_FALSE(RefuseKeyField(key, key)) << key;
  }
  EXPECT_FALSE(RefuseKeyHeader({{"Idempotency", ""}, {"X-Idempotency-Key", ""}}));
}

TEST(IdempotencyTest, TwoKeysAreNone) {
  EXPECT_FALSE(RefuseKeyHeader({{"Idempotency-Key", "a"}, {"idempotency-key", "a"}}));
  EXPECT_THAT(RefuseKeyHeader({{"Idempotency-Key", "a"}, {"idempotency-key", "A"}})->message,
              HasSubstr("is there twice"));
  EXPECT_TRUE(RefuseKeyHeader({{"Idempotency-Key", "a"}, {"Idempotency-Key", ""}}));
  EXPECT_THAT(RefuseKeyField("a", "b")->message,
              HasSubstr("another key than the Idempotency-Key header has"));
}

TEST(IdempotencyTest, ARefusalDoesNotTellTheKey) {
  EXPECT_THAT(RefuseKeyField("sesame\n", "")->message, testing::Not(HasSubstr("sesame")));
  EXPECT_THAT(RefuseKeyField("sesame", "open")->message, testing::Not(HasSubstr("sesame")));
}

TEST(IdempotencyTest, ResendsAreCounted) {
  for (const auto& [value, count] :
       std::vector<std::pair<std::string, std::uint32_t>>{{"0", 0},
                                                          {"1", 1},
                                                          {" 2 ", 2},
                                                          {"", 0},
                                                          {"-1", 0},
                                                          {"1.5", 0},
                                                          {"x", 0},
                                                          {"1e3", 0},
                                                          {"5000000000", 4294967295u},
                                                          {"99999999999999999999999", 0}}) {
    Request request;
    request.headers = {{"X-Stainless-Retry-Count", value}};
    EXPECT_EQ(RetryCount(request), count) << value;
  }
  EXPECT_EQ(RetryCount(Request()), 0u);
}

}  // namespace
}  // namespace flux::gateway

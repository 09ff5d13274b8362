#include "gateway/guard/cors.h"

#include <gtest/gtest.h>

#include <map>

namespace flux::gateway {
namespace {

std::map<std::string, std::string> Headers(const Cors& cors, std::string_view origin) {
  HeaderList list;
  cors.AddTo(origin, list);
  return {list.begin(), list.end()};
}

TEST(CorsTest, WithoutASettingEverybodyMayReadAsToday) {
  const Cors cors({});
  for (const char* origin : {"", "https://a.example"}) {
    const auto headers = Headers(cors, origin);
    EXPECT_EQ(headers.at("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(headers.at("Access-Control-Allow-Methods"), "GET, POST, OPTIONS");
    EXPECT_EQ(headers.at("Access-Control-Allow-Headers").find("Content-Type, Authorization"), 0u);
    EXPECT_FALSE(headers.contains("Access-Control-Allow-Credentials"));
  }
}

struct OriginCase {
  const char* name;
  const char* origin;
  bool allowed;
};

class CorsOrigins : public testing::TestWithParam<OriginCase> {};

TEST_P(CorsOrigins, OnlyListedOnesAreEchoed) {
  const Cors cors({"https://fluxkontext.space", "https://*.example.com"});
  const auto headers = Headers(cors, GetParam().origin);
  EXPECT_EQ(headers.at("Vary"), "Origin");
  EXPECT_EQ(headers.contains("Access-Control-Allow-Origin"), GetParam().allowed);
  if (GetParam().allowed) {
    EXPECT_EQ(headers.at("Access-Control-Allow-Origin"), GetParam().origin);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, CorsOrigins,
                         testing::Values(OriginCase{"Exact", "https://fluxkontext.space", true},
                                         OriginCase{"OtherScheme", "http://fluxkontext.space", false},
                                         OriginCase{"OtherPort", "https://fluxkontext.space:8443", false},
                                         OriginCase{"Suffix", "https://evilfluxkontext.space", false},
                                         OriginCase{"Prefix", "https://fluxkontext.space.evil.com", false},
                                         OriginCase{"SubDomain", "https://app.example.com", true},
                                         OriginCase{"DeepSubDomain", "https://a.b.example.com", true},
                                         OriginCase{"ParentItself", "https://example.com", false},
                                         OriginCase{"EmptySubDomain", "https://.example.com", false},
                                         OriginCase{"LookAlike", "https://evil-example.com", false},
                                         OriginCase{"WildcardOtherScheme", "http://app.example.com", false},
                                         OriginCase{"Null", "null", false}, OriginCase{"None", "", false}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace flux::gateway

// Which web pages may read a reply, and send what.
#include "gateway/guard/cors.h"

#include <gtest/gtest.h>

#include <map>

#include "gateway/doors/flux/flux_dialect.h"

namespace flux::gateway {
namespace {

std::map<std::string, std::string> Headers(const Cors& cors, std::string_view origin) {
  HeaderList list;
  cors.AddTo(origin, FluxDialect().Headers(), list);
  return {list.begin(), list.end()};
}

TEST(CorsTest, WithoutASettingEverybodyMayReadAsToday) {
  const Cors cors({});
  for (const char* origin : {"", "https://a.example"}) {
    const auto headers = Headers(cors, origin);
    EXPECT_EQ(headers.at("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(headers.at("Access-Control-Allow-Methods"), "GET, POST, DELETE, OPTIONS");
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

INSTANTIATE_TEST_SUITE_P(
    Rows, CorsOrigins,
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
                    OriginCase{"CapitalsAreTheSame", "HTTPS://App.Example.com", true},
                    OriginCase{"DefaultPortIsTheSame", "https://app.example.com:443", true},
                    OriginCase{"FinalDotIsTheSame", "https://app.example.com.", true},
                    OriginCase{"WildcardOtherPort", "https://app.example.com:444", false},
                    OriginCase{"SuffixInAPath", "https://evil.com/.example.com", false},
                    OriginCase{"SuffixInAQuery", "https://evil.com?.example.com", false},
                    OriginCase{"SuffixBehindAUser", "https://evil.com@app.example.com", false},
                    OriginCase{"SuffixBehindAPort", "https://evil.com:1.example.com", false},
                    OriginCase{"Null", "null", false}, OriginCase{"None", "", false}),
    [](const auto& row) { return row.param.name; });

TEST(CorsTest, CredentialsGoWithListedOriginsOnly) {
  EXPECT_EQ(Headers(Cors({"https://a.example"}), "https://a.example").at("Access-Control-Allow-Credentials"),
            "true");
  EXPECT_FALSE(
      Headers(Cors({"https://a.example"}), "https://b.example").contains("Access-Control-Allow-Credentials"));
  const auto any = Headers(Cors({"https://a.example", "*"}), "https://a.example");
  EXPECT_EQ(any.at("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(any.contains("Access-Control-Allow-Credentials"));
}

TEST(CorsTest, WhatAPageOfOurOwnHostAsksForIsDone) {
  const Cors cors({"https://a.example"});
  EXPECT_TRUE(cors.MayCall("https://api.example", "api.example"));
  EXPECT_TRUE(cors.MayCall("https://api.example", "API.example:443"));
  EXPECT_TRUE(cors.MayCall("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_FALSE(cors.MayCall("http://127.0.0.1:3000", "127.0.0.1:8080"));
  EXPECT_FALSE(cors.MayCall("null", "null"));
  EXPECT_FALSE(cors.MayCall("https://", ""));
  EXPECT_TRUE(cors.MayCall("", "api.example")) << "not a page's";
}

TEST(CorsTest, EntriesThatCouldNotMatchAreTold) {
  for (const char* good : {"*", "https://a.example", "http://localhost:3000", "https://*.example.com",
                           "capacitor://localhost", "https://[::1]:8443", "HTTPS://A.example"}) {
    EXPECT_EQ(CheckOrigin(good), "") << good;
  }
  for (const char* bad :
       {"", "a.example", "https://", "https://a.example/", "https://a.example:443", "http://a:80",
        "https://a.*.example", "https://*", "https://*a.example", "://a", "https://a b"}) {
    EXPECT_NE(CheckOrigin(bad), "") << bad;
  }
  EXPECT_TRUE(
      Headers(Cors({"HTTPS://A.example"}), "https://a.example").contains("Access-Control-Allow-Origin"));
}

}  // namespace
}  // namespace flux::gateway

// Which Host headers are served.
#include "gateway/guard/hosts.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

TEST(HostsTest, WithoutASettingAnyHostIsServed) {
  EXPECT_TRUE(Hosts({}).Allows("anything"));
  EXPECT_TRUE(Hosts({}).Allows(""));
}

struct HostCase {
  const char* name;
  const char* host;
  bool allowed;
};

class HostNames : public testing::TestWithParam<HostCase> {};

TEST_P(HostNames, OnlyListedOnesAreServed) {
  EXPECT_EQ(Hosts({"api.fluxkontext.space", "*.Example.com", "[::1]"}).Allows(GetParam().host),
            GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HostNames,
    testing::Values(HostCase{"Exact", "api.fluxkontext.space", true},
                    HostCase{"WithPort", "api.fluxkontext.space:8443", true},
                    HostCase{"OtherCase", "API.FluxKontext.Space", true},
                    HostCase{"Other", "fluxkontext.space", false},
                    HostCase{"Longer", "api.fluxkontext.space.evil.com", false},
                    HostCase{"Below", "a.b.example.com:80", true},
                    HostCase{"WildcardsParent", "example.com", false},
                    HostCase{"LookAlike", "evilexample.com", false}, HostCase{"Ipv6", "[::1]:8080", true},
                    HostCase{"Ipv6Bare", "[::1]", true}, HostCase{"Ipv6Long", "[0:0:0:0:0:0:0:1]:80", true},
                    HostCase{"OtherIpv6", "[::2]", false}, HostCase{"Ipv6Unclosed", "[::1", false},
                    HostCase{"FinalDot", "api.fluxkontext.space.", true},
                    HostCase{"FinalDotWithPort", "api.fluxkontext.space.:80", true},
                    HostCase{"TwoDots", "api.fluxkontext.space..", false},
                    HostCase{"EmptyPort", "api.fluxkontext.space:", true}, HostCase{"OnlyPort", ":80", false},
                    HostCase{"Dot", ".", false}, HostCase{"EmptyBelow", ".example.com", false},
                    HostCase{"Empty", "", false}),
    [](const auto& row) { return row.param.name; });

TEST(HostsTest, EntriesThatCouldNotMatchAreTold) {
  for (const char* good : {"a.example", "*.example.com", "[::1]", "127.0.0.1", "localhost", "a.example."}) {
    EXPECT_EQ(CheckHost(good), "") << good;
  }
  for (const char* bad :
       {"", "*", "http://a.example/", "a.example:80", "[::1]:80", "a.*.example", "a b", ".a"}) {
    EXPECT_NE(CheckHost(bad), "") << bad;
  }
}

}  // namespace
}  // namespace flux::gateway

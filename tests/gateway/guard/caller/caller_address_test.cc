// Where a request came from, as far as proxies are trusted.
#include "gateway/guard/caller/caller_address.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

struct AddressCase {
  const char* name;
  const char* peer;
  HeaderList headers;
  const char* want;
};

// Trusted: 10.0.0.0/8, 2001:db8:ffff::/48, unix.
class CallersBehindProxies : public testing::TestWithParam<AddressCase> {};

TEST_P(CallersBehindProxies, AreWhereTheNearestTrustedProxySaw) {
  const CallerAddresses addresses({"10.0.0.0/8", "2001:db8:ffff::/48", "unix"});
  Request request;
  request.remote_addr = GetParam().peer;
  request.headers = GetParam().headers;
  EXPECT_EQ(addresses.Of(request), GetParam().want);
}

const char kXff[] = "X-Forwarded-For";

INSTANTIATE_TEST_SUITE_P(
    Rows, CallersBehindProxies,
    testing::Values(
        AddressCase{"Nothing", "10.0.0.1", {}, "10.0.0.1"},
        AddressCase{"UntrustedPeer", "192.0.2.9", {{kXff, "198.51.100.1"}}, "192.0.2.9"},
        AddressCase{"One", "10.0.0.1", {{kXff, "198.51.100.1"}}, "198.51.100.1"},
        AddressCase{"Unix", "unix", {{kXff, "198.51.100.1"}}, "198.51.100.1"},
        AddressCase{"SpoofedBefore", "10.0.0.1", {{kXff, "203.0.113.66, 198.51.100.1"}}, "198.51.100.1"},
        AddressCase{"SpoofedAsTrusted", "10.0.0.1", {{kXff, "10.9.9.9, 198.51.100.1"}}, "198.51.100.1"},
        AddressCase{
            "SpoofedLine", "10.0.0.1", {{kXff, "203.0.113.66"}, {kXff, "198.51.100.1"}}, "198.51.100.1"},
        AddressCase{"GarbageBefore", "10.0.0.1", {{kXff, "<script>, , \"x, 198.51.100.1"}}, "198.51.100.1"},
        AddressCase{"ThroughTwoProxies", "10.0.0.1", {{kXff, "198.51.100.1, 10.0.0.2"}}, "198.51.100.1"},
        AddressCase{"AllTrusted", "10.0.0.1", {{kXff, "10.3.3.3, 10.0.0.2"}}, "10.3.3.3"},
        AddressCase{"Malformed", "10.0.0.1", {{kXff, "198.51.100.1, nonsense"}}, "10.0.0.1"},
        AddressCase{"MalformedBehindTrusted", "10.0.0.1", {{kXff, "nonsense, 10.0.0.2"}}, "10.0.0.1"},
        AddressCase{"Unknown", "10.0.0.1", {{kXff, "unknown"}}, "10.0.0.1"},
        AddressCase{"Empty", "10.0.0.1", {{kXff, ""}}, "10.0.0.1"},
        AddressCase{"EmptyLast", "10.0.0.1", {{kXff, "203.0.113.66, ,"}}, "10.0.0.1"},
        AddressCase{"WithPort", "10.0.0.1", {{kXff, "198.51.100.1:4711"}}, "198.51.100.1"},
        AddressCase{"V6", "10.0.0.1", {{kXff, "2001:DB8::1"}}, "2001:db8::1"},
        AddressCase{"V6InBrackets", "10.0.0.1", {{kXff, "[2001:db8::1]:80"}}, "2001:db8::1"},
        AddressCase{"V6Unclosed", "10.0.0.1", {{kXff, "[2001:db8::1"}}, "10.0.0.1"},
        AddressCase{"V6TrustedHop", "10.0.0.1", {{kXff, "2001:db8::1, 2001:db8:ffff::7"}}, "2001:db8::1"},
        AddressCase{
            "MappedV4IsTrusted", "10.0.0.1", {{kXff, "198.51.100.1, ::ffff:10.0.0.2"}}, "198.51.100.1"},
        AddressCase{"Standard",
                    "10.0.0.1",
                    {{"Forwarded", "for=198.51.100.1;proto=https;by=10.0.0.1"}},
                    "198.51.100.1"},
        AddressCase{
            "StandardCase", "10.0.0.1", {{"forwarded", "Proto=http; FOR=198.51.100.1"}}, "198.51.100.1"},
        AddressCase{
            "StandardQuoted", "10.0.0.1", {{"Forwarded", "for=\"[2001:db8::1]:4711\""}}, "2001:db8::1"},
        AddressCase{"StandardList",
                    "10.0.0.1",
                    {{"Forwarded", "for=203.0.113.66, for=198.51.100.1, for=10.0.0.2"}},
                    "198.51.100.1"},
        AddressCase{"QuotedComma",
                    "10.0.0.1",
                    {{"Forwarded", "for=203.0.113.66;x=\"a, for=1.1.1.1\", for=198.51.100.1"}},
                    "198.51.100.1"},
        AddressCase{
            "OpenQuote", "10.0.0.1", {{"Forwarded", "for=\"203.0.113.66, for=198.51.100.1"}}, "10.0.0.1"},
        AddressCase{"EscapedQuote",
                    "10.0.0.1",
                    {{"Forwarded", "x=\"\\\", for=1.1.1.1\", for=198.51.100.1"}},
                    "198.51.100.1"},
        AddressCase{"ForTwice", "10.0.0.1", {{"Forwarded", "for=203.0.113.66;for=198.51.100.1"}}, "10.0.0.1"},
        AddressCase{"NoFor", "10.0.0.1", {{"Forwarded", "proto=https"}}, "10.0.0.1"},
        AddressCase{"Obfuscated", "10.0.0.1", {{"Forwarded", "for=_hidden"}}, "10.0.0.1"},
        AddressCase{"BothAgree",
                    "10.0.0.1",
                    {{"Forwarded", "for=198.51.100.1"}, {kXff, "198.51.100.1"}},
                    "198.51.100.1"},
        AddressCase{"BothDisagree",
                    "10.0.0.1",
                    {{"Forwarded", "for=203.0.113.66"}, {kXff, "198.51.100.1"}},
                    "10.0.0.1"},
        AddressCase{
            "OneOfBothUnreadable", "10.0.0.1", {{"Forwarded", "x"}, {kXff, "198.51.100.1"}}, "10.0.0.1"}),
    [](const auto& row) { return row.param.name; });

TEST(CallerAddressesTest, WithoutTrustedProxiesHeadersMeanNothing) {
  Request request;
  request.remote_addr = "unix";
  request.headers = {{kXff, "198.51.100.1"}, {"Forwarded", "for=198.51.100.1"}};
  EXPECT_EQ(CallerAddresses({}).Of(request), "unix");
  EXPECT_EQ(CallerAddresses({"10.0.0.0/8"}).Of(request), "unix");
}

TEST(CallerAddressesTest, EntriesAreChecked) {
  for (const char* good : {"unix", "10.0.0.0/8", "192.0.2.1", "::1", "2001:db8::/32"}) {
    EXPECT_EQ(CheckTrustedProxy(good), "") << good;
  }
  for (const char* bad :
       {"", "localhost", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "*", "unix:/run/x"}) {
    EXPECT_NE(CheckTrustedProxy(bad), "") << bad;
  }
}

}  // namespace
}  // namespace flux::gateway

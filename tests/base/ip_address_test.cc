// Addresses and networks as values: both spellings, masks, and what is none.
#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

TEST(IpAddressTest, TwoSpellingsAreOneAddress) {
  EXPECT_EQ(ParseIpAddress("192.0.2.1"), ParseIpAddress("::ffff:192.0.2.1"));
  EXPECT_EQ(ParseIpAddress("2001:db8::1"), ParseIpAddress("2001:0DB8:0:0:0:0:0:1"));
  EXPECT_EQ(ParseIpAddress("::ffff:192.0.2.1")->Text(), "192.0.2.1");
  EXPECT_EQ(ParseIpAddress("2001:0DB8:0:0:0:0:0:1")->Text(), "2001:db8::1");
}

TEST(IpAddressTest, AnythingElseIsNone) {
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "::1 ",
        "unix", "1.2.3.4/8", "::ffff:1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3"}) {
    EXPECT_FALSE(ParseIpAddress(text)) << text;
  }
  EXPECT_FALSE(ParseIpAddress(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddressTest, MasksToTheBit) {
  const IpAddress address = *ParseIpAddress("2001:db8:ffff:ffff:ffff::1");
  EXPECT_EQ(address.Masked(128), address);
  EXPECT_EQ(address.Masked(64).Text(), "2001:db8:ffff:ffff::");
  EXPECT_EQ(address.Masked(33).Text(), "2001:db8:8000::");
  EXPECT_EQ(address.Masked(0), IpAddress());
}

TEST(IpNetworkTest, HoldsWhatSharesThePrefix) {
  const IpNetwork ten = *ParseIpNetwork("10.0.0.0/8");
  EXPECT_TRUE(ten.Holds(*ParseIpAddress("10.255.255.255")));
  EXPECT_TRUE(ten.Holds(*ParseIpAddress("::ffff:10.1.2.3")));
  EXPECT_FALSE(ten.Holds(*ParseIpAddress("11.0.0.0")));
  EXPECT_FALSE(ten.Holds(*ParseIpAddress("a00::1")));
  EXPECT_TRUE(ParseIpNetwork("192.0.2.7")->Holds(*ParseIpAddress("192.0.2.7")));
  EXPECT_FALSE(ParseIpNetwork("192.0.2.7")->Holds(*ParseIpAddress("192.0.2.6")));
  EXPECT_TRUE(ParseIpNetwork("2001:db8::/33")->Holds(*ParseIpAddress("2001:db8:7fff::1")));
  EXPECT_FALSE(ParseIpNetwork("2001:db8::/33")->Holds(*ParseIpAddress("2001:db8:8000::1")));
}

TEST(IpAddressTest, KnowsLoopback) {
  for (const char* text : {"127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(IsLoopback(text)) << text;
  for (const char* text : {"128.0.0.1", "0.0.0.0", "::", "127.example.com", "localhost", ""}) {
    EXPECT_FALSE(IsLoopback(text)) << text;
  }
}

TEST(IpNetworkTest, AnythingElseIsNone) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/-1", "10.0.0.0/8x",
                           "::/129", "10.0.0.0/8/8", "10.0.0.0/+8", "10.0.0.0/ 8", "example.com"}) {
    EXPECT_FALSE(ParseIpNetwork(text)) << text;
  }
}

TEST(SplitHostPortTest, Forms) {
  std::string host;
  int port = 0;
  EXPECT_TRUE(SplitHostPort("[::1]:80", host, port));
  EXPECT_EQ(host, "::1");
  EXPECT_EQ(port, 80);
  for (const char* bad : {"", ":80", "a", "a:", "a:65536", "a:-1", "a:x"})
    EXPECT_FALSE(SplitHostPort(bad, host, port)) << bad;
}

TEST(IsLocalListenerTest, IsForThisMachineAlone) {
  for (const char* local : {"unix:/run/x", "127.0.0.1:0", "127.9.9.9:80", "[::1]:80", "localhost:80"}) {
    EXPECT_TRUE(IsLocalListener(local)) << local;
  }
  for (const char* open :
       {"0.0.0.0:80", "[::]:80", "10.0.0.1:80", "localhost.example.com:80", "127.0.0.1", ""}) {
    EXPECT_FALSE(IsLocalListener(open)) << open;
  }
}

}  // namespace
}  // namespace flux

// Who calls: tokens, certificates, names that are believed and those that are not.
#include "service/rpc/caller_auth.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

// SHA-256 of "abc" (FIPS 180-4).
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

struct Row {
  const char* name;
  bool token_wanted;
  CallerClaims claims;
  const char* caller;  // null: refused
};

class Identify : public testing::TestWithParam<Row> {};

TEST_P(Identify, Tells) {
  const CallerAuth callers(GetParam().token_wanted ? std::vector<std::string>{std::string(64, '0'), kAbc}
                                                   : std::vector<std::string>{});
  const Result<Caller> caller = callers.Identify(GetParam().claims);
  if (GetParam().caller == nullptr) {
    ASSERT_FALSE(caller);
    EXPECT_EQ(caller.error().reason, Reason::kUnauthenticated);
  } else {
    ASSERT_TRUE(caller) << caller.error().message;
    EXPECT_EQ(caller->name, GetParam().caller);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Identify,
    testing::Values(
        Row{"RemoteWithoutToken", false, {.peer = "ipv4:192.0.2.1:5000"}, "192.0.2.1"},
        Row{"RemoteCannotChooseItsName",
            false,
            {.caller = "boss", .peer = "ipv4:192.0.2.1:5000"},
            "192.0.2.1"},
        Row{"LoopbackCan", false, {.caller = "team-a", .peer = "ipv4:127.0.0.1:5000"}, "team-a"},
        Row{"LoopbackOfVersion6", false, {.caller = "team-a", .peer = "ipv6:%5B::1%5D:5000"}, "team-a"},
        Row{"UnixSocket", false, {.caller = "team-a", .peer = "unix:"}, "team-a"},
        Row{"UnixSocketWithoutName", false, {.peer = "unix:/run/flux.sock"}, "unix"},
        Row{"Version6", false, {.caller = "x", .peer = "ipv6:%5B2001:db8::7%5D:5000"}, "2001:db8::7"},
        Row{"Certified",
            false,
            {.caller = "team-a", .peer = "ipv4:192.0.2.1:1", .certified = true},
            "team-a"},
        Row{"NoToken", true, {.peer = "ipv4:127.0.0.1:5000"}, nullptr},
        Row{"WrongToken", true, {.authorization = "Bearer abd", .peer = "unix:"}, nullptr},
        Row{"TokenIsItsOwnHash",
            true,
            {.authorization = "Bearer ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
             .peer = "unix:"},
            nullptr},
        Row{"OtherScheme", true, {.authorization = "Basic abc", .peer = "unix:"}, nullptr},
        Row{"CertificateIsNoToken", true, {.peer = "ipv4:192.0.2.1:1", .certified = true}, nullptr},
        Row{"Token",
            true,
            {.authorization = "Bearer abc", .caller = "team-a", .peer = "ipv4:192.0.2.1:1"},
            "team-a"},
        Row{"SchemeInLowerCase",
            true,
            {.authorization = "bearer abc", .peer = "ipv4:192.0.2.1:1"},
            "192.0.2.1"},
        Row{"NameWithControl", false, {.caller = "a\nb", .peer = "unix:"}, "unix"},
        Row{"NoPeerAtAll", false, {.peer = ""}, ""}),
    [](const auto& row) { return row.param.name; });

TEST(IdentifyTest, ALongNameIsNone) {
  const std::string name(129, 'a');
  const Result<Caller> caller = CallerAuth().Identify({.caller = name, .peer = "unix:"});
  EXPECT_EQ(caller->name, "unix");
}

TEST(IdentifyTest, WhoIsTrusted) {
  const auto trusted = [](const CallerClaims& claims) { return CallerAuth().Identify(claims)->trusted; };
  EXPECT_TRUE(trusted({.peer = "unix:"}));
  EXPECT_TRUE(trusted({.caller = "ada", .peer = "ipv4:127.0.0.1:5000"}));
  EXPECT_TRUE(trusted({.peer = "ipv4:192.0.2.1:5000", .certified = true}));
  EXPECT_TRUE(
      CallerAuth({kAbc}).Identify({.authorization = "Bearer abc", .peer = "ipv4:192.0.2.1:5000"})->trusted);
  EXPECT_FALSE(trusted({.peer = "ipv4:192.0.2.1:5000"})) << "anybody";
  EXPECT_FALSE(trusted({.caller = "ada", .peer = "ipv4:192.0.2.1:5000"}));
}

TEST(IsSha256Test, WantsSixtyFourHexDigits) {
  EXPECT_TRUE(IsSha256(kAbc));
  EXPECT_FALSE(IsSha256(""));
  EXPECT_FALSE(IsSha256(std::string(63, 'a')));
  EXPECT_FALSE(IsSha256(std::string(63, 'a') + "g"));
}

}  // namespace
}  // namespace flux::service

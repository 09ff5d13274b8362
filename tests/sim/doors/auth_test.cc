// fal's texts for keys that it does not take (fal-api §3.1).
#include "sim/doors/auth.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

struct KeyCase {
  const char* name;
  const char* authorization;
  int status;  // 0: let in
  const char* detail;
};

class AuthTest : public testing::TestWithParam<KeyCase> {};

TEST_P(AuthTest, Answers) {
  const auto refusal = RefuseKey(GetParam().authorization, "id:secret", "fal-ai/flux");
  ASSERT_EQ(refusal.has_value(), GetParam().status != 0);
  if (!refusal) return;
  EXPECT_EQ(refusal->status, GetParam().status);
  EXPECT_EQ(Given::parse(refusal->body), Given({{"detail", GetParam().detail}}));
}

constexpr const char* kNoHeader =
    "Cannot access application 'fal-ai/flux'. Authentication is required to access this application.";
constexpr const char* kNoColon = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'.";
constexpr const char* kUnknown = "No user found for Key ID and Secret";
constexpr const char* kLocked =
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.";

INSTANTIATE_TEST_SUITE_P(Keys, AuthTest,
                         testing::Values(KeyCase{"Right", "Key id:secret", 0, ""},
                                         KeyCase{"SchemeInLowerCase", "key id:secret", 0, ""},
                                         KeyCase{"NoHeader", "", 401, kNoHeader},
                                         KeyCase{"OtherScheme", "Basic id:secret", 401, kNoHeader},
                                         KeyCase{"SchemeOnly", "Key", 401, kNoHeader},
                                         KeyCase{"NoColon", "Key idsecret", 401, kNoColon},
                                         KeyCase{"WrongSecret", "Key id:secre", 401, kUnknown},
                                         KeyCase{"LongerSecret", "Key id:secrets", 401, kUnknown},
                                         KeyCase{"Undefined", "Key undefined", 401, kNoColon},
                                         KeyCase{"Locked", "Key locked:whatever", 403, kLocked}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace flux::sim

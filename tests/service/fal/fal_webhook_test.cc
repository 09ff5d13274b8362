// The signature of fal's webhooks, with the vector of docs/fal-api.md "Webhooks".
#include "service/fal/fal_webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::fal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kKeySet[] =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
constexpr char kBody[] = R"({"request_id":"r-1","status":"OK","payload":{}})";

WebhookHeaders Headers() {
  return {"r-1", "user-1", "1700000000",
          "cb6d0e0f8d2df6b745668b47a19b8d7f6208d80433f05b259b3ddf135f8bec7b8b6f232d8cf01725128103450ced460cb9"
          "80410957da570ad1b6780195a7a106"};
}

TEST(FalWebhookTest, TheVectorVerifies) {
  EXPECT_TRUE(IsSigned(Headers(), kBody, ReadKeySet(kKeySet).value()));
}

TEST(FalWebhookTest, EveryPartIsSigned) {
  const std::vector<Ed25519Key> keys = ReadKeySet(kKeySet).value();
  for (std::string WebhookHeaders::*part :
       {&WebhookHeaders::request_id, &WebhookHeaders::user_id, &WebhookHeaders::timestamp}) {
    WebhookHeaders headers = Headers();
    headers.*part += "0";
    EXPECT_FALSE(IsSigned(headers, kBody, keys));
  }
  EXPECT_FALSE(IsSigned(Headers(), R"({"request_id":"r-1","status":"OK","payload":{} })", keys));
  EXPECT_FALSE(IsSigned(Headers(), "", keys));
  EXPECT_FALSE(IsSigned(Headers(), kBody, {}));
  EXPECT_FALSE(IsSigned(Headers(), kBody, {Ed25519Key{}}));
}

TEST(FalWebhookTest, ASignatureIs128HexDigits) {
  const std::vector<Ed25519Key> keys = ReadKeySet(kKeySet).value();
  const std::string sound = Headers().signature;
  for (const std::string& odd : {std::string(), sound.substr(2), sound + "00", "g" + sound.substr(1),
                                 std::string(128, '0'), std::string(128, '\0')}) {
    WebhookHeaders headers = Headers();
    headers.signature = odd;
    EXPECT_FALSE(IsSigned(headers, kBody, keys)) << odd;
  }
}

TEST(FalWebhookTest, OneOfSeveralKeysIsEnough) {
  std::vector<Ed25519Key> keys(3);
  keys.push_back(ReadKeySet(kKeySet)->front());
  EXPECT_TRUE(IsSigned(Headers(), kBody, keys));
}

TEST(FalWebhookTest, KeysOfOtherKindsAreLeftOut) {
  const auto keys = ReadKeySet(R"({"keys":[{"kty":"RSA","n":"AQAB"},{"kty":"OKP","crv":"X25519","x":"AA"},
    {"kty":"OKP","crv":"Ed25519","x":"AA"},{"kty":"OKP","crv":"Ed25519","x":7},{"kty":"OKP","crv":"Ed25519"},null,3,
    {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), 1u);
  EXPECT_EQ(ReadKeySet(R"({"keys":[]})")->size(), 0u);
  for (const char* none : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":"x"})", "<html>"}) {
    EXPECT_FALSE(ReadKeySet(none)) << none;
  }
}

TEST(FalWebhookTest, AKeySetIsBounded) {
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 100; ++i) {
    many += std::string(i == 0 ? "" : ",") +
            R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  }
  EXPECT_EQ(ReadKeySet(many + "]}")->size(), 32u);
}

TEST(FalWebhookTest, TheTimeIsInWholeSeconds) {
  EXPECT_EQ(SentAt(Headers()), WallTime(std::chrono::seconds(1'700'000'000)));
  for (const char* odd : {"", "x", "-1", "1.5", "1e9", "99999999999999999999", "999999999999"}) {
    WebhookHeaders headers = Headers();
    headers.timestamp = odd;
    EXPECT_FALSE(SentAt(headers)) << odd;
  }
}

TEST(FalWebhookTest, AfterARetryItNamesSeveralRequests) {
  EXPECT_THAT(RequestIdsOf(Headers(), kBody), ElementsAre("r-1"));
  EXPECT_THAT(RequestIdsOf(Headers(), R"({"request_id":"r-2","gateway_request_id":"r-3"})"),
              ElementsAre("r-1", "r-3", "r-2"));
  EXPECT_THAT(RequestIdsOf({}, R"({"request_id":"../x","gateway_request_id":7})"), IsEmpty());
  EXPECT_THAT(RequestIdsOf({}, "not JSON"), IsEmpty());
}

}  // namespace
}  // namespace flux::fal

// fal's answer is lost: its history is asked what became of the purchase, and nothing is bought again that
// exists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr char kOneAtATime[] = "/api/v1/flux/text-to-image/flux-2-pro";

// Whether the simulator's history says that the newest request of this endpoint has ended.
bool HistoryShowsAnEnd(Stack& stack) {
  const Answer rows = Stack::Get(stack.sim->Address("platform"),
                                 "/v1/models/requests/by-endpoint?endpoint_id=fal-ai/flux/dev",
                                 {{"Authorization", std::string("Key ") + kKey}});
  EXPECT_EQ(rows.status, 200) << rows.body;
  return !rows.json["items"].empty() && !rows.json["items"][0].value("ended_at", nlohmann::json()).is_null();
}

class Lost : public testing::TestWithParam<const char*> {};

TEST_P(Lost, WithoutAKeyItIsDeliveredAsAJobWithinSecondsOfFalsHistory) {
  StorePlace place("sqlite");
  Stack stack({.sim = {"--history-lag=300ms"}, .service = place.Arguments(), .whole_fal = true});
  stack.Arm(GetParam());
  const Answer lost = stack.Draw("lost");
  EXPECT_GE(lost.status, 500) << lost.body;
  EXPECT_EQ(lost.json["billed"], "maybe");
  EXPECT_EQ(lost.json["retryable"], false);
  EXPECT_EQ(lost.Header("x-should-retry"), "false");
  ASSERT_TRUE(lost.json.contains("job")) << lost.body;
  const std::string job = lost.json["job"];
  EXPECT_EQ(job, "/api/v1/jobs/" + lost.Header("x-job-id"));
  ASSERT_TRUE(Eventually([&] { return HistoryShowsAnEnd(stack); }));
  const auto shown = steady_clock::now();
  Answer found;
  ASSERT_TRUE(Eventually([&] {
    found = Stack::Get(stack.public_address(), job);
    return found.json["job"]["state"] == "succeeded";
  })) << found.body;
  EXPECT_LT(steady_clock::now() - shown, 6s);
  EXPECT_EQ(found.json["job"]["billed"], "yes");
  const std::string url = found.json["data"]["images"][0]["url"];
  ASSERT_THAT(url, HasSubstr(stack.fal_address()));
  const auto path = url.find('/', url.find("//") + 2);
  EXPECT_EQ(Stack::Get(stack.fal_address(), url.substr(path)).status, 200) << url;
  EXPECT_EQ(stack.Billed(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Ways, Lost, testing::Values("cut", "reset", "close"),
                         [](const auto& row) { return std::string(row.param); });

TEST(LostAnswerTest, AResendThatCountsItselfFindsTheFirstAttempt) {
  StorePlace place("memory");
  Stack stack({.sim = {"--history-lag=100ms"}, .service = place.Arguments(), .whole_fal = true});
  stack.Arm("cut");
  ASSERT_GE(stack.Draw("counted").status, 500);
  const Answer again = stack.Insist(kDev, R"({"prompt":"counted"})", {{"x-stainless-retry-count", "1"}});
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(stack.Billed(), 1u);
}

struct LostKeyed {
  const char* name;
  const char* route;
  const char* fault;
};

class LostWithKey : public testing::TestWithParam<LostKeyed> {};

TEST_P(LostWithKey, TheSameKeyGetsThePictureThatWasPaid) {
  StorePlace place("sqlite");
  const std::string route = std::string("--keyed-route=") + GetParam().route;
  Stack stack({.sim = {"--history-lag=100ms"}, .service = place.Arguments({route}), .whole_fal = true});
  stack.Arm(GetParam().fault);
  const httplib::Headers key{{kKeyHeader, "lost"}};
  const std::string body = R"({"prompt":"lost with a key"})";
  const Answer first = stack.Post(kDev, body, key);
  if (first.status != 200) {
    EXPECT_EQ(first.json["billed"], "maybe") << first.body;
    EXPECT_EQ(first.json["job"], "/api/v1/jobs/" + first.Header("x-job-id"));
  }
  const Answer second = stack.Insist(kDev, body, key);
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(stack.Billed(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Rows, LostWithKey,
                         testing::Values(LostKeyed{"SubmitLost", "queue", "submit-lost"},
                                         LostKeyed{"SubmitCut", "queue", "submit-cut"},
                                         LostKeyed{"SubmitGarbage", "queue", "submit-garbage"},
                                         LostKeyed{"ResultCut", "queue", "result-cut"},
                                         LostKeyed{"ResultGone", "queue", "result-gone"},
                                         LostKeyed{"StatusReset", "queue", "status-reset"},
                                         LostKeyed{"DirectCut", "direct", "cut"},
                                         LostKeyed{"DirectReset", "direct", "reset"}),
                         [](const auto& row) { return row.param.name; });

// What fal refused a moment ago stands in its history beside what was paid, with the same input; and before
// it: the first look comes when the refusal is listed and the rest is not.
TEST(LostAnswerTest, AnEarlierRefusalIsNotTakenForWhatWasPaid) {
  for (const char* route : {"direct", "queue"}) {
    StorePlace place("memory");
    Stack stack({.sim = {"--history-lag=2500ms"},
                 .service = place.Arguments({std::string("--keyed-route=") + route}),
                 .whole_fal = true});
    const bool direct = std::string(route) == "direct";
    const httplib::Headers key{{kKeyHeader, "again"}};
    const std::string body = R"({"prompt":"refused before","seed":7})";
    stack.Arm("500");
    const Answer refused = stack.Post(kDev, body, key);
    EXPECT_EQ(refused.json["billed"], "no") << refused.body;
    EXPECT_TRUE(Eventually([begun = steady_clock::now()] { return steady_clock::now() > begun + 800ms; }));
    stack.Arm(direct ? "cut" : "submit-lost");
    const Answer lost = stack.Post(kDev, body, key);
    EXPECT_EQ(lost.json["billed"], "maybe") << lost.body;
    const Answer last = stack.Insist(kDev, body, key);
    EXPECT_EQ(last.status, 200) << last.body;
    EXPECT_EQ(stack.Billed(), 1u) << route;
  }
}

TEST(LostAnswerTest, AResendOfTheServiceIsNotTakenForItsFirstAttempt) {
  StorePlace place("memory");
  Stack stack({.sim = {"--history-lag=100ms"},
               .service = place.Arguments({"--keyed-route=direct"}),
               .whole_fal = true});
  stack.Arm("503");  // which the service sends again
  stack.Arm("cut");
  const httplib::Headers key{{kKeyHeader, "resent"}};
  const std::string body = R"({"prompt":"resent","seed":7})";
  EXPECT_EQ(stack.Post(kDev, body, key).json["billed"], "maybe");
  EXPECT_EQ(stack.Insist(kDev, body, key).status, 200);
  EXPECT_EQ(stack.Billed(), 1u);
}

std::set<std::string> Pictures(Answer answer) {
  std::set<std::string> urls;
  for (const auto& image : answer.json["data"]["images"]) urls.insert(image["url"]);
  return urls;
}

struct Part {
  const char* name;
  const char* first;   // happens to one of three pictures
  const char* second;  // and to the one that is bought later; null: nothing
};

class Parts : public testing::TestWithParam<Part> {};

TEST_P(Parts, AReplayBuysWhatIsMissingAndNothingElse) {
  StorePlace place("sqlite");
  Stack stack({.sim = {"--history-lag=100ms"}, .service = place.Arguments(), .whole_fal = true});
  const httplib::Headers key{{kKeyHeader, "three"}};
  const std::string body = R"({"prompt":"three","num_images":3,"split_images":true})";
  stack.Arm(GetParam().first);
  const Answer some = stack.Post(kOneAtATime, body, key);
  ASSERT_EQ(some.status, 200) << some.body;
  EXPECT_EQ(Pictures(some).size(), 2u) << some.body;
  EXPECT_EQ(stack.Billed(), 2u);
  if (GetParam().second != nullptr) stack.Arm(GetParam().second);
  Answer all;
  EXPECT_TRUE(Eventually([&] {
    all = stack.Post(kOneAtATime, body, key);
    return Pictures(all).size() == 3;
  })) << all.body;
  for (const std::string& url : Pictures(some)) EXPECT_TRUE(Pictures(all).contains(url)) << url;
  const Answer replay = stack.Post(kOneAtATime, body, key);
  EXPECT_EQ(Pictures(replay), Pictures(all));
  EXPECT_EQ(replay.Header("Idempotent-Replayed"), "true");
  EXPECT_EQ(stack.Billed(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Rows, Parts,
                         testing::Values(Part{"Refused", "500", nullptr},
                                         Part{"RefusedThenSubmitLost", "500", "submit-lost"},
                                         Part{"RefusedThenResultGone", "500", "result-gone"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace flux::e2e

// What fal's failures mean: reason, violations, and whether they cost money.
#include "service/fal/classify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "fal_replies.h"
#include "service/fal/error_body.h"

namespace flux::fal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ClassifyTable : public ::testing::TestWithParam<Case> {};

TEST_P(ClassifyTable, HasTheReason) {
  const Case& given = GetParam();
  const Status status = Classify(given.reply);
  EXPECT_EQ(RowOf(status.reason).name, RowOf(given.reason).name);
  EXPECT_EQ(Name(status.billed), Name(given.billed));
  EXPECT_FALSE(status.message.empty());
  ASSERT_TRUE(status.upstream);
  EXPECT_EQ(status.upstream->http_status, given.reply.status);
  EXPECT_EQ(status.upstream->request_id, given.reply.request_id);
}

INSTANTIATE_TEST_SUITE_P(Fal, ClassifyTable, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Classify, MapsItemsToViolations) {
  const Status status = Classify(Validation(
      R"({"loc":["body","image_size","width"],"msg":"too large","type":"less_than_equal"},
         {"loc":["body","loras",0,"path"],"msg":"field required","type":"missing"},
         {"loc":["body"],"msg":"no field","type":"value_error"},
         {"loc":["query","body"],"msg":"kept","type":"missing"},
         {"loc":[],"msg":"empty","type":"missing"},
         {"msg":"absent","type":"missing"},
         {"loc":["body","x"],"type":"missing"})"));
  EXPECT_THAT(status.violations,
              ElementsAre(Violation{"image_size.width", "too large"},
                          Violation{"loras.0.path", "field required"}, Violation{"", "no field"},
                          Violation{"query.body", "kept"}, Violation{"", "empty"}, Violation{"", "absent"}));
  EXPECT_EQ(status.message, "fal refused the request: image_size.width: too large");
}

TEST(Classify, TellsTheCallerNothingToFixInWhatIsOurs) {
  const Status status = Classify(Model(422, "json_invalid"));
  EXPECT_THAT(status.violations, IsEmpty());
  EXPECT_THAT(Classify(Reply(401, R"({"detail":"No user found for Key ID and Secret"})")).message,
              Not(HasSubstr("Key ID")));
}

TEST(Classify, PutsFalsWordsIntoTheSentence) {
  EXPECT_EQ(Classify(Reply(422, R"({"detail":"Could not load image from url: https://x"})")).message,
            "fal refused the request: Could not load image from url: https://x");
  EXPECT_EQ(Classify(Model(422, "content_policy_violation")).message,
            "fal's content checker refused the request: It failed.");
  EXPECT_THAT(Classify(Nginx(413)).message, HasSubstr("URLs instead of bytes"));
  const FalReply timeout = Infra(504, "request_timeout");
  EXPECT_THAT(Classify(timeout).message, HasSubstr("nothing was billed"));
  EXPECT_THAT(Classify(With(timeout, &FalReply::billable_units, "1")).message,
              Not(HasSubstr("nothing was billed")));
  EXPECT_EQ(Classify(Reply(422, "{}")).message, RowOf(Reason::kUpstreamRejectedInput).meaning);
}

TEST(Classify, PassesOnHowLongToWait) {
  const auto wait = [](int status, std::string value) {
    return Classify(With(Reply(status, "{}"), &FalReply::retry_after, std::move(value))).retry_after;
  };
  EXPECT_EQ(wait(429, "7"), std::chrono::seconds(7));
  EXPECT_EQ(wait(503, "0"), std::chrono::seconds(0));
  EXPECT_EQ(wait(429, "4294967295"), std::chrono::hours(1)) << "capped";
  for (const char* odd : {"", "-1", "1.5", "7 ", "soon", "99999999999999"}) {
    EXPECT_EQ(wait(429, odd), std::nullopt) << odd;
  }
  EXPECT_EQ(wait(422, "7"), std::nullopt) << "waiting does not help";
}

TEST(Classify, ReadsDatesByTheSendersClock) {
  const auto wait = [](std::string date, std::string until) {
    FalReply reply = Reply(503, "{}");
    reply.date = std::move(date);
    reply.retry_after = std::move(until);
    return Classify(reply).retry_after;
  };
  constexpr char kNow[] = "Tue, 24 Nov 2026 07:00:00 GMT";
  EXPECT_EQ(wait(kNow, "Tue, 24 Nov 2026 07:01:30 GMT"), std::chrono::seconds(90));
  EXPECT_EQ(wait(kNow, "Tuesday, 24-Nov-26 07:01:30 GMT"), std::chrono::seconds(90));
  EXPECT_EQ(wait(kNow, "Tue Nov 24 07:01:30 2026"), std::chrono::seconds(90));
  EXPECT_EQ(wait(kNow, "Mon, 23 Nov 2026 07:00:00 GMT"), std::chrono::seconds(0)) << "passed";
  EXPECT_EQ(wait(kNow, "Thu, 24 Nov 2050 07:00:00 GMT"), std::chrono::hours(1)) << "capped";
  EXPECT_EQ(wait("", "Tue, 24 Nov 2026 07:01:30 GMT"), std::nullopt);
  EXPECT_EQ(wait(kNow, "tomorrow"), std::nullopt);
  EXPECT_EQ(wait("now", "Tue, 24 Nov 2026 07:01:30 GMT"), std::nullopt);
}

TEST(ConcurrencyLimit, IsReadFromTheMemberOrTheSentence) {
  const auto limit = [](std::string body) { return ConcurrencyLimit(Reply(429, std::move(body))); };
  EXPECT_EQ(limit(R"({"detail":"Reached concurrent requests limit of 20","data":{"limit":7}})"), 7u);
  EXPECT_EQ(limit(R"({"detail":"Reached concurrent requests limit of 20"})"), 20u);
  EXPECT_EQ(limit(R"({"detail":"Reached concurrent requests limit of 20.","data":{}})"), 20u);
  EXPECT_EQ(limit(R"({"data":{"limit":18446744073709551615}})"), 4294967295u);
  EXPECT_EQ(limit(R"({"data":{"limit":0}})"), 0u);
  for (const char* odd :
       {"", "junk", "{}", "[]", R"({"data":7})", R"({"data":{"limit":-1}})", R"({"data":{"limit":"7"}})",
        R"({"detail":"Reached concurrent requests limit of many"})",
        R"({"detail":"Reached concurrent requests limit of 99999999999"})", R"({"detail":"limit of 3"})",
        R"({"detail":["Reached concurrent requests limit of 3"]})"}) {
    EXPECT_EQ(limit(odd), std::nullopt) << odd;
  }
}

TEST(Classify, ShowsReadableBodiesOnly) {
  EXPECT_EQ(Classify(Reply(422, R"( {"detail" : "x"} )")).upstream->body, R"({"detail":"x"})");
  EXPECT_EQ(Classify(Nginx(502)).upstream->body, "");
  EXPECT_EQ(Classify(Reply(500, "{\"detail\":\"\xff\"}")).upstream->body, "");
  EXPECT_EQ(Classify(Reply(200, "junk")).upstream->body, "");
  const std::string large =
      Classify(
          Validation(
              R"({"type":"missing","loc":["body","image_url"],"msg":"Field required","input":{"image":")" +
              std::string(100'000, 'A') + R"("}})"))
          .upstream->body;
  EXPECT_EQ(large, R"({"detail":[{"loc":["body","image_url"],"msg":"Field required","type":"missing"}]})");
}

TEST(Classify, StaysSmallHoweverLongTheReply) {
  std::string items;
  for (int i = 0; i < 1000; ++i) {
    items += std::string(i ? "," : "") + R"({"type":"missing","loc":["body",")" + std::string(300, 'f') +
             R"("],"msg":")" + std::string(1000, 'm') + R"("})";
  }
  const Status status = Classify(Validation(items));
  std::size_t size = status.message.size() + status.upstream->body.size();
  for (const Violation& violation : status.violations)
    size += violation.field.size() + violation.message.size();
  EXPECT_EQ(status.violations.size(), 8u);
  EXPECT_LT(size, 5500u) << "gRPC allows 8 KiB of trailers, and these travel as base64";
}

TEST(IsFailure, IsEveryAnswerButASuccess) {
  for (int status = 0; status < 700; ++status) {
    EXPECT_EQ(IsFailure(Reply(status, R"({"images":[{"url":"https://x/1"}]})")), status < 200 || status > 299)
        << status;
  }
}

TEST(IsFailure, KnowsTheLimitToldWith200) {
  EXPECT_TRUE(IsFailure(Reply(200, R"({"type":"concurrent_requests_limit"})")));
  EXPECT_TRUE(IsFailure(Reply(200, R"({"error_type":"concurrent_requests_limit"})")));
  EXPECT_FALSE(IsFailure(Reply(200, R"({"type":"concurrent_requests_limit","images":[]})")));
  EXPECT_FALSE(IsFailure(Reply(200, R"({"prompt":"concurrent_requests_limit"})")));
  EXPECT_FALSE(IsFailure(Reply(200, "concurrent_requests_limit")));
  EXPECT_FALSE(IsFailure(Reply(200, "")));
}

TEST(RequestId, IsWhatMessagesAndLogsCanHold) {
  const auto id = [](std::string text) {
    return RequestId(With(Reply(200, ""), &FalReply::request_id, text));
  };
  EXPECT_EQ(id("019ab-3f"), "019ab-3f");
  EXPECT_EQ(id(std::string(128, 'a')), std::string(128, 'a'));
  EXPECT_EQ(id(std::string(129, 'a')), "");
  for (const char* odd : {"", "a b", "a\n", "a\x7f", "\xff\xff", "\xc3\xa9"}) EXPECT_EQ(id(odd), "") << odd;
}

TEST(BillableUnits, ReadsNumbersOnly) {
  const auto units = [](std::string text) {
    return BillableUnits(With(Reply(200, ""), &FalReply::billable_units, text));
  };
  EXPECT_EQ(units("0"), 0);
  EXPECT_EQ(units("1"), 1);
  EXPECT_EQ(units("0.75"), 0.75);
  EXPECT_EQ(units("1e2"), 100);
  for (const char* odd : {"", " ", "-1", "1 ", " 1", "1,5", "nan", "inf", "1e999", "0x10", "one"}) {
    EXPECT_EQ(units(odd), std::nullopt) << odd;
  }
}

// --- Properties
// ------------------------------------------------------------------------------------------------------

void ExpectSound(const FalReply& reply) {
  const Status status = Classify(reply);
  ASSERT_FALSE(status.message.empty());
  ASSERT_TRUE(status.upstream);
  ASSERT_LE(status.upstream->body.size(), kMaxErrorBodyBytes);
  ASSERT_TRUE(status.upstream->body.empty() || nlohmann::json::accept(status.upstream->body));
  ASSERT_TRUE(!RowOf(status.reason).resend || status.billed == kNo)
      << "resent although it may have been billed";

  using R = Reason;
  const std::vector<Reason> sensible{R::kUpstreamRejectedInput,  R::kContentPolicy,    R::kUpstreamThrottled,
                                     R::kUpstreamBusy,           R::kUpstreamError,    R::kUpstreamTimeout,
                                     R::kUpstreamConnectionLost, R::kUpstreamAccount,  R::kUpstreamNotFound,
                                     R::kUpstreamProtocol,       R::kUpstreamNoImages, R::kInternal};
  ASSERT_THAT(sensible, ::testing::Contains(status.reason));
  if (status.reason == R::kUpstreamRejectedInput) {
    ASSERT_TRUE(reply.status == 400 || reply.status == 413 || reply.status == 422)
        << "blamed the caller for " << reply.status;
  }
}

TEST(Classify, IsTotalOverRandomBytes) {
  std::mt19937 random(20261123);
  for (int status = 100; status < 600; ++status) {
    for (int round = 0; round < 20; ++round) {
      std::string body(random() % 200, '\0');
      for (char& c : body) c = static_cast<char>(random());
      FalReply reply = Reply(status, body);
      reply.retryable = body.substr(0, random() % 8);
      reply.error_type = body.substr(0, random() % 8);
      reply.retry_after = body.substr(0, random() % 8);
      reply.billable_units = body.substr(0, random() % 8);
      ASSERT_NO_FATAL_FAILURE(ExpectSound(reply)) << status;
    }
  }
}

TEST(Classify, IsTotalOverMutationsOfRealReplies) {
  std::mt19937 random(7);
  for (const Case& given : kCases) {
    if (given.reply.body.size() > 5000) continue;
    for (int round = 0; round < 40; ++round) {
      FalReply reply = given.reply;
      reply.status = static_cast<int>(100 + random() % 500);
      for (int change = 0; change < 3 && !reply.body.empty(); ++change) {
        const std::size_t at = random() % reply.body.size();
        if (random() % 2)
          reply.body[at] = static_cast<char>(random());
        else
          reply.body.erase(at, 1 + random() % 4);
      }
      if (random() % 2) reply.retryable = random() % 2 ? "true" : "false";
      if (random() % 4 == 0) reply.billable_units = random() % 2 ? "0" : "2";
      ASSERT_NO_FATAL_FAILURE(ExpectSound(reply)) << given.name << " " << reply.body;
    }
  }
}

TEST(Classify, FindsTypesWhateverTheStatusOfTheTable) {
  // Every status with every way to say "retryable": the invariant of ExpectSound is the point.
  for (int status = 100; status < 600; ++status) {
    for (const char* retryable : {"", "true", "false", "junk"}) {
      for (const char* units : {"", "0", "1", "junk"}) {
        FalReply reply = Model(status, "content_policy_violation", retryable);
        reply.billable_units = units;
        ASSERT_NO_FATAL_FAILURE(ExpectSound(reply)) << status;
        reply = With(Nginx(status), &FalReply::retryable, retryable);
        reply.billable_units = units;
        ASSERT_NO_FATAL_FAILURE(ExpectSound(reply)) << status;
      }
    }
  }
}

TEST(Classify, UndocumentedServerErrorsAreNotAdvisedToBeSentAgain) {
  for (const int code : {501, 505, 507, 511, 520, 599}) {
    const Status status = Classify({.status = code, .body = "<html>"});
    EXPECT_EQ(status.billed, Billed::kMaybe) << code;
    EXPECT_FALSE(IsRetryable(status)) << code;
    EXPECT_THAT(status.message, Not(HasSubstr("free"))) << code;
  }
}

TEST(Classify, WhatFalSaysOfOurAccountStaysHere) {
  for (const int code : {401, 403}) {
    const Status status = Classify({.status = code, .body = R"({"detail":"Exhausted balance of user 42"})"});
    EXPECT_EQ(status.reason, Reason::kUpstreamAccount);
    EXPECT_EQ(status.upstream->body, "");
    EXPECT_THAT(status.message, Not(HasSubstr("42")));
  }
}

}  // namespace
}  // namespace flux::fal

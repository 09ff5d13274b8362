// Fal's prices as a script has them: batches, endpoints that it does not know, and answers that are none.
#include "service/wire/pricing_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using fakes::RawConnection;
using fakes::RawServer;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// The endpoints that a request asks for, in its order.
std::vector<std::string> EndpointsIn(const std::string& request) {
  std::vector<std::string> endpoints;
  const std::string line = request.substr(0, request.find(" HTTP/"));
  constexpr std::string_view kName = "endpoint_id=";
  for (auto at = line.find(kName); at != std::string::npos; at = line.find(kName, at)) {
    at += kName.size();
    endpoints.push_back(line.substr(at, line.find('&', at) - at));
  }
  return endpoints;
}

class PricingClientTest : public testing::Test {
 protected:
  ~PricingClientTest() override { loop_.Stop(); }

  // What fal answers to a request for these.
  virtual std::string Answer(const std::vector<std::string>& endpoints) {
    std::string items;
    for (const std::string& endpoint : endpoints) {
      if (endpoint.starts_with("unknown")) return HttpReply(404, R"({"error":{"type":"not_found"}})");
      if (!items.empty()) items += ",";
      items +=
          R"({"endpoint_id":")" + endpoint + R"(","unit_price":0.025,"unit":"megapixels","currency":"USD"})";
    }
    return answer_.empty() ? HttpReply(200, R"({"prices":[)" + items + "]}") : answer_;
  }

  Result<PriceAnswer> Ask(std::vector<std::string> endpoints, std::chrono::milliseconds patience = 20s) {
    CurlFalPricing pricing(loop_.context(), {.url = fal_.url(), .key = "id:hush-hush-hush"});
    return fakes::Spawned<Result<PriceAnswer>>(
               loop_, pricing.Ask(std::move(endpoints), std::chrono::steady_clock::now() + patience))
        .Get();
  }

  std::string answer_;  // to everything, where it is not empty
  std::vector<std::string> asked_;
  EventLoop loop_{"test"};
  RawServer fal_{[this](RawConnection& connection, int) {
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      asked_.push_back(request);
      if (answer_ == "silence") return connection.ReadToEnd();
      connection.Write(Answer(EndpointsIn(request)));
    }
  }};
};

TEST_F(PricingClientTest, AsksForAllAtOnceAndOnce) {
  const auto answer = Ask({"b", "a", "b"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->prices, ElementsAre(testing::Field(&FalPrice::endpoint, "a"),
                                          testing::Field(&FalPrice::endpoint, "b")));
  EXPECT_EQ(answer->prices[0].usd, 0.025);
  EXPECT_EQ(answer->prices[0].unit, "megapixels");
  EXPECT_THAT(asked_, SizeIs(1));
  EXPECT_THAT(asked_[0],
              testing::StartsWith("GET /v1/models/pricing?endpoint_id=a&endpoint_id=b HTTP/1.1\r\n"));
  EXPECT_THAT(asked_[0], HasSubstr("Authorization: Key id:hush-hush-hush\r\n"));
}

TEST_F(PricingClientTest, NeverAsksForMoreThanFifty) {
  std::vector<std::string> endpoints;
  for (int i = 100; i < 221; ++i) endpoints.push_back("e" + std::to_string(i));
  const auto answer = Ask(endpoints);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->prices, SizeIs(121));
  ASSERT_THAT(asked_, SizeIs(3));
  for (const std::string& request : asked_) EXPECT_LE(EndpointsIn(request).size(), 50u);
}

TEST_F(PricingClientTest, WhatFalDoesNotKnowIsSplitOut) {
  std::vector<std::string> endpoints{"unknown-1", "unknown-2", "unknown-3"};
  for (int i = 100; i < 160; ++i) endpoints.push_back("e" + std::to_string(i));
  const auto answer = Ask(endpoints);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->prices, SizeIs(60));
  EXPECT_THAT(answer->unknown, testing::UnorderedElementsAre("unknown-1", "unknown-2", "unknown-3"));
  EXPECT_LT(asked_.size(), 40u);
}

TEST_F(PricingClientTest, OnlyUnknownOnesEndToo) {
  const auto answer = Ask({"unknown-1", "unknown-2"});
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->prices, SizeIs(0));
  EXPECT_THAT(answer->unknown, SizeIs(2));
}

TEST_F(PricingClientTest, PricesOfOthersAndSecondOnesDoNotCount) {
  answer_ = HttpReply(200, R"({"prices":[{"endpoint_id":"x","unit_price":1,"unit":"images"},
      {"endpoint_id":"a","unit_price":1,"unit":"images"},{"endpoint_id":"a","unit_price":2,"unit":"images"}]})");
  const auto answer = Ask({"a"});
  ASSERT_TRUE(answer);
  ASSERT_THAT(answer->prices, SizeIs(1));
  EXPECT_EQ(answer->prices[0].usd, 1);
}

struct Failure {
  const char* name;
  std::string answer;
  Reason reason;
};

class PricingFailures : public PricingClientTest, public testing::WithParamInterface<Failure> {};

TEST_P(PricingFailures, AreToldAndCostNothing) {
  answer_ = GetParam().answer;
  const auto answer = Ask({"a"}, 500ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, GetParam().reason);
  EXPECT_EQ(answer.error().billed, Billed::kNo);
}

INSTANTIATE_TEST_SUITE_P(
    Every, PricingFailures,
    testing::Values(
        Failure{"NoKey", HttpReply(401, "{}"), Reason::kUpstreamAccount},
        Failure{"NoPermission", HttpReply(403, "{}"), Reason::kUpstreamAccount},
        Failure{"TooOften", HttpReply(429, "{}", "Retry-After: 7\r\n"), Reason::kUpstreamThrottled},
        Failure{"Down", HttpReply(500, "{}"), Reason::kUpstreamError},
        Failure{"Text", HttpReply(200, "hello"), Reason::kUpstreamProtocol},
        Failure{"NoList", HttpReply(200, R"({"prices":{}})"), Reason::kUpstreamProtocol},
        Failure{"Elsewhere", HttpReply(302, "", "Location: http://x/\r\n"), Reason::kUpstreamProtocol},
        Failure{"Silence", "silence", Reason::kUpstreamTimeout},
        Failure{"TooLarge", HttpReply(200, std::string(2 << 20, ' ')), Reason::kUpstreamReplyTooLarge}),
    [](const auto& row) { return row.param.name; });

TEST_F(PricingClientTest, AnAddressThatRefusesIsTold) {
  const std::string gone = RawServer([](RawConnection&, int) {}).url();
  CurlFalPricing pricing(loop_.context(), {.url = gone, .key = "id:hush"});
  const auto answer =
      fakes::Spawned<Result<PriceAnswer>>(loop_, pricing.Ask({"a"}, std::chrono::steady_clock::now() + 5s))
          .Get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, Reason::kUpstreamUnreachable);
}

}  // namespace
}  // namespace flux::fal

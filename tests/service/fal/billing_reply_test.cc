// What fal says of money, and what it might say: every wrong type is passed over and counted.
#include "service/fal/billing_reply.h"

#include <gtest/gtest.h>

namespace flux::fal {
namespace {

std::string Event(const std::string& members) {
  return R"({"request_id":"r1","endpoint_id":"fal-ai/flux/dev","timestamp":"2026-11-25T10:00:01.250Z",)" +
         members + "}";
}

BillingPage Page(const std::string& events, const std::string& rest = "") {
  const auto page = ReadBillingPage(R"({"billing_events":[)" + events + "]" + rest + "}");
  EXPECT_TRUE(page) << events;
  return page.value_or(BillingPage{});
}

TEST(BillingReplyTest, AnEventIsReadToTheNanoDollar) {
  const BillingPage page =
      Page(Event(R"("output_units":1,"unit_price":0.025,"percent_discount":12.5,"cost_subtotal":0.025,)"
                 R"("cost_discount":0.003125001,"cost_total":0.021874999,"cost_estimate_nano_usd":21874999)"),
           R"(,"next_cursor":"abc","has_more":true)");
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_EQ(page.events[0].request_id, "r1");
  EXPECT_EQ(page.events[0].endpoint, "fal-ai/flux/dev");
  EXPECT_EQ(Iso8601(page.events[0].at), "2026-11-25T10:00:01.250Z");
  EXPECT_EQ(page.events[0].total_nano_usd, 21'874'999);
  EXPECT_EQ(page.next_cursor, "abc");
  EXPECT_EQ(page.unreadable, 0u);
}

TEST(BillingReplyTest, EveryNanoDollarSurvivesTheFraction) {
  for (const std::int64_t nano :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{999'999'999}, std::int64_t{1'000'000'001},
        std::int64_t{123'456'789'012'345}, std::int64_t{999'999'999'999'999}}) {
    std::string digits = std::to_string(nano);
    if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
    digits.insert(digits.size() - 9, ".");
    const BillingPage page = Page(Event(R"("cost_total":)" + digits));
    ASSERT_EQ(page.events.size(), 1u) << digits;
    EXPECT_EQ(page.events[0].total_nano_usd, nano);
  }
}

TEST(BillingReplyTest, WithoutATotalTheDiscountIsTakenOff) {
  const BillingPage page = Page(Event(R"("cost_subtotal":0.05,"cost_discount":0.01)"));
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_EQ(page.events[0].total_nano_usd, 40'000'000);
}

TEST(BillingReplyTest, WhatIsNoEventIsCounted) {
  for (const std::string& event :
       {Event(R"("cost_total":-0.01)"), Event(R"("cost_total":"0.01")"), Event(R"("cost_total":null)"),
        Event(R"("cost_total":1e300)"), Event(R"("cost_total":[])"), Event(R"("cost_subtotal":1)"),
        Event(R"("cost_subtotal":0.01,"cost_discount":0.02)"), std::string("7"), std::string("null"),
        std::string("[]"), std::string("{}"),
        std::string(R"({"request_id":7,"timestamp":"2026-11-25T10:00:01Z","cost_total":1})"),
        std::string(R"({"request_id":"a/b","timestamp":"2026-11-25T10:00:01Z","cost_total":1})"),
        std::string(R"({"request_id":"r1","timestamp":7,"cost_total":1})"),
        std::string(R"({"request_id":"r1","timestamp":"9999-01-01T00:00:00Z","cost_total":1})"),
        std::string(R"({"request_id":"r1","timestamp":"yesterday","cost_total":1})")}) {
    const BillingPage page = Page(event);
    EXPECT_TRUE(page.events.empty()) << event;
    EXPECT_EQ(page.unreadable, 1u) << event;
  }
  EXPECT_EQ(Page(Event(R"("cost_total":1)") + ",7," + Event(R"("cost_total":2)")).events.size(), 2u)
      << "one that cannot be read does not cost the others";
}

TEST(BillingReplyTest, WhatIsNoPageIsNone) {
  for (const char* body : {"", "[]", "{}", R"({"billing_events":{}})", R"({"billing_events":null})", "null",
                           "<html>", R"({"billing_events":[)"}) {
    EXPECT_FALSE(ReadBillingPage(body)) << body;
  }
}

TEST(BillingReplyTest, TheLastPageHasNoCursor) {
  EXPECT_EQ(Page("", R"(,"next_cursor":"abc","has_more":false)").next_cursor, "");
  EXPECT_EQ(Page("", R"(,"next_cursor":null,"has_more":true)").next_cursor, "");
  EXPECT_EQ(Page("", R"(,"next_cursor":7)").next_cursor, "");
  EXPECT_EQ(Page("", R"(,"next_cursor":"abc")").next_cursor, "abc");
  EXPECT_EQ(Page("", R"(,"next_cursor":")" + std::string(5000, 'x') + "\"").next_cursor, "");
}

TEST(BillingReplyTest, CreditsMayBeBelowZero) {
  EXPECT_EQ(ReadCredits(R"({"username":"a","credits":{"current_balance":12.5,"currency":"USD"}})"),
            12'500'000'000);
  EXPECT_EQ(ReadCredits(R"({"credits":{"current_balance":-0.000000001}})"), -1);
  EXPECT_EQ(ReadCredits(R"({"credits":{"current_balance":0}})"), 0);
}

TEST(BillingReplyTest, WhatTellsNoCreditsIsNone) {
  for (const char* body :
       {"", "{}", R"({"credits":null})", R"({"credits":7})", R"({"credits":{"current_balance":"7"}})",
        R"({"credits":{"current_balance":1e300}})", R"({"credits":{"current_balance":7,"currency":"EUR"}})",
        R"({"credits":{"current_balance":7,"currency":9}})"}) {
    EXPECT_FALSE(ReadCredits(body)) << body;
  }
}

}  // namespace
}  // namespace flux::fal

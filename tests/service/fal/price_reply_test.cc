// Prices are read with every type checked.
#include "service/fal/price_reply.h"

#include <gtest/gtest.h>

namespace flux::fal {
namespace {

FalPrice Only(const std::string& members) {
  const auto prices = ReadPrices(R"({"prices":[{"endpoint_id":"a")" + members + "}]}");
  EXPECT_TRUE(prices && prices->size() == 1) << members;
  return prices && !prices->empty() ? prices->front() : FalPrice{};
}

TEST(ReadPrices, TakesFalsForm) {
  const FalPrice price = Only(R"(,"unit_price":0.025,"unit":"megapixels","currency":"USD")");
  EXPECT_EQ(price.endpoint, "a");
  EXPECT_EQ(price.usd, 0.025);
  EXPECT_EQ(price.unit, "megapixels");
  EXPECT_EQ(price.wrong, "");
  EXPECT_EQ(Only(R"(,"unit_price":1)").wrong, "") << "the unit is judged elsewhere";
}

TEST(ReadPrices, SaysWhatIsWrongWithAPrice) {
  for (const char* members :
       {"", R"(,"unit_price":"0.025")", R"(,"unit_price":null)", R"(,"unit_price":[1])",
        R"(,"unit_price":true)", R"(,"unit_price":-0.01)", R"(,"unit_price":1,"unit":3)",
        R"(,"unit_price":1,"currency":"EUR")", R"(,"unit_price":1,"currency":null)"}) {
    const FalPrice price = Only(members);
    EXPECT_NE(price.wrong, "") << members;
    EXPECT_EQ(price.usd, 0) << members;
  }
}

TEST(ReadPrices, ItemsWithoutAnEndpointAreLeftOut) {
  const auto prices = ReadPrices(
      R"({"prices":[1,null,"x",[],{},{"endpoint_id":3},{"endpoint_id":""},{"endpoint_id":"b","unit_price":1}]})");
  ASSERT_TRUE(prices);
  EXPECT_EQ(prices->size(), 1u);
}

TEST(ReadPrices, WhatIsNoListIsNone) {
  for (const char* body : {"", "null", "[]", "{}", R"({"prices":null})", R"({"prices":{}})", "{\"prices\":[",
                           R"({"prices":"x"})", "1e999"}) {
    EXPECT_FALSE(ReadPrices(body)) << body;
  }
}

}  // namespace
}  // namespace flux::fal

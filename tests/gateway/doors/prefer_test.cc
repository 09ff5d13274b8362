// The header Prefer, as RFC 7240 has it and as it really comes.
#include "gateway/doors/prefer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::gateway {
namespace {

using std::chrono::seconds;

struct Row {
  std::vector<std::string> values;
  bool async = false;
  std::optional<int> wait = {};
  std::size_t warnings = 0;
};

TEST(ReadPreferencesTest, EveryForm) {
  const std::vector<Row> rows = {
      {{}},
      {{""}},
      {{" , ,"}},
      {{"respond-async"}, true},
      {{"Respond-Async"}, true},
      {{"respond-async; foo=bar; x"}, true},
      {{"respond-async=\"\""}, true},
      {{"respond-async, wait=10"}, true, 10},
      {{"respond-async", "wait=10"}, true, 10},
      {{"wait=10 ;p=\"a,b;c\" , respond-async"}, true, 10},
      {{"wait=\"20\""}, false, 20},
      {{"wait=\"2\\0\""}, false, 20},
      {{"wait = 20"}, false, 20},
      {{"wait=0"}, false, 0},
      {{"wait=007"}, false, 7},
      {{"wait=99999999999999999999999999"}, false, 86'400},
      {{"wait=10, wait=20"}, false, 10},
      {{"wait=10", "wait=x"}, false, 10},
      {{"wait=x, wait=20"}, false, {}, 1},  // the first of a name counts
      {{"handling=lenient, return=minimal"}},
      {{"handling=\"le,nient\", respond-async"}, true},
      {{"foo; bar=\"\\\"\", wait=3"}, false, 3},
      {{"wait"}, false, {}, 1},
      {{"wait="}, false, {}, 1},
      {{"wait=-1"}, false, {}, 1},
      {{"wait=1.5"}, false, {}, 1},
      {{"wait=1e2"}, false, {}, 1},
      {{"wait=ten"}, false, {}, 1},
      {{"wait=10s"}, false, {}, 1},
      {{"respond-async=true"}, false, {}, 1},
      {{"respond async"}, false, {}, 1},
      {{"=, respond-async"}, true, {}, 1},
      {{"wait=\"10, respond-async"}, false, {}, 1},
      {{"respond-async, wait=\"1"}, true, {}, 1},
      {{"wait=10;=, respond-async"}, true, {}, 1},
      {{"a=b=c, wait=4"}, false, 4, 1},
      {{"\"wait\"=4"}, false, {}, 1},
      {{"(, (, (, (, (, wait=4"}, false, 4, 3},
      {{"\x80, wait=4"}, false, 4, 1},
  };
  for (const Row& row : rows) {
    HeaderList headers{{"Host", "a"}, {"Preferred", "respond-async"}};
    std::string all;
    for (const std::string& value : row.values) {
      headers.emplace_back(headers.size() % 2 == 0 ? "Prefer" : "prefer", value);
      all += value + " | ";
    }
    const Preferences read = ReadPreferences(headers);
    EXPECT_EQ(read.respond_async, row.async) << all;
    EXPECT_EQ(read.wait, row.wait ? std::optional(seconds(*row.wait)) : std::nullopt) << all;
    EXPECT_EQ(read.warnings.size(), row.warnings) << all;
    EXPECT_EQ(read.None(), !row.async && !row.wait) << all;
  }
}

TEST(ReadPreferencesTest, WhatIsToldSaysNothingOfTheCallers) {
  const Preferences read = ReadPreferences({{"Prefer", "wait=secret"}});
  ASSERT_EQ(read.warnings.size(), 1u);
  EXPECT_EQ(read.warnings[0].find("secret"), std::string::npos);
  EXPECT_NE(read.warnings[0].find("Prefer: wait"), std::string::npos);
}

TEST(AppliedTextTest, SaysWhatWasDone) {
  EXPECT_EQ(AppliedText({.respond_async = true}, {}), "respond-async");
  EXPECT_EQ(AppliedText({.wait = seconds(90)}, seconds(55)), "wait=55");
  EXPECT_EQ(AppliedText({.respond_async = true, .wait = seconds(5)}, seconds(5)), "respond-async, wait=5");
}

}  // namespace
}  // namespace flux::gateway

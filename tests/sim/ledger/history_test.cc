// The simulator's request history: late, paged, filtered, as fal's is.
#include "sim/ledger/history.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

using std::chrono::milliseconds;

class HandClock final : public Clock {
 public:
  SteadyTime Now() const override { return SteadyTime(time + milliseconds(1'000'000)); }
  WallTime WallNow() const override { return WallTime(milliseconds(1'767'225'600'000) + time); }
  milliseconds time{0};
};

class HistoryTest : public testing::Test {
 protected:
  void Make(const std::string& id, milliseconds took = milliseconds(100), int status = 200) {
    history.Sent(id, "e", R"({"n":1})", true);
    history.Started(id);
    clock.time += took;
    history.Ended(id, status, R"({"ok":true})");
  }
  Json List(HistoryQuery query = {}) const {
    if (query.endpoints.empty()) query.endpoints = {"e"};
    return *history.List(query);
  }
  std::string Ids(const HistoryQuery& query = {}) const {
    std::string ids;
    const Json page = List(query);
    for (const Json& item : page["items"]) ids += item["request_id"];
    return ids;
  }

  HandClock clock;
  History history{clock, milliseconds(1'000), {.rows = 5, .payload_bytes = 1'000, .page_bytes = 300}};
};

TEST_F(HistoryTest, RowsAndTheirEndsAreSeenLate) {
  Make("a", milliseconds(500));
  EXPECT_EQ(Ids(), "");
  clock.time += milliseconds(500);  // 1 s after it was sent, half a second after it ended
  EXPECT_EQ(Text(List({.payloads = true})["items"]),
            R"([{"request_id":"a","endpoint_id":"e","started_at":"2026-01-01T00:00:00.000Z",)"
            R"("sent_at":"2026-01-01T00:00:00.000Z","json_input":{"n":1}}])");
  clock.time += milliseconds(500);
  EXPECT_EQ(
      Text(List({.payloads = true})),
      R"({"items":[{"request_id":"a","endpoint_id":"e","started_at":"2026-01-01T00:00:00.000Z",)"
      R"("sent_at":"2026-01-01T00:00:00.000Z","ended_at":"2026-01-01T00:00:00.500Z","status_code":200,)"
      R"("duration":0.5,"json_input":{"n":1},"json_output":{"ok":true}}],"next_cursor":null,"has_more":false})");
  EXPECT_FALSE(List()["items"][0].contains("json_input"));
  EXPECT_EQ(Ids({.extra_lag = milliseconds(1)}), "a");
  EXPECT_EQ(Ids({.extra_lag = milliseconds(501)}), "");
}

TEST_F(HistoryTest, PagesHoldEveryRowOnceWhateverComesInBetween) {
  for (const char* id : {"a", "b", "c"}) Make(id);
  clock.time += milliseconds(1'000);
  Json page = List({.limit = 2});
  EXPECT_EQ(page["items"][0]["request_id"], "c");
  EXPECT_EQ(page["items"][1]["request_id"], "b");
  EXPECT_EQ(page["has_more"], true);
  Make("d");
  clock.time += milliseconds(1'000);
  page = List({.limit = 2, .cursor = page["next_cursor"]});
  ASSERT_EQ(page["items"].size(), 1U);
  EXPECT_EQ(page["items"][0]["request_id"], "a");
  EXPECT_EQ(page["has_more"], false);
  EXPECT_TRUE(page["next_cursor"].is_null());
  for (const char* wrong : {"x", "1", "1-", "-", "1-2-3", "zz-1", "1-99999999999999999999"}) {
    EXPECT_FALSE(history.List({.endpoints = {"e"}, .cursor = wrong})) << wrong;
  }
}

TEST_F(HistoryTest, FiltersAndSorts) {
  Make("a", milliseconds(300));
  const WallTime between = clock.WallNow();
  Make("b", milliseconds(100), 422);
  Make("c", milliseconds(200), 500);
  history.Sent("d", "e", "not json", true);
  history.Sent("f", "other", "{}", true);
  clock.time += milliseconds(1'000);
  using enum HistoryQuery::Status;
  EXPECT_EQ(Ids(), "dcba");
  EXPECT_EQ(Ids({.sort = HistoryQuery::Sort::kDuration}), "dacb");
  EXPECT_EQ(Ids({.status = kSuccess}), "a");
  EXPECT_EQ(Ids({.status = kUserError}), "b");
  EXPECT_EQ(Ids({.status = kError}), "c");
  EXPECT_EQ(Ids({.start = between}), "dcb");
  EXPECT_EQ(Ids({.end = between}), "a");
  EXPECT_EQ(Ids({.request_id = "b"}), "b");
  EXPECT_EQ(Ids({.endpoints = {"other", "e"}}), "fdcba");
  EXPECT_FALSE(List({.payloads = true})["items"][0].contains("json_input"));
}

TEST_F(HistoryTest, OldRowsGoAndUnknownOnesAreIgnored) {
  for (const char* id : {"a", "b", "c", "d", "f", "g"}) Make(id);
  history.Ended("a", 200, "{}");
  history.Started("none");
  clock.time += milliseconds(1'000);
  EXPECT_EQ(Ids(), "gfdcb");
  history.Reset();
  history.Ended("g", 200, "{}");
  EXPECT_EQ(Ids(), "");
  Make("h");
  clock.time += milliseconds(1'000);
  EXPECT_EQ(Ids(), "h");
}

TEST_F(HistoryTest, PayloadsAreKeptOnlyWhereWantedAndWithinBounds) {
  history.Sent("a", "e", R"({"n":1})", false);
  history.Ended("a", 200, "{}");
  const std::string half(490, ' ');
  for (const char* id : {"b", "c", "d"}) history.Sent(id, "e", half + "{}", true);
  clock.time += milliseconds(1'000);
  EXPECT_EQ(Ids(), "dcba");
  const auto has_input = [this](const char* id) {
    return List({.request_id = id, .payloads = true})["items"][0].contains("json_input");
  };
  EXPECT_FALSE(has_input("a"));
  EXPECT_FALSE(has_input("b"));  // made room
  EXPECT_TRUE(has_input("c"));
  EXPECT_TRUE(has_input("d"));
  const Json page = List({.payloads = true});  // one of them is more than a page may hold
  EXPECT_EQ(page["items"].size(), 1U);
  EXPECT_EQ(page["has_more"], true);
}

}  // namespace
}  // namespace flux::sim

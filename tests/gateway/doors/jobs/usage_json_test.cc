// What a caller has spent, as JSON: exact amounts, escaped names.
#include "gateway/doors/jobs/usage_json.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace flux::gateway {
namespace {

TEST(RenderUsageTest, AmountsAreNumbersWithAllTheirDigits) {
  v1::GetUsageResponse usage;
  usage.set_caller("ada");
  for (const char* name : {"2026-11-24", "2026-11-25"}) {
    v1::DayUsage& day = *usage.add_days();
    day.set_day(name);
    day.set_spent_nano_usd(9'007'199'254'740'993);  // no double holds it
    day.set_reserved_nano_usd(100'000'000);
    day.set_purchases(3);
  }
  v1::Budget& budget = *usage.add_budgets();
  budget.set_name("ada");
  budget.set_period(v1::BUDGET_PERIOD_MONTH);
  budget.set_limit_nano_usd(10'000'000'000);
  budget.set_spent_nano_usd(10'000'000'001);
  budget.set_left_nano_usd(-1);
  budget.mutable_resets_at()->set_seconds(1'764'547'200);
  const std::string day = R"("spent_usd":9007199.254740993,"reserved_usd":0.1,"purchases":3})";
  EXPECT_EQ(RenderUsage(usage),
            R"({"success":true,"usage":{"caller":"ada","days":[{"day":"2026-11-24",)" + day +
                R"(,{"day":"2026-11-25",)" + day +
                R"(],"budgets":[{"name":"ada","per":"month","limit_usd":10,"spent_usd":10.000000001,)"
                R"("reserved_usd":0,"left_usd":-0.000000001,"resets_at":"2025-12-01T00:00:00.000Z"}]}})");
}

TEST(RenderUsageTest, NothingIsTwoEmptyLists) {
  EXPECT_EQ(RenderUsage({}), R"({"success":true,"usage":{"caller":"","days":[],"budgets":[]}})");
}

TEST(RenderUsageTest, NamesAreEscaped) {
  v1::GetUsageResponse usage;
  usage.set_caller("a\"b\\\x01");
  usage.add_budgets()->set_name("\"}");
  const nlohmann::json json = nlohmann::json::parse(RenderUsage(usage));
  EXPECT_EQ(json["usage"]["caller"], "a\"b\\\x01");
  EXPECT_EQ(json["usage"]["budgets"][0]["name"], "\"}");
}

TEST(RenderUsageTest, TheBillIsThereWhereItIsAskedFor) {
  v1::GetUsageResponse usage;
  v1::Bill& bill = *usage.mutable_bill();
  EXPECT_NE(RenderUsage(usage).find(R"(,"bill":{"lines":[],"findings":[]}}})"), std::string::npos);
  bill.mutable_fetched_at()->set_seconds(1'764'547'200);
  v1::BillLine& line = *bill.add_lines();
  line.set_day("2026-11-25");
  line.set_model("text-to-image/dev");
  line.set_purchases(2);
  line.set_estimated_nano_usd(50'000'000);
  line.set_settled_nano_usd(50'000'001);
  line.set_charges(1);
  line.set_charged_nano_usd(24'999'999);
  v1::BillFinding& finding = *bill.add_findings();
  finding.set_kind(v1::BILL_FINDING_KIND_UNCHARGED);
  finding.set_fal_request_id("r1");
  finding.set_endpoint("fal-ai/flux/dev");
  finding.set_model("text-to-image/dev");
  finding.set_job_id("j1");
  finding.set_believed_nano_usd(25'000'000);
  EXPECT_NE(RenderUsage(usage).find(
                R"("bill":{"fetched_at":"2025-12-01T00:00:00.000Z","lines":[{"day":"2026-11-25",)"
                R"("model":"text-to-image/dev","purchases":2,"estimated_usd":0.05,"settled_usd":0.050000001,)"
                R"("charges":1,"charged_usd":0.024999999}],"findings":[{"kind":"uncharged",)"
                R"("fal_request_id":"r1","endpoint":"fal-ai/flux/dev","model":"text-to-image/dev",)"
                R"("job":"/api/v1/jobs/j1","believed_usd":0.025,"charged_usd":0}]}}})"),
            std::string::npos)
      << RenderUsage(usage);
}

TEST(ReadDaysTest, OneTo366) {
  for (const auto& [query, days] :
       std::vector<std::pair<HeaderList, std::uint32_t>>{{{}, 0},
                                                         {{{"days", ""}}, 0},
                                                         {{{"days", "1"}}, 1},
                                                         {{{"days", "366"}}, 366},
                                                         {{{"days", " 7 "}}, 7},
                                                         {{{"days", "007"}}, 7},
                                                         {{{"days", "7"}, {"days", "7"}}, 7},
                                                         {{{"Days", "x"}, {"_", "1"}, {"", ""}}, 0}}) {
    const Result<std::uint32_t> read = ReadDays(query);
    ASSERT_TRUE(read) << days;
    EXPECT_EQ(*read, days);
  }
}

TEST(ReadDaysTest, NothingElse) {
  for (const HeaderList& query : std::vector<HeaderList>{{{"days", "0"}},
                                                         {{"days", "367"}},
                                                         {{"days", "-1"}},
                                                         {{"days", "1.5"}},
                                                         {{"days", "1e2"}},
                                                         {{"days", "x"}},
                                                         {{"days", "7;8"}},
                                                         {{"days", std::string("7\0", 2)}},
                                                         {{"days", "99999999999999999999999"}},
                                                         {{"days", "7"}, {"days", "8"}}}) {
    const Result<std::uint32_t> read = ReadDays(query);
    ASSERT_FALSE(read) << query[0].second;
    EXPECT_EQ(read.error().reason, Reason::kInvalidField);
    EXPECT_EQ(read.error().violations[0].field, "days");
  }
}

}  // namespace
}  // namespace flux::gateway

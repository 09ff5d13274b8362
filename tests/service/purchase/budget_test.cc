// Budgets as they are written down: what is an amount, who counts against what, and what is told of mistakes.
#include "service/purchase/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace flux::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

BudgetTable MustParse(std::string_view text) {
  std::vector<std::string> problems;
  BudgetTable table = ParseBudgets(text, problems);
  EXPECT_THAT(problems, IsEmpty());
  return table;
}

std::vector<std::string> Problems(std::string_view text) {
  std::vector<std::string> problems;
  ParseBudgets(text, problems);
  return problems;
}

class BudgetBookTest : public testing::Test {
 protected:
  ~BudgetBookTest() override { std::filesystem::remove(file_); }
  void Write(std::string_view text) { std::ofstream(file_, std::ios::binary) << text; }

  const std::string file_ = testing::TempDir() + "budgets-" + std::to_string(getpid());
  BudgetBook book_{file_};
};

TEST(Budgets, AmountsAreExact) {
  const BudgetTable table =
      MustParse("ada usd=0.000000001 per=day\nada usd=1000000000 per=month\nbob usd=12.5 per=day");
  EXPECT_EQ(table.at("ada")[0].limit_nano_usd, 1);
  EXPECT_EQ(table.at("ada")[1].limit_nano_usd, 1'000'000'000'000'000'000);
  EXPECT_EQ(table.at("bob")[0].limit_nano_usd, 12'500'000'000);
  EXPECT_EQ(table.at("bob")[0].period, BudgetPeriod::kDay);
}

TEST(Budgets, CommentsAndBlankLinesArePassedOver) {
  EXPECT_EQ(MustParse("# who may spend what\r\n\r\n  \t\nada usd=1 per=day\r\n").size(), 1u);
  EXPECT_THAT(MustParse(""), IsEmpty());
}

TEST(Budgets, EachMistakeIsToldWithItsLine) {
  EXPECT_THAT(Problems("ada usd=1 per=day\nada usd=2 per=day"),
              ElementsAre(HasSubstr("line 2: a second budget")));
  for (const char* wrong :
       {"ada", "ada usd=1", "ada per=day", "ada usd=1 per=week", "ada usd=1 per=day more",
        "a=b usd=1 per=day", "a* usd=1 per=day", "ada usd=1 usd=2 per=day", "\xc3\xa4 usd=1 per=day"}) {
    EXPECT_THAT(Problems(wrong), ElementsAre("line 1: expected NAME usd=AMOUNT per=day|month")) << wrong;
  }
  for (const char* wrong : {"usd=", "usd=-1", "usd=1e3", "usd=.5", "usd=1.", "usd=1.0000000001",
                            "usd=1000000001", "usd=99999999999999999999", "usd=0x1", "usd=1,5"}) {
    EXPECT_THAT(Problems(std::string("ada ") + wrong + " per=day"),
                ElementsAre(HasSubstr("usd= takes an amount")))
        << wrong;
  }
}

TEST_F(BudgetBookTest, OwnLinesComeBeforeTheStarAndTheTotalCountsForAll) {
  Write("ada usd=5 per=day\n* usd=1 per=day\n* usd=20 per=month\ntotal usd=100 per=month\n");
  ASSERT_THAT(book_.Load(), IsEmpty());
  const std::vector<BudgetLine> ada = book_.LinesFor("ada");
  ASSERT_EQ(ada.size(), 2u);
  EXPECT_EQ(ada[0].account, "caller:ada");
  EXPECT_EQ(ada[0].limit_nano_usd, 5'000'000'000);
  EXPECT_EQ(ada[1].account, "total");
  const std::vector<BudgetLine> bob = book_.LinesFor("bob");
  ASSERT_EQ(bob.size(), 3u);
  EXPECT_EQ(bob[0].account, "caller:bob");
  EXPECT_EQ(bob[1].period, BudgetPeriod::kMonth);
  // A caller who happens to be named so does not get everybody's budget for its own.
  const std::vector<BudgetLine> total = book_.LinesFor("total");
  ASSERT_EQ(total.size(), 3u);
  EXPECT_EQ(total[0].account, "caller:total");
}

TEST_F(BudgetBookTest, NamedLinesLeaveTheStarOut) {
  Write("ada usd=5 per=day\n* usd=1 per=day\ntotal usd=100 per=month\n");
  ASSERT_THAT(book_.Load(), IsEmpty());
  std::vector<std::string> accounts;
  for (const BudgetLine& line : book_.NamedLines()) accounts.push_back(line.account);
  EXPECT_THAT(accounts, ElementsAre("caller:ada", "total"));
  EXPECT_EQ(NameOf(accounts[0]), "ada");
  EXPECT_EQ(NameOf(accounts[1]), "total");
}

TEST_F(BudgetBookTest, AFileWithMistakesLeavesTheOldBudgets) {
  Write("ada usd=5 per=day\n");
  ASSERT_THAT(book_.Load(), IsEmpty());
  Write("ada usd=5 per=day\nbob usd=five per=day\n");
  EXPECT_THAT(book_.Load(), ElementsAre(HasSubstr("line 2")));
  EXPECT_EQ(book_.LinesFor("ada").size(), 1u);
  EXPECT_THAT(book_.LinesFor("bob"), IsEmpty());
  std::filesystem::remove(file_);
  EXPECT_THAT(book_.Load(), ElementsAre(HasSubstr("cannot be read")));
  EXPECT_EQ(book_.LinesFor("ada").size(), 1u);
}

TEST(Budgets, DollarsAreWrittenWithoutRounding) {
  EXPECT_EQ(Dollars(0), "0");
  EXPECT_EQ(Dollars(25'000'000), "0.025");
  EXPECT_EQ(Dollars(1), "0.000000001");
  EXPECT_EQ(Dollars(-1'500'000'000), "-1.5");
  EXPECT_EQ(Dollars(3'000'000'000), "3");
}

}  // namespace
}  // namespace flux::service

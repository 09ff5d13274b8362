// Words and their faults. What they look like on the wire is in fault_reply_test.cc.
#include "sim/faults.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

TEST(FaultsTest, EveryRowIsNamedOnceAndFound) {
  for (const FaultRow& row : FaultRows()) {
    const std::string word = std::string(row.word) + (row.kind == FaultKind::kSlow ? "=5" : "");
    const auto fault = FaultNamed(word);
    ASSERT_TRUE(fault.has_value()) << word;
    EXPECT_EQ(fault->kind, row.kind) << word;
    EXPECT_EQ(RowOf(row.kind).word, row.word);
    EXPECT_EQ(FaultIn("a cat sim:" + word + " on a roof")->kind, row.kind);
  }
}

TEST(FaultsTest, SlowTakesMilliseconds) {
  EXPECT_EQ(FaultNamed("slow=250")->delay, std::chrono::milliseconds(250));
  EXPECT_EQ(FaultNamed("slow=4000000000")->delay, std::chrono::minutes(10));
  for (const char* word : {"slow", "slow=", "slow=x", "slow=-1", "503=1", "slow=5000000000"}) {
    EXPECT_FALSE(FaultNamed(word).has_value()) << word;
  }
}

TEST(FaultsTest, OnlyWholeWordsCount) {
  EXPECT_EQ(FaultIn("sim:429-200")->kind, FaultKind::k429With200);
  EXPECT_EQ(FaultIn("stop sim:503, please")->kind, FaultKind::k503);
  EXPECT_EQ(FaultIn("sim:unknown\nsim:500")->kind, FaultKind::k500);
  for (const char* prompt : {"", "sim:", "sim: 503", "xsim:503", "sim:5033", "503", "sim:.,;"}) {
    EXPECT_FALSE(FaultIn(prompt).has_value()) << prompt;
  }
}

TEST(ArmedFaultsTest, AreTakenInOrderAndRunOut) {
  ArmedFaults armed;
  armed.Arm({FaultKind::k503}, 2);
  armed.Arm({FaultKind::k500}, 1);
  EXPECT_EQ(armed.Take()->kind, FaultKind::k503);
  EXPECT_EQ(armed.Take()->kind, FaultKind::k503);
  EXPECT_EQ(armed.Take()->kind, FaultKind::k500);
  EXPECT_FALSE(armed.Take().has_value());
  armed.Arm({FaultKind::k500}, 1);
  armed.Clear();
  EXPECT_FALSE(armed.Take().has_value());
}

}  // namespace
}  // namespace flux::sim

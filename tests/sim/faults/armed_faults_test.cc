// Faults that are armed for the next generations.
#include "sim/faults/armed_faults.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

constexpr const char* kDev = "fal-ai/flux/dev";
constexpr const char* kPro = "fal-ai/flux-pro";

Arming Of(const char* word, std::uint32_t count = 1, std::uint32_t after = 0, const char* model = "") {
  return {*ParseFault(word), count, after, model};
}

// The word of the fault that strikes, or "".
std::string_view Next(ArmedFaults& armed, const char* model = kDev) {
  const auto fault = armed.Take(FaultStep::kGeneration, model);
  return fault ? fault->row->word : "";
}

TEST(ArmedFaultsTest, AreTakenInOrderAndRunOut) {
  ArmedFaults armed;
  armed.Arm(Of("503", 2));
  armed.Arm(Of("500"));
  EXPECT_EQ(Next(armed), "503");
  EXPECT_EQ(Next(armed), "503");
  EXPECT_EQ(Next(armed), "500");
  EXPECT_EQ(Next(armed), "");
  armed.Arm(Of("500"));
  armed.Clear();
  EXPECT_EQ(Next(armed), "");
}

TEST(ArmedFaultsTest, AModelsFaultsWaitForIt) {
  ArmedFaults armed;
  armed.Arm(Of("503", 1, 0, kPro));
  armed.Arm(Of("500"));
  EXPECT_EQ(Next(armed), "500");
  EXPECT_EQ(Next(armed), "");
  EXPECT_EQ(Next(armed, kPro), "503");
  EXPECT_EQ(Next(armed, kPro), "");
}

TEST(ArmedFaultsTest, LetPassAsManyAsTold) {
  ArmedFaults armed;
  armed.Arm(Of("503", 2, 3));
  for (const char* wanted : {"", "", "", "503", "503", ""}) EXPECT_EQ(Next(armed), wanted);
}

TEST(ArmedFaultsTest, EachCountsForItself) {
  ArmedFaults armed;
  armed.Arm(Of("503", 1, 3));
  armed.Arm(Of("500", 1, 1));
  for (const char* wanted : {"", "500", "", "503", ""}) EXPECT_EQ(Next(armed), wanted);
}

TEST(ArmedFaultsTest, OnlyAModelsOwnGenerationsPass) {
  ArmedFaults armed;
  armed.Arm(Of("503", 1, 1, kPro));
  EXPECT_EQ(Next(armed, kDev), "");
  EXPECT_EQ(Next(armed, kPro), "");
  EXPECT_EQ(Next(armed, kDev), "");
  EXPECT_EQ(Next(armed, kPro), "503");
}

TEST(ArmedFaultsTest, StepsDoNotDisturbEachOther) {
  ArmedFaults armed;
  armed.Arm(Of("status-500", 1, 1));
  armed.Arm(Of("submit-lost"));
  EXPECT_EQ(Next(armed), "");
  EXPECT_FALSE(armed.Take(FaultStep::kStatus, kDev));
  EXPECT_TRUE(armed.Take(FaultStep::kSubmit, kDev));
  EXPECT_TRUE(armed.Take(FaultStep::kStatus, kDev));
  EXPECT_FALSE(armed.Take(FaultStep::kStatus, kDev));
}

TEST(ArmedFaultsTest, OneOfSeveralEndpointsIsEnough) {
  ArmedFaults armed;
  armed.Arm(Of("history-500", 1, 0, kPro));
  const std::vector<std::string> others = {kDev}, both = {kDev, kPro};
  EXPECT_FALSE(armed.Take(FaultStep::kHistory, others));
  EXPECT_TRUE(armed.Take(FaultStep::kHistory, both));
}

// The words that `occasions` at a step draw, "." for none.
std::string Drawn(Chaos& chaos, FaultStep step, int occasions) {
  std::string words;
  for (int i = 0; i < occasions; ++i) {
    const auto fault = chaos.Draw(step);
    words += fault ? fault->row->word : ".";
  }
  return words;
}

TEST(ChaosTest, RepeatsByItsSeedAndDrawsAboutAsOftenAsTold) {
  const Chaos::Plan plan{7, 0.25, {"status-500", "status-reset", "cut", "slow=5"}};
  Chaos one(plan), same(plan), other({8, plan.rate, plan.words});
  const std::string words = Drawn(one, FaultStep::kStatus, 1000);
  Drawn(same, FaultStep::kGeneration, 17);
  EXPECT_EQ(Drawn(same, FaultStep::kStatus, 1000), words);
  EXPECT_NE(Drawn(other, FaultStep::kStatus, 1000), words);
  const auto drawn = one.drawn();
  ASSERT_EQ(drawn.size(), 2U);
  const auto all = drawn.at("status-500") + drawn.at("status-reset");
  EXPECT_GT(all, 200U);
  EXPECT_LT(all, 300U);
  EXPECT_GT(drawn.at("status-500"), 80U);
  EXPECT_EQ(Drawn(one, FaultStep::kHistory, 100), std::string(100, '.'));
}

TEST(ChaosTest, RateOneAlwaysStrikesAndArmedFaultsComeFirst) {
  ArmedFaults armed;
  armed.SetChaos(Chaos({1, 1, {"500"}}));
  armed.Arm(Of("503"));
  EXPECT_EQ(Next(armed), "503");
  EXPECT_EQ(Next(armed), "500");
  EXPECT_EQ(armed.chaos().drawn().at("500"), 1U);
  armed.SetChaos(Chaos({1, 0, {"500"}}));
  EXPECT_EQ(Next(armed), "");
}

}  // namespace
}  // namespace flux::sim

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
  const auto fault = armed.Take(model);
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

}  // namespace
}  // namespace flux::sim

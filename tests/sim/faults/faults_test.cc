// Words and their faults. What they look like on the wire is in fault_reply_test.cc.
#include "sim/faults/faults.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

std::string Sample(const FaultRow& row) {
  std::string word(row.word);
  if (row.argument == Argument::kMilliseconds) word += "=5";
  if (row.argument == Argument::kType) word += "=bad_request";
  return word;
}

TEST(FaultsTest, EveryRowIsNamedOnceAndFound) {
  for (const FaultRow& row : FaultRows()) {
    const auto fault = ParseFault(Sample(row));
    ASSERT_TRUE(fault.has_value()) << row.word;
    EXPECT_EQ(fault->row, &row) << row.word;
    EXPECT_EQ(fault->billed, row.billed) << row.word;
    const auto in_prompt = FaultIn("a cat sim:" + Sample(row) + " on a roof");
    EXPECT_EQ(in_prompt ? in_prompt->row : nullptr, row.step == FaultStep::kGeneration ? &row : nullptr)
        << row.word;
    EXPECT_FALSE(StepName(row.step).empty()) << row.word;
    EXPECT_EQ(row.kind == FaultKind::kAnswer, row.answer != nullptr) << row.word;
  }
}

TEST(FaultsTest, TimesAreMilliseconds) {
  EXPECT_EQ(ParseFault("status-hang")->time, std::chrono::minutes(10));
  EXPECT_EQ(ParseFault("status-hang=7")->time, std::chrono::milliseconds(7));
  EXPECT_FALSE(ParseFault("status-hang=x"));
  EXPECT_EQ(ParseFault("slow=250")->time, std::chrono::milliseconds(250));
  EXPECT_EQ(ParseFault("drip=4000000000")->time, std::chrono::minutes(10));
}

TEST(FaultsTest, RetryAfterIsSeconds) {
  EXPECT_EQ(ParseFault("429=2")->retry_after, std::chrono::seconds(2));
  EXPECT_EQ(ParseFault("503=0")->retry_after, std::chrono::seconds(0));
  EXPECT_EQ(ParseFault("429")->retry_after, std::nullopt);
}

TEST(FaultsTest, TypesTakeOptions) {
  const auto plain = ParseFault("type=downstream_service_error");
  EXPECT_EQ(plain->status, 400);
  EXPECT_TRUE(plain->retryable);
  EXPECT_FALSE(plain->billed);
  const auto all = ParseFault("sim:type=downstream_service_error/504/final/billed");
  EXPECT_EQ(all->status, 504);
  EXPECT_FALSE(all->retryable);
  EXPECT_TRUE(all->billed);
  EXPECT_TRUE(ParseFault("type=no_media_generated/retry")->retryable);
}

TEST(FaultsTest, WhatIsWrongWithAWordIsTold) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "no such fault"},
      {"none", "no such fault"},
      {"slow", "slow=<ms>"},
      {"slow=", "slow=<ms>"},
      {"slow=x", "slow=<ms>"},
      {"slow=-1", "slow=<ms>"},
      {"drip=5000000000", "drip=<ms>"},
      {"500=1", "takes no argument"},
      {"503=soon", "503=<s>"},
      {"type", "type=<type>"},
      {"type=", "no such error type"},
      {"type=zork", "zork: no such error type"},
      {"type=bad_request/500", "500: wanted retry, final, billed, untold or a status of bad_request"},
      {"type=bad_request/0", "0: wanted"},
      {"type=bad_request/", "wanted retry"},
  };
  for (const auto& [word, why] : rows) {
    const auto fault = ParseFault(word);
    ASSERT_FALSE(fault.has_value()) << word;
    EXPECT_NE(fault.error().message.find(why), std::string::npos) << fault.error().message;
  }
}

TEST(FaultsTest, OnlyWholeWordsCount) {
  EXPECT_EQ(FaultIn("sim:429-200")->row->word, "429-200");
  EXPECT_EQ(FaultIn("stop sim:503, please")->row->word, "503");
  EXPECT_EQ(FaultIn("sim:unknown\nsim:500")->row->word, "500");
  EXPECT_EQ(FaultIn("sim:type=internal_error/final.")->type->type, "internal_error");
  for (const char* prompt : {"", "sim:", "sim: 503", "xsim:503", "sim:5033", "503", "sim:.,;"}) {
    EXPECT_FALSE(FaultIn(prompt).has_value()) << prompt;
  }
}

}  // namespace
}  // namespace flux::sim

// What the simulator bills and remembers, and its bounds.
#include "sim/ledger/ledger.h"

#include <gtest/gtest.h>

#include "sim/doors/admission.h"

namespace flux::sim {
namespace {

TEST(LedgerTest, SumsAndLists) {
  Ledger ledger;
  ledger.Receive({"r1", "fal-ai/flux/dev", {{"x-test", "1"}}, R"({"prompt":"a"})"});
  ledger.Receive({"r2", "fal-ai/flux/dev", {}, "not json"});
  ledger.Bill({"r1", "fal-ai/flux/dev", "run", 3, 2, 18446744073709551615ULL, 200, "2026-01-01T00:00:00.000Z",
               "0a", "a cat"});
  EXPECT_EQ(
      Text(ledger.Bills()),
      R"({"purchases":[{"request_id":"r1","endpoint":"fal-ai/flux/dev","door":"run","billable_units":3,)"
      R"("cost_nano_usd":0,"images":2,"seed":18446744073709551615,"status":200,"time":"2026-01-01T00:00:00.000Z",)"
      R"("input_sha256":"0a","prompt":"a cat"}],)"
      R"("requests":2,"billed_units":3,"cost_nano_usd":0})");
  EXPECT_EQ(Text(ledger.Requests()),
            R"({"requests":[{"request_id":"r1","endpoint":"fal-ai/flux/dev","headers":{"x-test":"1"},)"
            R"("body":{"prompt":"a"}},{"request_id":"r2","endpoint":"fal-ai/flux/dev","headers":{},)"
            R"("body":"not json"}]})");
  ledger.Reset();
  EXPECT_EQ(Text(ledger.Bills()), R"({"purchases":[],"requests":0,"billed_units":0,"cost_nano_usd":0})");
  EXPECT_EQ(Text(ledger.Requests()), R"({"requests":[]})");
}

TEST(LedgerTest, KeepsTheNewestAndCountsAll) {
  Ledger ledger(nullptr, 3);
  for (int i = 0; i < 5; ++i) ledger.Bill({std::to_string(i), "e", "run", 1, 1, 0, 200, "", "", ""});
  for (std::size_t i = 0; i <= Ledger::kMostReceived; ++i) ledger.Receive({std::to_string(i), "e", {}, "{}"});
  const Json bills = ledger.Bills();
  EXPECT_EQ(bills["purchases"].size(), 3U);
  EXPECT_EQ(bills["purchases"][0]["request_id"], "2");
  EXPECT_EQ(bills["billed_units"], 5);
  EXPECT_EQ(bills["requests"], Ledger::kMostReceived + 1);
  EXPECT_EQ(ledger.Requests()["requests"].size(), Ledger::kMostReceived);
}

TEST(LedgerTest, FindsPurchasesByPromptRequestEndpointAndDoor) {
  Ledger ledger;
  const std::string long_prompt(Ledger::kMostPromptBytes + 1, 'x');
  ledger.Bill({"r1", "e", "run", 1, 1, 0, 200, "", "", "a"});
  ledger.Bill({"r2", "f", "queue", 1, 1, 0, 200, "", "", "a"});
  ledger.Bill({"r3", "f", "queue", 1, 1, 0, 200, "", "", long_prompt});
  const auto found = [&ledger](const LedgerFilter& filter) {
    std::string ids;
    const Json bills = ledger.Bills(filter);
    for (const Json& purchase : bills["purchases"]) ids += purchase["request_id"];
    return ids;
  };
  EXPECT_EQ(found({.prompt = "a"}), "r1r2");
  EXPECT_EQ(found({.prompt = "a", .door = "queue"}), "r2");
  EXPECT_EQ(found({.prompt = long_prompt}), "r3");
  EXPECT_EQ(found({.request_id = "r3"}), "r3");
  EXPECT_EQ(found({.endpoint = "f"}), "r2r3");
  EXPECT_EQ(found({.door = "none"}), "");
}

TEST(LedgerTest, LargeBodiesPushOutOlderOnes) {
  Ledger ledger;
  ledger.Receive({"1", "e", {}, "{}"});
  ledger.Receive({"2", "e", {}, std::string(Ledger::kMostReceivedBytes, 'x')});
  const Json requests = ledger.Requests()["requests"];
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0]["request_id"], "2");
}

TEST(AdmissionTest, LimitsAndRemembersThePeak) {
  Admission admission(2);
  auto first = admission.Enter();
  auto second = admission.Enter();
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(admission.Enter(), nullptr);
  first.reset();
  EXPECT_EQ(admission.Now().in_flight, 1U);
  EXPECT_EQ(admission.Now().peak, 2U);
  EXPECT_EQ(admission.Now().refused, 1U);
  admission.Reset();
  EXPECT_EQ(admission.Now().peak, 1U);
  EXPECT_EQ(admission.Now().refused, 0U);
  EXPECT_NE(admission.Enter(), nullptr);
}

TEST(AdmissionTest, WhoWaitsIsNotRefusedAndHearsOfRoom) {
  Admission admission(1);
  int told = 0;
  admission.set_on_room([&told] { ++told; });
  auto first = admission.EnterWaiting();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(admission.EnterWaiting(), nullptr);
  EXPECT_EQ(admission.Now().refused, 0U);
  EXPECT_EQ(told, 0);
  first.reset();
  EXPECT_EQ(told, 1);
  admission.set_limit(5);
  EXPECT_EQ(told, 2);
}

TEST(AdmissionTest, ALimitMayChangeWhileGenerationsRun) {
  Admission admission(0);
  const auto first = admission.Enter();
  auto second = admission.Enter();
  admission.set_limit(1);
  EXPECT_EQ(admission.limit(), 1U);
  second.reset();
  EXPECT_EQ(admission.Enter(), nullptr);  // the first still runs
  admission.set_limit(2);
  EXPECT_NE(admission.Enter(), nullptr);
}

}  // namespace
}  // namespace flux::sim

// The bill: what callers are told that fal charged is what the simulator's ledger has, to the nano-dollar,
// and whatever fal's bill answers, purchases go on.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "flux/v1/flux_service.grpc.pb.h"
#include "tests/e2e/api_key.h"
#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

class Bills : public testing::TestWithParam<const char*> {
 protected:
  Bills() : place_(GetParam()), ada_(Keygen({"ada"})), bob_(Keygen({"bob"})) {
    const std::string file = place_.folder() / "keys";
    std::ofstream(file) << ada_.line << "\n" << bob_.line << "\n";
    Process::Settings environment = place_.Environment();
    environment["FAL_BILLING_KEY"] = "sim:billing";
    stack_ = std::make_unique<Stack>(
        StackOptions{.sim = {"--billing-lag=300ms"},
                     .service = place_.Arguments({"--bill-every=1s", "--bill-lag=8s"}),
                     .gateway = {"--api-keys-file=" + file, "--looks-per-minute=0"},
                     .whole_fal = true,
                     .environment = environment});
  }

  void Habits(const nlohmann::json& habits) {
    httplib::Client sim("http://" + stack_->fal_address());
    const auto reply = sim.Put("/_sim/billing", habits.dump(), "application/json");
    ASSERT_TRUE(reply && reply->status == 200);
  }
  Answer Buy(const char* path, const std::string& prompt, const Key& who, const std::string& key = "") {
    httplib::Headers headers{{"X-API-Key", who.key}};
    if (!key.empty()) headers.emplace("Idempotency-Key", key);
    return stack_->Post(path, nlohmann::json{{"prompt", prompt}, {"image_size", "square"}}.dump(), headers);
  }
  // Somebody else with the same key of fal's.
  std::string Stranger(const std::string& prompt) {
    httplib::Client fal("http://" + stack_->fal_address());
    const auto reply =
        fal.Post("/fal-ai/flux/dev", {{"Authorization", std::string("Key ") + kKey}},
                 nlohmann::json{{"prompt", prompt}, {"image_size", "square"}}.dump(), "application/json");
    return reply ? reply->get_header_value("x-fal-request-id") : "";
  }
  nlohmann::json Bill(const Key& who) {
    return Stack::Get(stack_->public_address(), "/api/v1/usage", {{"X-API-Key", who.key}})
        .json["usage"]["bill"];
  }
  // What an operator is told who asks for it, or who does not.
  v1::Bill OfAll(bool everybodys = true) {
    const auto stub = v1::FluxService::NewStub(
        grpc::CreateChannel(stack_->service->Address("grpc"), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::GetUsageRequest request;
    request.set_everybodys_bill(everybodys);
    v1::GetUsageResponse usage;
    const grpc::Status status = stub->GetUsage(&context, request, &usage);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return usage.bill();
  }
  static std::int64_t Nano(const nlohmann::json& dollars) {
    return std::llround(dollars.get<double>() * 1e9);
  }
  static std::int64_t Sum(const nlohmann::json& list, const char* member) {
    std::int64_t sum = 0;
    for (const auto& one : list) sum += Nano(one[member]);
    return sum;
  }
  std::string Metrics() { return Stack::Get(stack_->metrics_address(), "/metrics").body; }

  StorePlace place_;
  const Key ada_;
  const Key bob_;
  std::unique_ptr<Stack> stack_;
};

TEST_P(Bills, UsageIsTheLedgerToTheNanoDollarAndWhatDoesNotAgreeIsNamed) {
  // The service looks for charges from its first turn on.
  ASSERT_TRUE(Eventually([&] { return Bill(ada_).contains("fetched_at"); }));
  std::set<std::string> uncharged;
  std::set<std::string> unexpected;
  for (const double discount : {0.0, 12.5, 33.3}) {
    Habits({{"percent_discount", discount}, {"provisional_ms", 700}, {"short_ids", discount == 12.5}});
    const std::string round = std::to_string(discount);
    const std::vector<Answer> answers = AtOnce(66, [&](std::size_t i) {
      const Key& who = i % 2 == 0 ? ada_ : bob_;
      const std::string key = i % 3 == 0 ? "key " + round + std::to_string(i) : "";
      const char* path = i % 4 == 0 ? kSchnell : kDev;
      const std::string number = round + " " + std::to_string(i);
      switch (i % 8) {
        case 1:
          return Buy(path, "sim:500 " + number, who, key);
        case 2:
          return Buy(path, "sim:type=content_policy_violation/billed " + number, who, key);
        case 3:
          return Buy(path, "sim:policy " + number, who, key);
        default:
          return Buy(path, "a picture " + number, who, key);
      }
    });
    EXPECT_GE(std::ranges::count(answers, 200, &Answer::status), 40);
  }
  for (const char* key : {"", "surprise"}) {
    const Answer free = Buy(kDev, "sim:uncharged " + std::string(key), ada_, key);
    EXPECT_EQ(free.status, 200) << free.body;
    uncharged.insert(free.Header("x-fal-request-id"));
    const Answer dear = Buy(kDev, "sim:type=content_policy_violation/untold " + std::string(key), ada_,
                            *key == '\0' ? "" : "dear");
    EXPECT_EQ(dear.status, 422) << dear.body;
    unexpected.insert(dear.Header("x-fal-request-id"));
  }
  // The key of a purchase that is believed to have cost nothing is used again.
  EXPECT_EQ(Buy(kDev, "another picture", ada_, "dear").status, 200);
  const std::string stranger = Stranger("a secret of somebody else");
  ASSERT_NE(stranger, "");
  EXPECT_GE(stack_->Ledger()["purchases"].size(), 140u);

  const std::int64_t cost = stack_->Ledger()["cost_nano_usd"].get<std::int64_t>();
  nlohmann::json of_ada;
  nlohmann::json of_bob;
  v1::Bill of_all;
  EXPECT_TRUE(Eventually([&] {
    of_ada = Bill(ada_);
    of_bob = Bill(bob_);
    of_all = OfAll();
    std::int64_t charged = Sum(of_ada["lines"], "charged_usd") + Sum(of_bob["lines"], "charged_usd");
    for (const auto& one : of_all.unexplained()) charged += one.charged_nano_usd();
    return of_ada["findings"].size() >= 4 && of_all.findings_size() >= 5 && charged == cost;
  })) << cost
      << of_ada.dump(1) << of_bob.dump(1) << of_all.DebugString();
  ASSERT_EQ(of_all.unexplained_size(), 1);
  EXPECT_EQ(of_all.unexplained(0).requests(), 1u);
  std::int64_t all = of_all.unexplained(0).charged_nano_usd();
  for (const auto& line : of_all.lines()) all += line.charged_nano_usd();
  EXPECT_EQ(all, cost) << "the operator sees everybody's";
  const auto& found = of_all.findings();
  EXPECT_EQ(found.size(), 5);
  EXPECT_EQ(std::ranges::count_if(found,
                                  [&](const v1::BillFinding& one) {
                                    return one.kind() == v1::BILL_FINDING_KIND_UNEXPLAINED &&
                                           one.fal_request_id() == stranger;
                                  }),
            1);
  EXPECT_FALSE(of_ada.contains("unexplained")) << "no customer's concern";
  const v1::Bill own = OfAll(false);
  EXPECT_EQ(own.lines_size() + own.unexplained_size() + own.findings_size(), 0)
      << "nobody asked for everybody's";
  // The names of this gateway's callers do not reach the service, since others might read them on the way.
  const std::string grpc = stack_->service->Address("grpc");
  const auto other = stack_->AnotherGateway("LOCALHOST" + grpc.substr(grpc.rfind(':')));
  const Answer nameless = Stack::Get(other->Address("http"), "/api/v1/usage", {{"X-API-Key", bob_.key}});
  EXPECT_EQ(nameless.status, 200) << nameless.body;
  EXPECT_FALSE(nameless.json["usage"].contains("bill")) << nameless.body;

  std::map<std::string, std::set<std::string>> named;
  for (const auto& finding : of_ada["findings"]) {
    named[finding["kind"].get<std::string>()].insert(finding["fal_request_id"].get<std::string>());
  }
  EXPECT_EQ(named.count("unexplained"), 0u);
  EXPECT_EQ(named["uncharged"], uncharged);
  EXPECT_EQ(named["unexpected"], unexpected);
  EXPECT_EQ(of_bob["findings"].size(), 0u) << of_bob["findings"].dump() << "nobody sees another's";

  const std::string metrics = Metrics();
  EXPECT_THAT(metrics, HasSubstr(R"(flux_bill_findings_total{kind="unexplained"} 1)"));
  EXPECT_THAT(metrics, HasSubstr(R"(flux_bill_findings_total{kind="uncharged"} 2)"));
  EXPECT_THAT(metrics, HasSubstr(R"(flux_bill_findings_total{kind="unexpected"} 2)"));
  EXPECT_THAT(metrics, HasSubstr("flux_bill_credits_dollars 9"));
  const std::string log = stack_->service->Output();
  EXPECT_THAT(log, HasSubstr(R"("event":"bill_unexplained","fal_request_id":")" + stranger));
  EXPECT_THAT(log, Not(HasSubstr("a secret of somebody else")));

  // A restart asks again for what is known, and changes nothing.
  if (std::string(GetParam()) == "memory") return;
  stack_->RestartService();
  const auto asked = [&] {
    return Metrics().find(R"(flux_bill_fetches_total{outcome="ok"} 2)") != std::string::npos;
  };
  // PostgreSQL cannot know that a process has died in the middle of its turn.
  ASSERT_TRUE(Eventually(asked) || Eventually(asked));
  EXPECT_EQ(Bill(ada_)["lines"], of_ada["lines"]);
  EXPECT_EQ(Bill(ada_)["findings"], of_ada["findings"]);
  EXPECT_THAT(Metrics(), HasSubstr(R"(flux_bill_findings_total{kind="unexplained"} 0)")) << "told once";
}

TEST_P(Bills, WhateverTheBillAnswersPurchasesGoOn) {
  const auto slowest = [&](const std::string& fault) {
    stack_->Arm(fault, 3);
    stack_->Arm("credits-" + fault.substr(fault.find('-') + 1), 1);
    for (int i = 0; i < 5; ++i) {
      const Answer answer =
          Buy(kDev, fault + std::to_string(i), ada_, i % 2 == 0 ? "" : fault + std::to_string(i));
      EXPECT_EQ(answer.status, 200) << fault << answer.body;
    }
  };
  std::size_t bought = 0;
  for (const char* fault : {"billing-403", "billing-500", "billing-garbage", "billing-types",
                            "billing-negative", "billing-hang"}) {
    slowest(fault);
    bought += 5;
    EXPECT_EQ(stack_->Billed(), bought) << fault;
    EXPECT_EQ(Stack::Get(stack_->public_address(), "/api/v1/usage", {{"X-API-Key", ada_.key}}).status, 200);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, Bills, testing::Values("memory", "sqlite", "postgres"),
                         [](const auto& row) { return std::string(row.param); });

TEST(BillTest, WithoutItsKeyNothingIsAskedOrTold) {
  Stack stack({.whole_fal = true});
  EXPECT_EQ(stack.Draw("a picture").status, 200);
  const nlohmann::json usage = Stack::Get(stack.public_address(), "/api/v1/usage").json["usage"];
  EXPECT_FALSE(usage.contains("bill")) << usage.dump();
  EXPECT_THAT(Stack::Get(stack.metrics_address(), "/metrics").body, Not(HasSubstr("flux_bill_")));
}

TEST(BillTest, AKeyThatMayNotReadTheBillIsToldOnce) {
  Stack stack({.service = {"--bill-every=1s", "--bill-lag=1s"},
               .whole_fal = true,
               .environment = {{"FAL_BILLING_KEY", kKey}}});
  EXPECT_EQ(stack.Draw("a picture").status, 200);
  const auto metrics = [&] { return Stack::Get(stack.metrics_address(), "/metrics").body; };
  EXPECT_TRUE(Eventually([&] {
    return metrics().find(R"(flux_bill_fetches_total{outcome="refused"} 2)") != std::string::npos;
  }));
  EXPECT_THAT(metrics(), HasSubstr("flux_bill_refused 1"));
  const std::string log = stack.service->Output();
  EXPECT_THAT(log, HasSubstr("billing:usage:read"));
  EXPECT_EQ(log.find("bill_refused"), log.rfind("bill_refused"));
  EXPECT_THAT(log, Not(HasSubstr("e2e-secret-canary")));
}

}  // namespace
}  // namespace flux::e2e

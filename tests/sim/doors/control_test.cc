// /_sim: ledger, requests, armed faults; and the limit of concurrent requests.
#include "sim/apps/models.h"
#include "sim/faults/faults.h"
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

class ControlTest : public SimTest {
 protected:
  void SetUp() override { StartSim(); }
  int Make(const std::string& path = kDev) {
    return Generate({{"prompt", "x"}, {"image_size", "square"}}, path)->status;
  }
};

TEST_F(ControlTest, TheIndexListsModelsAndFaults) {
  const Given index = Given::parse(Client().Get("/_sim")->body);
  EXPECT_EQ(index["models"].size(), Models().size());
  EXPECT_EQ(index["faults"].size(), FaultRows().size());
  EXPECT_EQ(index["faults"][0]["word"], "sim:nsfw");
  EXPECT_EQ(index["error_types"].size(), ErrorTypes().size());
  EXPECT_EQ(index["error_types"][2], Given({{"word", "sim:type=downstream_service_error"},
                                            {"form", "list"},
                                            {"statuses", {400, 500, 504}},
                                            {"retryable", true}}));
}

TEST_F(ControlTest, TheLedgerHoldsWhatWasBilled) {
  const auto good = Generate({{"prompt", "x"}, {"image_size", "square_hd"}, {"num_images", 3}, {"seed", 11}});
  Generate({{"prompt", "sim:500"}});
  Generate(Given::object());
  Post(kDev, "{}", "Key wrong:key");
  const Given ledger = Ledger();
  EXPECT_EQ(ledger["requests"], 4);
  EXPECT_EQ(ledger["billed_units"], 3);
  EXPECT_EQ(ledger["in_flight"], 0);
  EXPECT_EQ(ledger["peak_in_flight"], 1);
  ASSERT_EQ(ledger["purchases"].size(), 1U);
  const Given& bill = ledger["purchases"][0];
  EXPECT_EQ(bill["request_id"], good->get_header_value("x-fal-request-id"));
  EXPECT_EQ(bill["endpoint"], "fal-ai/flux/dev");
  EXPECT_EQ(bill["billable_units"], 3);
  EXPECT_EQ(bill["images"], 3);
  EXPECT_EQ(bill["seed"], 11);
  EXPECT_EQ(bill["status"], 200);
  EXPECT_EQ(bill["door"], "run");
  EXPECT_EQ(bill["prompt"], "x");
  // SHA-256 of {"image_size":"square_hd","num_images":3,"prompt":"x","seed":11}
  EXPECT_EQ(bill["input_sha256"], "6f0f5d5023d42528dfddb28bf34ef0542afe92e4a508e76b1f325acc6386ef89");
  EXPECT_THAT(bill["time"].get<std::string>(), testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
}

TEST_F(ControlTest, PurchasesAreCountedByPrompt) {
  for (const char* prompt : {"a cat & a dog", "a cat", "a cat & a dog"}) {
    EXPECT_EQ(Generate({{"prompt", prompt}, {"image_size", "square"}})->status, 200);
  }
  const auto of = [this](const std::string& query) {
    return Given::parse(Client().Get("/_sim/ledger?" + query)->body)["purchases"].size();
  };
  EXPECT_EQ(of("prompt=a%20cat%20%26%20a%20dog"), 2U);
  EXPECT_EQ(of("prompt=a%20cat"), 1U);
  EXPECT_EQ(of("prompt=a"), 0U);
  EXPECT_EQ(of("prompt="), 0U);
  EXPECT_EQ(of("endpoint=fal-ai/flux/dev&door=run"), 3U);
  EXPECT_EQ(of("door=queue"), 0U);
  EXPECT_EQ(of("request_id=" + Ledger()["purchases"][1]["request_id"].get<std::string>()), 1U);
  const auto wrong = Client().Get("/_sim/ledger?promt=a");
  EXPECT_EQ(wrong->status, 422);
  EXPECT_EQ(wrong->body, R"({"detail":"promt: no such parameter"})");
}

TEST_F(ControlTest, DeleteForgets) {
  Make();
  EXPECT_EQ(Client().Delete("/_sim/ledger")->status, 200);
  const Given ledger = Ledger();
  EXPECT_EQ(ledger["requests"], 0);
  EXPECT_EQ(ledger["billed_units"], 0);
  EXPECT_EQ(ledger["peak_in_flight"], 0);
  EXPECT_TRUE(ledger["purchases"].empty());
}

TEST_F(ControlTest, RequestsAreShownAsTheyCame) {
  Client().Post(
      kDev,
      httplib::Headers{{"Authorization", "Key sim:sim"}, {"X-Fal-No-Retry", "1"}, {"User-Agent", "t/1"}},
      R"({"prompt":"x","seed":18446744073709551615,"extra":[1]})", "application/json");
  Post(kDev, "not json");
  const auto text = Client().Get("/_sim/requests")->body;
  EXPECT_EQ(text.find("sim:sim"), std::string::npos);
  const Given requests = Given::parse(text)["requests"];
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0]["endpoint"], "fal-ai/flux/dev");
  EXPECT_EQ(requests[0]["body"], Given({{"prompt", "x"}, {"seed", 18446744073709551615ULL}, {"extra", {1}}}));
  EXPECT_EQ(requests[0]["headers"]["x-fal-no-retry"], "1");
  EXPECT_EQ(requests[0]["headers"]["user-agent"], "t/1");
  for (const char* name : {"authorization", "remote_addr", "local_port"}) {
    EXPECT_FALSE(requests[0]["headers"].contains(name)) << name;
  }
  EXPECT_EQ(requests[1]["body"], "not json");
}

TEST_F(ControlTest, ArmedFaultsStrikeTheNextGenerations) {
  EXPECT_EQ(Arm(R"({"fault":"503","count":2})"), 200);
  EXPECT_EQ(Arm(R"({"fault":"sim:empty"})"), 200);
  EXPECT_EQ(Generate(Given::object())->status, 422);  // never became a generation
  EXPECT_EQ(Make(), 503);
  EXPECT_EQ(Make(), 503);
  EXPECT_EQ(Generate({{"prompt", "x"}})->body, R"({"images":[]})");
  EXPECT_EQ(Make(), 200);
  EXPECT_EQ(Arm(R"({"fault":"500","count":9})"), 200);
  EXPECT_EQ(Client().Delete("/_sim/faults")->status, 200);
  EXPECT_EQ(Make(), 200);
}

TEST_F(ControlTest, ArmedFaultsMayWaitAndChooseAModel) {
  EXPECT_EQ(Arm(R"({"fault":"500","after":1,"count":2})"), 200);
  EXPECT_EQ(Make(), 200);
  EXPECT_EQ(Make(), 500);
  EXPECT_EQ(Make(), 500);
  EXPECT_EQ(Make(), 200);
  EXPECT_EQ(Arm(R"({"fault":"type=startup_timeout","model":"fal-ai/flux/schnell"})"), 200);
  EXPECT_EQ(Make(), 200);
  EXPECT_EQ(Make("/fal-ai/flux/schnell"), 504);
  EXPECT_EQ(Make("/fal-ai/flux/schnell"), 200);
}

TEST_F(ControlTest, IllFormedArmingIsRefusedByName) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "wanted a JSON object"},
      {"x", "wanted a JSON object"},
      {"[]", "wanted a JSON object"},
      {"{}", "fault: "},
      {R"({"fault":5})", "fault: wanted a word"},
      {R"({"fault":"none"})", "fault: none: no such fault; GET /_sim lists the words"},
      {R"({"fault":"slow"})", "fault: slow: slow=<ms>"},
      {R"({"fault":"type=zork"})", "fault: zork: no such error type"},
      {R"({"fault":"500","count":0})", "count: wanted a whole number from 1 to 1000000"},
      {R"({"fault":"500","count":-1})", "count: wanted"},
      {R"({"fault":"500","count":1.5})", "count: wanted"},
      {R"({"fault":"500","count":1000001})", "count: wanted"},
      {R"({"fault":"500","after":-1})", "after: wanted a whole number from 0 to 1000000"},
      {R"({"fault":"500","model":7})", "model: wanted an endpoint"},
      {R"({"fault":"500","model":"flux/dev"})", "model: there is no flux/dev; GET /_sim lists the models"},
      {R"({"fault":"500","model":""})", "model: there is no "},
      {R"({"fault":"500","times":2})", "times: no such member"},
  };
  for (const auto& [body, why] : rows) {
    const auto reply = Client().Post("/_sim/faults", body, "application/json");
    EXPECT_EQ(reply->status, 422) << body;
    EXPECT_THAT(Given::parse(reply->body)["detail"].get<std::string>(), testing::StartsWith(why)) << body;
  }
  EXPECT_EQ(Make(), 200);
}

TEST_F(ControlTest, LimitsAreSetWhileItRuns) {
  const auto put = [this](const std::string& body) {
    return Client().Put("/_sim/limits", body, "application/json");
  };
  EXPECT_EQ(Client().Get("/_sim/limits")->body, R"({"max_concurrency":0,"latency_ms":0})");
  EXPECT_EQ(put(R"({"max_concurrency":1})")->body, R"({"max_concurrency":1,"latency_ms":0})");
  EXPECT_EQ(put(R"({"latency_ms":600000})")->body, R"({"max_concurrency":1,"latency_ms":600000})");
  std::thread first([this] { EXPECT_EQ(Make(), 503); });
  EXPECT_TRUE(Eventually([this] { return Ledger()["in_flight"] == 1; }));
  EXPECT_EQ(Make(), 429);
  EXPECT_EQ(put(R"({"max_concurrency":0,"latency_ms":0})")->status, 200);
  EXPECT_EQ(Make(), 200);  // the first goes on as it began
  const Given ledger = Ledger();
  EXPECT_EQ(ledger["in_flight"], 1);
  EXPECT_EQ(ledger["peak_in_flight"], 2);
  EXPECT_EQ(ledger["refused"], 1);
  Client().Delete("/_sim/ledger");
  EXPECT_EQ(Ledger()["peak_in_flight"], 1);
  EXPECT_EQ(Ledger()["refused"], 0);
  sim_->Stop();
  first.join();
}

TEST_F(ControlTest, IllFormedLimitsAreRefusedByName) {
  for (const auto& [body, why] :
       {std::pair("", "wanted a JSON object"),
        {R"({"max_concurrency":-1})", "max_concurrency: wanted"},
        {R"({"max_concurrency":1,"latency_ms":"5"})", "latency_ms: wanted a whole number from 0 to 600000"},
        {R"({"latency":5})", "latency: no such member"}}) {
    const auto reply = Client().Put("/_sim/limits", body, "application/json");
    EXPECT_EQ(reply->status, 422) << body;
    EXPECT_THAT(Given::parse(reply->body)["detail"].get<std::string>(), testing::StartsWith(why)) << body;
  }
  EXPECT_EQ(Client().Get("/_sim/limits")->body, R"({"max_concurrency":0,"latency_ms":0})");
}

TEST_F(ControlTest, OtherRoutesDoNotExist) {
  for (const char* path : {"/_sim/", "/_sim/none", "/_sim/faults"})
    EXPECT_EQ(Client().Get(path)->status, 404) << path;
  EXPECT_EQ(Client().Post("/_sim/ledger", "", "application/json")->status, 404);
}

TEST_F(SimTest, AboveTheLimitFalSays429) {
  SimConfig config;
  config.max_concurrency = 1;
  StartSim(config);
  std::thread first([this] { EXPECT_EQ(Generate({{"prompt", "sim:slow=600000"}})->status, 503); });
  EXPECT_TRUE(Eventually([this] { return Ledger()["in_flight"] == 1; }));
  const auto second = Post("/fal-ai/flux/none", "not json");  // before the path and the body are looked at
  EXPECT_EQ(second->status, 429);
  EXPECT_EQ(
      second->body,
      R"({"detail":"Reached concurrent requests limit of 1","type":"concurrent_requests_limit","data":{"limit":1}})");
  EXPECT_EQ(second->get_header_value("X-Fal-needs-retry"), "1");
  EXPECT_EQ(Post("/fal-ai/none", "")->status, 404);  // but after the app
  sim_->Stop();
  first.join();
}

}  // namespace
}  // namespace flux::sim

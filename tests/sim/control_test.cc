// /_sim: ledger, requests, armed faults; and the limit of concurrent requests.
#include "sim/faults.h"
#include "sim/models.h"
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

class ControlTest : public SimTest {
 protected:
  void SetUp() override { StartSim(); }
  int Arm(const std::string& body) { return Client().Post("/_sim/faults", body, "application/json")->status; }
  int Make() { return Generate({{"prompt", "x"}, {"image_size", "square"}})->status; }
};

TEST_F(ControlTest, TheIndexListsModelsAndFaults) {
  const Given index = Given::parse(Client().Get("/_sim")->body);
  EXPECT_EQ(index["models"].size(), Models().size());
  EXPECT_EQ(index["faults"].size(), FaultRows().size());
  EXPECT_EQ(index["faults"][0]["word"], "sim:nsfw");
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
  EXPECT_THAT(bill["time"].get<std::string>(), testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
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

TEST_F(ControlTest, IllFormedArmingIsRefused) {
  for (const char* body :
       {"", "x", "[]", "{}", R"({"fault":5})", R"({"fault":"none"})", R"({"fault":"slow"})",
        R"({"fault":"500","count":0})", R"({"fault":"500","count":-1})", R"({"fault":"500","count":1.5})",
        R"({"fault":"500","count":1000001})"}) {
    EXPECT_EQ(Arm(body), 422) << body;
  }
  EXPECT_EQ(Make(), 200);
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

TEST_F(SimTest, ManyRequestsWaitAtTheSameTime) {
  SimConfig config;
  config.threads = 256;
  StartSim(config);
  std::vector<std::unique_ptr<RawConnection>> waiting;
  const std::string body = R"({"prompt":"sim:hang"})";
  for (int i = 0; i < 256; ++i) {
    waiting.push_back(std::make_unique<RawConnection>(port_));
    waiting.back()->Send(
        "POST /fal-ai/flux/dev HTTP/1.1\r\nHost: x\r\nAuthorization: Key sim:sim\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  EXPECT_TRUE(Eventually([this] { return Ledger()["in_flight"] == 256; }));
  EXPECT_EQ(Ledger()["peak_in_flight"], 256);
}

}  // namespace
}  // namespace flux::sim

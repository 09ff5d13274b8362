// api.fal.ai: what requests cost, and the account's credits.
#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

class BillingTest : public QueueTest {
 protected:
  static SimConfig Prompt() {
    SimConfig config = Quick();
    config.billing_lag = std::chrono::milliseconds(0);
    return config;
  }
  httplib::Result Ask(const std::string& path, const std::string& key = "sim:billing") const {
    return ClientOf(platform_port_).Get(path, {{"Authorization", "Key " + key}});
  }
  Given Events(const std::string& query = "") const {
    const auto reply = Ask("/v1/models/billing-events" + query);
    return reply && reply->status == 200 ? Given::parse(reply->body) : Given();
  }
  void Set(const Given& habits) const {
    const auto reply = Client().Put("/_sim/billing", habits.dump(), "application/json");
    ASSERT_EQ(reply->status, 200) << reply->body;
  }
  void Arm(const std::string& fault) const {
    ASSERT_EQ(Client().Post("/_sim/faults", Given{{"fault", fault}}.dump(), "application/json")->status, 200);
  }
  Given Draw(const std::string& prompt) const { return Given{{"prompt", prompt}, {"image_size", "square"}}; }
};

TEST_F(BillingTest, EachRequestHasItsEventToTheNanoDollar) {
  StartSim(Prompt());
  Set({{"percent_discount", 12.5}});
  const auto run = Generate(Draw("a"));
  const std::string id = Taken(Draw("b"));
  ASSERT_EQ(Done(id)->status, 200);
  const Given page = Events();
  ASSERT_EQ(page["billing_events"].size(), 2U);
  EXPECT_FALSE(page["has_more"]);
  EXPECT_TRUE(page["next_cursor"].is_null());
  const Given& event = page["billing_events"][0];
  EXPECT_EQ(event["request_id"], id);
  EXPECT_EQ(event["endpoint_id"], "fal-ai/flux/dev");
  EXPECT_EQ(event["output_units"], 1);
  EXPECT_EQ(event["unit_price"], 0.025);
  EXPECT_EQ(event["percent_discount"], 12.5);
  EXPECT_EQ(event["cost_subtotal"], 0.025);
  EXPECT_EQ(event["cost_discount"], 0.003125);
  EXPECT_EQ(event["cost_total"], 0.021875);
  EXPECT_EQ(event["cost_estimate_nano_usd"], 21'875'000);
  EXPECT_EQ(page["billing_events"][1]["request_id"], run->get_header_value("x-fal-request-id"));
  const Given ledger = Given::parse(Client().Get("/_sim/ledger")->body);
  EXPECT_EQ(ledger["cost_nano_usd"], 2 * 21'875'000);
  EXPECT_EQ(ledger["purchases"][0]["cost_nano_usd"], 21'875'000);
}

TEST_F(BillingTest, PagesAndBounds) {
  StartSim(Prompt());
  for (const char* prompt : {"a", "b", "c"}) Generate(Draw(prompt));
  Given page = Events("?limit=2");
  EXPECT_EQ(page["billing_events"].size(), 2U);
  EXPECT_TRUE(page["has_more"]);
  page = Events("?limit=2&cursor=" + page["next_cursor"].get<std::string>());
  EXPECT_EQ(page["billing_events"].size(), 1U);
  EXPECT_FALSE(page["has_more"]);
  EXPECT_EQ(Events("?end=2020-01-01&start=2019-12-01")["billing_events"].size(), 0U);
  EXPECT_EQ(Events("?request_id=none")["billing_events"].size(), 0U);
  for (const char* query :
       {"?limit=0", "?limit=10001", "?start=x", "?end=x", "?cursor=zz", "?start=2020-01-01&end=2020-12-01"}) {
    EXPECT_EQ(Ask(std::string("/v1/models/billing-events") + query)->status, 400) << query;
  }
}

TEST_F(BillingTest, OnlyTheBillingKeyReadsTheBill) {
  StartSim(Prompt());
  for (const char* path : {"/v1/models/billing-events", "/v1/account/billing?expand=credits"}) {
    const auto buyer = Ask(path, "sim:sim");
    EXPECT_EQ(buyer->status, 403);
    EXPECT_EQ(Given::parse(buyer->body)["error"]["type"], "authorization_error");
    EXPECT_EQ(Ask(path, "a:b")->status, 401);
    EXPECT_EQ(Ask(path)->status, 200);
  }
  EXPECT_EQ(Ask("/v1/models/requests/by-endpoint?endpoint_id=fal-ai/flux/dev")->status, 401);
}

TEST_F(BillingTest, ItLagsAndZerosAreProvisional) {
  StartSim(Prompt());
  Set({{"lag_ms", 300}, {"provisional_ms", 300}, {"short_ids", true}});
  Generate(Draw("a"));
  EXPECT_TRUE(Events()["billing_events"].empty());
  ASSERT_TRUE(Eventually([this] { return Events()["billing_events"].size() == 1; }));
  EXPECT_EQ(Events()["billing_events"][0]["endpoint_id"], "fal-ai/flux");
  EXPECT_TRUE(Eventually([this] { return Events()["billing_events"][0]["cost_total"] == 0.025; }));
}

TEST_F(BillingTest, SomeThingsAreChargedOtherwiseThanTold) {
  StartSim(Prompt());
  const auto picture = Generate(Draw("sim:uncharged"));
  EXPECT_EQ(picture->status, 200);
  EXPECT_EQ(picture->get_header_value("x-fal-billable-units"), "1");
  EXPECT_TRUE(Events()["billing_events"].empty());
  const auto refusal = Generate(Draw("sim:type=content_policy_violation/untold"));
  EXPECT_EQ(refusal->status, 422);
  EXPECT_EQ(refusal->get_header_value("x-fal-billable-units"), "0");
  EXPECT_EQ(Events()["billing_events"].size(), 1U);
  EXPECT_EQ(Generate(Draw("sim:type=internal_server_error/billed"))->status, 500);
  EXPECT_EQ(Events()["billing_events"].size(), 1U) << "failed requests have no event";
}

TEST_F(BillingTest, CreditsGoDown) {
  StartSim(Prompt());
  Set({{"credits_usd", 1}});
  Generate(Draw("a"));
  const Given account = Given::parse(Ask("/v1/account/billing?expand=credits")->body);
  EXPECT_EQ(account["credits"]["current_balance"], 0.975);
  EXPECT_EQ(account["credits"]["currency"], "USD");
  EXPECT_FALSE(Given::parse(Ask("/v1/account/billing")->body).contains("credits"));
}

TEST_F(BillingTest, FaultsOfTheBill) {
  StartSim(Prompt());
  Generate(Draw("a"));
  Generate(Draw("b"));
  const auto status = [this](const std::string& fault) {
    Arm(fault);
    const auto reply = Ask("/v1/models/billing-events");
    return reply ? reply->status : 0;
  };
  EXPECT_EQ(status("billing-401"), 401);
  EXPECT_EQ(status("billing-403"), 403);
  EXPECT_EQ(status("billing-404"), 404);
  EXPECT_EQ(status("billing-429=2"), 429);
  EXPECT_EQ(status("billing-500"), 500);
  EXPECT_EQ(status("billing-cut"), 0);
  EXPECT_EQ(status("billing-reset"), 0);
  EXPECT_EQ(status("billing-hang=20"), 200);
  Arm("billing-garbage");
  EXPECT_EQ(Ask("/v1/models/billing-events")->body, "Here is your picture.\n");
  Arm("billing-types");
  EXPECT_EQ(Events()["billing_events"][0]["cost_total"], "0.025");
  Arm("billing-negative");
  EXPECT_LT(Events()["billing_events"][0]["cost_total"].get<double>(), 0);
  Arm("billing-late");
  EXPECT_TRUE(Events()["billing_events"].empty());
  Arm("billing-pages");
  EXPECT_EQ(Events()["billing_events"].size(), 1U);
  Arm("credits-403");
  EXPECT_EQ(Ask("/v1/account/billing?expand=credits")->status, 403);
  Arm("credits-types");
  EXPECT_EQ(Given::parse(Ask("/v1/account/billing?expand=credits")->body)["credits"]["current_balance"],
            "99.95");
}

TEST_F(BillingTest, HabitsAreRefusedByName) {
  StartSim(Prompt());
  for (const char* body : {R"({"percent_discount":101})", R"({"percent_discount":"1"})", R"({"lag_ms":-1})",
                           R"({"short_ids":1})", R"({"other":1})", "[]"}) {
    EXPECT_EQ(Client().Put("/_sim/billing", body, "application/json")->status, 422) << body;
  }
  EXPECT_EQ(Given::parse(Client().Get("/_sim/billing")->body)["percent_discount"], 0);
}

}  // namespace
}  // namespace flux::sim

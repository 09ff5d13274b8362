// How fal is asked: its backup hosts, its newer headers, its prices. With the real programs; the ledger of
// the simulator says what was paid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/stack.h"
#include "tests/fakes/raw_server.h"

namespace flux::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr char kBody[] = R"({"prompt":"a lighthouse","image_size":"square"})";

// An address at which nobody listens.
std::string Refusing() {
  return fakes::RawServer([](fakes::RawConnection&, int) {}).url();
}

// A simulator beside the stack's own: the far side that stands in.
struct Far {
  Process sim{"flux-sim", {"--listen=127.0.0.1:0"}, {{"FLUX_SIM_KEY", kKey}}};
  std::string url(const char* host) { return "http://" + sim.Address(host); }
  json Ledger() { return Stack::Get(sim.Address("fal"), "/_sim/ledger").json; }
};

double Metric(const Stack& stack, const std::string& series) {
  const std::string body = Stack::Get(const_cast<Stack&>(stack).metrics_address(), "/metrics").body;
  const auto at = body.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(body.substr(at + series.size() + 2));
}

TEST(FalHostsTest, AHostThatRefusesIsStoodInForAndNothingIsPaidTwice) {
  Far far;
  Stack stack({.service = {"--fal-backup-url=" + far.url("fal")}, .fal_url = Refusing()});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(stack.Post(kDev, kBody).status, 200);
  EXPECT_EQ(far.Ledger()["purchases"].size(), 5U);
  EXPECT_EQ(far.Ledger()["requests"], 5);
  EXPECT_EQ(Metric(stack, R"(flux_service_fal_backup_total{host="run",outcome="answered"})"), 5);
}

TEST(FalHostsTest, ANameThatDoesNotResolveIsStoodInFor) {
  Far far;
  Stack stack({.service = {"--fal-backup-url=" + far.url("fal"), "--fal-allow-http=true", "--store=memory"},
               .fal_url = "http://fal.invalid:8090"});
  EXPECT_EQ(stack.Post(kDev, kBody).status, 200);
  EXPECT_EQ(far.Ledger()["requests"], 1);
}

TEST(FalHostsTest, WithoutABackupTheFailureIsTold) {
  Stack stack({.service = {"--fal-retries=0"}, .fal_url = Refusing()});
  const Answer answer = stack.Post(kDev, kBody);
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_EQ(answer.json["billed"], "no");
}

TEST(FalHostsTest, TheQueueIsStoodInForToo) {
  Far far;
  Stack stack({.service = {"--fal-queue-url=" + Refusing(), "--fal-queue-backup-url=" + far.url("queue")},
               .fal_url = Refusing()});
  const Answer answer = stack.Post(kDev, kBody, {{"Idempotency-Key", "k1"}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  const Answer again = stack.Post(kDev, kBody, {{"Idempotency-Key", "k1"}});
  EXPECT_EQ(again.Header("Idempotent-Replayed"), "true");
  EXPECT_EQ(far.Ledger()["purchases"].size(), 1U);
  EXPECT_EQ(far.Ledger()["purchases"][0]["door"], "queue");
}

TEST(FalHostsTest, WrongBackupsAreNamedAtStart) {
  struct Wrong {
    std::vector<std::string> flags;
    const char* says;
  };
  const Wrong rows[] = {
      {{"--fal-backup-url=nonsense"}, "--fal-backup-url: \"nonsense\" is not http://"},
      {{"--fal-backup-url=https://fal.run/x/"}, "is not http://"},
      {{"--fal-backup-url=https://fal.run"}, "the address that it is to stand in for"},
      {{"--fal-backup-url=http://127.0.0.1:1"}, "the same scheme"},
      {{"--fal-queue-backup-url=ftp://x"}, "--fal-queue-backup-url"},
      {{"--fal-store-io=maybe"}, "--fal-store-io: must be on, off or account"},
      {{"--price-source=guess"}, "--price-source: must be fal or catalogue"},
  };
  for (const Wrong& row : rows) {
    std::vector<std::string> flags{"--check-config", "--store=memory"};
    flags.insert(flags.end(), row.flags.begin(), row.flags.end());
    Process process("flux-service", flags, {{"FAL_KEY", "id:secret"}});
    EXPECT_EQ(process.Wait(), 2) << row.flags.front();
    EXPECT_THAT(process.Output(), HasSubstr(row.says));
  }
}

TEST(FalHostsTest, WithoutAKeyNothingStarts) {
  for (const auto& [key, says] : {std::pair{"", "FAL_KEY: is not set"},
                                  {"id:sec ret", "FAL_KEY: *** holds white space"},
                                  {"id:sec\tret", "FAL_KEY: *** holds white space"}}) {
    Process::Settings settings;
    if (*key != '\0') settings["FAL_KEY"] = key;
    Process process("flux-service", {"--store=memory", "--listen=127.0.0.1:0"}, settings);
    EXPECT_EQ(process.Wait(), 2) << key;
    EXPECT_THAT(process.Output(), HasSubstr(says));
    EXPECT_THAT(process.Output(), testing::Not(HasSubstr("sec ret")));
  }
}

TEST(FalHeadersTest, TheNewerOnesAreSent) {
  Stack stack({.service = {"--fal-store-io=off"}, .whole_fal = true});
  ASSERT_EQ(stack.Post(kDev, kBody).status, 200);
  json headers = stack.LastRequest()["headers"];
  EXPECT_EQ(headers["x-fal-store-io"], "0");
  EXPECT_GT(std::stod(headers["x-fal-request-start-timeout"].get<std::string>()), 1);
  EXPECT_FALSE(headers.contains("x-fal-request-timeout"));
  EXPECT_FALSE(headers.contains("x-fal-queue-priority"));
  EXPECT_THAT(stack.service->Output(), HasSubstr("store_io_off"));
}

TEST(FalHeadersTest, ALowPriorityReachesTheQueueAndIsToldWhereThereIsNone) {
  Stack stack({.whole_fal = true});
  const std::string low = R"({"prompt":"a lighthouse","image_size":"square","queue_priority":"low"})";
  ASSERT_EQ(stack.Post(kDev, low, {{"Idempotency-Key", "k1"}}).status, 200);
  EXPECT_THAT(stack.LastRequest()["headers"].dump(), HasSubstr("x-fal-queue-priority"));
  const Answer direct = stack.Post(kDev, low);
  ASSERT_EQ(direct.status, 200);
  EXPECT_THAT(direct.json["warnings"].dump(), HasSubstr("queue_priority"));
  EXPECT_THAT(stack.LastRequest()["headers"].dump(), testing::Not(HasSubstr("x-fal-queue-priority")));
  EXPECT_EQ(stack.Post(kDev, kBody, {{"Idempotency-Key", "k2"}, {"X-Fal-Queue-Priority", "low"}}).status,
            200);
  EXPECT_THAT(stack.LastRequest()["headers"].dump(), HasSubstr("x-fal-queue-priority"));
  for (const char* wrong : {R"("high")", "3", "[]", R"("LOW ER")"}) {
    const Answer refused = stack.Post(kDev, R"({"prompt":"x","queue_priority":)" + std::string(wrong) + "}");
    EXPECT_EQ(refused.status, 422) << wrong << refused.body;
    EXPECT_THAT(refused.body, HasSubstr("queue_priority"));
  }
}

TEST(FalHeadersTest, NeedsRetryIsObeyedWhereNothingWasBilled) {
  Stack stack;
  stack.Arm("500-needs-retry");
  EXPECT_EQ(stack.Draw("passes").status, 200);
  EXPECT_EQ(stack.Ledger()["requests"], 2);
  stack.Arm("500-needs-retry-billed");
  const Answer billed = stack.Draw("paid");
  EXPECT_EQ(billed.status, 502) << billed.body;
  EXPECT_EQ(billed.json["billed"], "yes");
  EXPECT_EQ(stack.Ledger()["requests"], 3) << "not sent again";
  stack.Arm("503-final");
  EXPECT_EQ(stack.Draw("final").json["billed"], "no");
  EXPECT_EQ(stack.Ledger()["requests"], 4) << "not sent again";
}

class FalPricesTest : public testing::Test {
 protected:
  // What fal tells from now on, and a service that asks for it.
  void Tell(const std::string& prices) {
    httplib::Client client("http://" + stack_.fal_address());
    client.Delete("/_sim/prices");
    ASSERT_EQ(client.Put("/_sim/prices", prices, "application/json")->status, 200);
    stack_.RestartService();
  }
  json PriceOf(const std::string& name) {
    const json reply = Stack::Get(stack_.public_address(), "/api/v1/models").json;
    if (!reply.contains("models")) return {};  // the service is on its way
    for (const json& model : reply["models"]) {
      if (model["name"] == name) return model["price"];
    }
    return {};
  }
  bool Asked() {
    return Eventually([this] {
      return Metric(stack_, R"(flux_service_price_asks_total{outcome="answered"})") +
                 Metric(stack_, R"(flux_service_price_asks_total{outcome="failed"})") +
                 Metric(stack_, R"(flux_service_price_asks_total{outcome="refused"})") >=
             1;
    });
  }

  Stack stack_{{.whole_fal = true}};
};

TEST_F(FalPricesTest, ADearerModelCostsMoreAndSaysSo) {
  Tell(R"({"fal-ai/flux/dev":{"unit_price":0.03}})");
  json price;
  ASSERT_TRUE(Eventually([&] {
    price = PriceOf("text-to-image/dev");
    return price.is_object() && price["usd"] == 0.03;
  }));
  EXPECT_EQ(price["source"], "fal");
  EXPECT_EQ(price["catalogue_usd"], 0.025);
  EXPECT_EQ(stack_.Insist(kDev, kBody, {}).Header("x-cost-usd"), "0.03");
  EXPECT_EQ(stack_.Post("/api/v1/estimate/text-to-image/dev", kBody).json["price"]["usd"], 0.03);
  EXPECT_EQ(stack_.Post(kDev, kBody, {{"Idempotency-Key", "k1"}}).Header("x-cost-usd"), "0.03");
  EXPECT_THAT(stack_.service->Output(), HasSubstr("price_differs"));
}

TEST_F(FalPricesTest, NothingThatIsWrongWithThemChangesAPurchase) {
  for (const char* item : {R"({"unit_price":-1})", R"({"unit_price":"x"})", R"({"unit_price":1000})",
                           R"({"unit_price":0})", R"({"unit":"seconds"})", "null"}) {
    Tell(R"({"fal-ai/flux/dev":)" + std::string(item) + "}");
    ASSERT_TRUE(Asked()) << item;
    const Answer answer = stack_.Insist(kDev, kBody, {});
    EXPECT_EQ(answer.status, 200) << item;
    EXPECT_EQ(answer.Header("x-cost-usd"), "0.025") << item;
  }
}

TEST_F(FalPricesTest, NorDoesItWhereFalCannotBeAsked) {
  for (const char* fault :
       {"pricing-500", "pricing-403", "pricing-garbage", "pricing-reset", "pricing-429=30"}) {
    stack_.Arm(fault, 20);
    stack_.RestartService();
    ASSERT_TRUE(Asked()) << fault;
    EXPECT_EQ(stack_.Insist(kDev, kBody, {}).Header("x-cost-usd"), "0.025") << fault;
    EXPECT_EQ(httplib::Client("http://" + stack_.fal_address()).Delete("/_sim/faults")->status, 200);
  }
  stack_.Arm("pricing-hang", 20);
  stack_.RestartService();
  EXPECT_EQ(stack_.Insist(kDev, kBody, {}).status, 200) << "nobody waits for prices";
}

}  // namespace
}  // namespace flux::e2e

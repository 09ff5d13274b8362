// api.fal.ai's prices, and fal.ai's schemas.
#include "sim/apps/models.h"
#include "sim/apps/prices.h"
#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

class PricingTest : public QueueTest {
 protected:
  httplib::Result Prices(const std::string& query) const {
    return ClientOf(platform_port_).Get("/v1/models/pricing?" + query, key_);
  }
  Given Only(const std::string& endpoint) const {
    const auto reply = Prices("endpoint_id=" + endpoint);
    EXPECT_EQ(reply->status, 200) << reply->body;
    return Given::parse(reply->body)["prices"].at(0);
  }
  int Set(const std::string& body) const {
    return Client().Put("/_sim/prices", body, "application/json")->status;
  }
};

TEST_F(PricingTest, ListPricesInFalsForm) {
  StartSim(Quick());
  const auto reply = Prices("endpoint_id=fal-ai/flux/dev&endpoint_id=fal-ai/flux-pro/kontext");
  ASSERT_EQ(reply->status, 200);
  EXPECT_EQ(Given::parse(reply->body), Given::parse(R"({"prices":[
    {"endpoint_id":"fal-ai/flux/dev","unit_price":0.025,"unit":"megapixels","currency":"USD"},
    {"endpoint_id":"fal-ai/flux-pro/kontext","unit_price":0.04,"unit":"images","currency":"USD"}]})"));
  EXPECT_EQ(Given::parse(Prices("endpoint_id=fal-ai/flux/dev,fal-ai/flux/schnell")->body)["prices"].size(),
            2U);
}

TEST_F(PricingTest, OneUnknownEndpointRefusesAll) {
  StartSim(Quick());
  const auto reply = Prices("endpoint_id=fal-ai/flux/dev&endpoint_id=fal-ai/nothing");
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(Given::parse(reply->body)["error"]["type"], "not_found");
}

TEST_F(PricingTest, RefusesWhatFalRefuses) {
  StartSim(Quick());
  EXPECT_EQ(Prices("")->status, 400);
  std::string many = "endpoint_id=fal-ai/flux/dev";
  for (int i = 0; i < 50; ++i) many += ",fal-ai/flux/dev";
  EXPECT_EQ(Prices(many)->status, 400);
  EXPECT_EQ(ClientOf(platform_port_).Get("/v1/models/pricing?endpoint_id=fal-ai/flux/dev")->status, 401);
}

TEST_F(PricingTest, PricesCanBeSetToAnything) {
  StartSim(Quick());
  ASSERT_EQ(Set(R"({"fal-ai/flux/dev":{"unit_price":-1},"fal-ai/flux/schnell":{"unit_price":"x","unit":3},
                    "fal-ai/flux-pro/kontext":null,"house/new":{"unit_price":1.5,"unit":"seconds"}})"),
            200);
  EXPECT_EQ(Only("fal-ai/flux/dev")["unit_price"], -1);
  EXPECT_EQ(Only("fal-ai/flux/schnell")["unit_price"], "x");
  EXPECT_EQ(Only("fal-ai/flux/schnell")["unit"], 3);
  EXPECT_EQ(Only("house/new")["unit"], "seconds");
  EXPECT_EQ(Prices("endpoint_id=fal-ai/flux-pro/kontext")->status, 404);
  EXPECT_EQ(Given::parse(Client().Get("/_sim/prices")->body).size(), 4U);
  EXPECT_EQ(Client().Delete("/_sim/prices")->status, 200);
  EXPECT_EQ(Only("fal-ai/flux/dev")["unit_price"], 0.025);
  for (const char* wrong : {"", "[]", "1", R"({"a":1})"}) EXPECT_EQ(Set(wrong), 422) << wrong;
}

TEST_F(PricingTest, FaultsStrike) {
  StartSim(Quick());
  const auto arm = [this](const char* word) {
    ASSERT_EQ(Client()
                  .Post("/_sim/faults", R"({"fault":")" + std::string(word) + "\"}", "application/json")
                  ->status,
              200)
        << word;
  };
  const auto status = [this] {
    const auto reply = Prices("endpoint_id=fal-ai/flux/dev");
    return reply ? reply->status : 0;
  };
  for (const auto& [word, wanted] : {std::pair{"pricing-401", 401},
                                     {"pricing-403", 403},
                                     {"pricing-429", 429},
                                     {"pricing-500", 500},
                                     {"pricing-garbage", 200},
                                     {"pricing-cut", 0},
                                     {"pricing-reset", 0}}) {
    arm(word);
    EXPECT_EQ(status(), wanted) << word;
  }
  EXPECT_EQ(status(), 200);
}

TEST_F(PricingTest, EveryAppPublishesItsSchema) {
  StartSim(Quick());
  for (const Model& model : Models()) {
    const std::string endpoint(model.endpoint);
    const auto reply = Client().Get("/api/openapi/queue/openapi.json?endpoint_id=" + endpoint);
    ASSERT_EQ(reply->status, 200) << endpoint;
    const Given document = Given::parse(reply->body);
    const std::string name = document["paths"]["/" + endpoint]["post"]["requestBody"]["content"]
                                     ["application/json"]["schema"]["$ref"];
    const Given input = document.at(Given::json_pointer(name.substr(1)));
    EXPECT_EQ(input["properties"].size(), model.fields.size()) << endpoint;
  }
  EXPECT_EQ(Client().Get("/api/openapi/queue/openapi.json?endpoint_id=fal-ai/nothing")->status, 404);
  EXPECT_EQ(Client().Get("/api/openapi/queue/openapi.json")->status, 404);
}

TEST_F(PricingTest, ASchemaTellsWhatABodyIsJudgedBy) {
  StartSim(Quick());
  const auto reply = Client().Get("/api/openapi/queue/openapi.json?endpoint_id=fal-ai/flux/schnell");
  const Given schemas = Given::parse(reply->body)["components"]["schemas"];
  const Given& input = schemas["FluxSchnellInput"];
  EXPECT_EQ(input["required"], Given::parse(R"(["prompt"])"));
  EXPECT_EQ(input["properties"]["num_inference_steps"],
            Given::parse(
                R"({"type":"integer","minimum":1,"maximum":12,"default":4,"title":"num_inference_steps"})"));
  EXPECT_EQ(input["properties"]["output_format"]["enum"], Given::parse(R"(["jpeg","png"])"));
  EXPECT_EQ(input["properties"]["image_size"]["anyOf"][0]["$ref"], "#/components/schemas/ImageSize");
  EXPECT_EQ(input["properties"]["seed"]["anyOf"][1]["type"], "null");
}

}  // namespace
}  // namespace flux::sim

// The document and what it describes are the same: routes both ways, every reason, every header, every model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "gateway/doors/api_document.h"
#include "gateway/doors/header_policy.h"
#include "gateway/doors/public_doors.h"
#include "gateway/doors/site/api_door.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_clock.h"

namespace flux::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;

v1::ModelParameter* Add(v1::Model& model, const std::string& name, v1::ParameterType type) {
  v1::ModelParameter* parameter = model.add_parameters();
  parameter->set_name(name);
  parameter->set_type(type);
  return parameter;
}

// A model for each pattern of the flux door, the first with one parameter of each kind.
v1::ListModelsResponse Models() {
  v1::ListModelsResponse models;
  for (const char* name : {"text-to-image/pro", "text-to-image/dev", "text-to-image/schnell",
                           "text-to-image/x1", "text-to-image/x-1", "image-to-image", "image-to-image/other",
                           "inpainting", "inpainting/v1.1", "edit/x", "transform/x"}) {
    models.add_models()->set_name(name);
  }
  for (v1::Model& model : *models.mutable_models()) model.set_fal_endpoint("fal-ai/" + model.name());
  models.mutable_models(1)->set_fal_endpoint("blackforestlabs/flux/dev");
  v1::Model& first = *models.mutable_models(0);
  Add(first, "prompt", v1::PARAMETER_TYPE_STRING)->set_required(true);
  v1::ModelParameter* steps = Add(first, "num_inference_steps", v1::PARAMETER_TYPE_INTEGER);
  steps->set_minimum(1);
  steps->set_maximum(12);
  steps->set_default_value("4");
  v1::ModelParameter* guidance = Add(first, "guidance_scale", v1::PARAMETER_TYPE_NUMBER);
  guidance->set_minimum(0.5);
  guidance->set_default_value("3.5");
  Add(first, "sync_mode", v1::PARAMETER_TYPE_BOOLEAN)->set_default_value("false");
  Add(first, "seed", v1::PARAMETER_TYPE_INTEGER);
  Add(first, "output_format", v1::PARAMETER_TYPE_STRING)->add_allowed_values("jpeg");
  v1::ModelParameter* size = Add(first, "image_size", v1::PARAMETER_TYPE_IMAGE_SIZE);
  size->set_fal_name("image_size");
  size->add_allowed_values("square");
  size->set_minimum(512);
  size->set_maximum(2048);
  Add(first, "images", v1::PARAMETER_TYPE_IMAGES)->set_maximum(4);
  Add(first, "scheduler", v1::PARAMETER_TYPE_OBJECTS);
  return models;
}

class ApiTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  fakes::FakeBackend backend_;
  Log log_{LogLevel::kError};
  const AliasFile aliases_{"", log_};
  const PublicDoors doors_{backend_, clock_, aliases_, {.max_body = 1 << 20}};
  const json api_ = json::parse(WriteApi(doors_.routes(), Models()));

  // The row that a documented path and method lead to; null: none.
  const Route* RowOf(std::string path, std::string method) const {
    for (std::size_t at; (at = path.find('{')) != std::string::npos;) {
      path.replace(at, path.find('}') - at + 1, "x");
    }
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::toupper(c); });
    const Route* row = doors_.routes().Find(path, method).route;
    return row != nullptr && row->method == method ? row : nullptr;
  }
};

TEST_F(ApiTest, DescribesEveryRouteAndNothingElse) {
  std::set<const Route*> described;
  for (const auto& [path, item] : api_["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      const Route* row = RowOf(path, method);
      ASSERT_NE(row, nullptr) << method << ' ' << path << " is described, and there is no such route";
      described.insert(row);
    }
  }
  for (const Route& row : doors_.routes().rows()) {
    EXPECT_TRUE(described.contains(&row))
        << row.method << ' ' << row.pattern << " is not described by its door";
  }
}

TEST_F(ApiTest, HasEveryReasonWithItsStatusAndMeaning) {
  const json& told = api_["components"]["schemas"]["Reason"]["x-reasons"];
  ASSERT_EQ(told.size(), ReasonTable().size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i]["name"], ReasonTable()[i].name);
    EXPECT_EQ(told[i]["status"], ReasonTable()[i].http_status);
    EXPECT_EQ(told[i]["meaning"], ReasonTable()[i].meaning);
  }
  // Each is told by some operation, under the status of its dialect.
  std::set<std::string> given{"WEBHOOK_REFUSED"};  // told to fal alone, whose route is none of the API
  for (const auto& [name, response] : api_["components"]["responses"].items()) {
    for (const auto& [reason, example] : response["content"]["application/json"]["examples"].items()) {
      given.insert(reason);
    }
  }
  EXPECT_EQ(given.size(), ReasonTable().size());
}

TEST_F(ApiTest, HasEveryHeaderThatPagesMayRead) {
  std::string exposed(PublicHeaderPolicy().exposed);
  for (const auto& [name, header] : api_["components"]["headers"].items()) {
    if (const auto at = exposed.find(name); at != std::string::npos) exposed.erase(at, name.size());
  }
  EXPECT_EQ(exposed.find_first_not_of(", "), std::string::npos) << exposed;
}

TEST_F(ApiTest, OperationsHaveNamesOfTheirOwn) {
  std::set<std::string> ids;
  for (const auto& [path, item] : api_["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      EXPECT_TRUE(ids.insert(operation["operationId"]).second) << operation["operationId"];
      EXPECT_THAT(operation["operationId"].get<std::string>(), testing::MatchesRegex("[a-zA-Z0-9_]+"));
    }
  }
  EXPECT_TRUE(ids.contains("inpaintingV1_1"));
}

TEST_F(ApiTest, FieldsAreTheCatalogues) {
  const json& schema = api_["components"]["schemas"]["request.text-to-image.pro"];
  const json& fields = schema["properties"];
  EXPECT_EQ(schema["required"], json({"prompt"}));
  EXPECT_EQ(fields["num_inference_steps"]["minimum"], 1);
  EXPECT_EQ(fields["num_inference_steps"]["maximum"], 12);
  EXPECT_EQ(fields["num_inference_steps"]["default"], 4);
  EXPECT_EQ(fields["guidance_scale"]["minimum"], 0.5);
  EXPECT_EQ(fields["guidance_scale"]["default"], 3.5);
  EXPECT_EQ(fields["sync_mode"]["default"], false);
  EXPECT_EQ(fields["seed"]["maximum"], 18446744073709551615ULL);
  EXPECT_EQ(fields["output_format"]["enum"], json({"jpeg"}));
  EXPECT_EQ(fields["aspect_ratio"]["anyOf"][1]["properties"]["width"]["maximum"], 2048);
  EXPECT_EQ(fields["image_urls"]["maxItems"], 4);
  EXPECT_EQ(fields["scheduler"]["items"]["type"], "object");
  EXPECT_TRUE(fields.contains("idempotency_key"));
  EXPECT_EQ(api_["components"]["schemas"]["request.edit.x"]["properties"].contains("prompt"), false);
}

TEST_F(ApiTest, FalsFieldsHaveFalsNames) {
  const json& fields = api_["components"]["schemas"]["fal.fal-ai.text-to-image.pro"]["properties"];
  EXPECT_TRUE(fields.contains("image_size"));
  EXPECT_EQ(fields["seed"]["maximum"], 18446744073709551615ULL);
  EXPECT_FALSE(fields.contains("aspect_ratio"));
  const json& simple = api_["paths"]["/fal/queue/fal-ai/text-to-image/pro"]["post"]["requestBody"]["content"]
                           ["application/json"]["examples"]["simple"]["value"];
  EXPECT_EQ(simple["prompt"], "a lighthouse at dusk");
}

TEST_F(ApiTest, AnAppIsDescribedOnceThoughTwoModelsAreBehindIt) {
  v1::ListModelsResponse models = Models();
  models.mutable_models(2)->set_fal_endpoint(models.models(0).fal_endpoint());
  const json api = json::parse(WriteApi(doors_.routes(), models));
  EXPECT_THAT(api["paths"]["/fal/run/fal-ai/text-to-image/pro"]["post"]["description"].get<std::string>(),
              HasSubstr("text-to-image/pro"));
  EXPECT_FALSE(api["paths"].contains("/fal/run/fal-ai/text-to-image/schnell"));
}

TEST_F(ApiTest, SecurityFollowsFromAccess) {
  for (const auto& [path, item] : api_["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      const Access access = RowOf(path, method)->access;
      EXPECT_EQ(operation["security"].empty(), access == Access::kOpen) << path;
      EXPECT_EQ(operation["responses"].contains("401"), access != Access::kOpen) << path;
      // The others' clients know no 402.
      if (path.starts_with("/api/v1/")) {
        EXPECT_EQ(operation["responses"].contains("402"), access == Access::kSpends) << path;
      }
    }
  }
}

TEST_F(ApiTest, AFailureHasTheStatusOfItsDialect) {
  const auto example = [&](const std::string& path, const std::string& status, const std::string& reason) {
    const std::string name =
        api_["paths"][path]["post"]["responses"][status]["$ref"].get<std::string>().substr(23);
    return api_["components"]["responses"][name]["content"]["application/json"]["examples"][reason]["value"];
  };
  EXPECT_EQ(example("/api/v1/flux/edit/x", "422", "INVALID_FIELD")["code"], "INVALID_FIELD");
  EXPECT_EQ(example("/v1/images/edits", "400", "INVALID_FIELD")["error"]["code"], "invalid_value");
  EXPECT_EQ(example("/fal/run/fal-ai/edit/x", "422", "INVALID_FIELD")["detail"][0]["type"], "value_error");
  EXPECT_EQ(example("/v1/images/edits", "429", "BUDGET_EXCEEDED")["error"]["code"], "insufficient_quota");
}

TEST(ApiWithoutModelsTest, IsADocumentAllTheSame) {
  fakes::FakeClock clock;
  fakes::FakeBackend backend;
  Log log{LogLevel::kError};
  const AliasFile aliases{"", log};
  const PublicDoors doors{backend, clock, aliases, {.max_body = 1 << 20}};
  const json api = json::parse(WriteApi(doors.routes(), {}));
  EXPECT_TRUE(api["paths"].contains("/v1/images/generations"));
  EXPECT_FALSE(api["paths"].contains("/api/v1/flux/text-to-image/pro"));
}

}  // namespace
}  // namespace flux::gateway

// The catalogue as the public API lists it.
#include "gateway/doors/flux/models.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace flux::gateway {
namespace {

TEST(RenderModelsTest, TellsEverythingByPublicNames) {
  v1::ListModelsResponse models;
  models.set_simulated(true);
  v1::Model& model = *models.add_models();
  model.set_name("image-to-image");
  model.set_fal_endpoint("fal-ai/flux/dev/image-to-image");
  model.set_max_images(4);
  model.mutable_unit_price()->set_micro_usd(30'000);
  model.mutable_unit_price()->set_unit(v1::PRICE_UNIT_MEGAPIXEL);
  v1::ModelParameter& image = *model.add_parameters();
  image.set_name("image");
  image.set_type(v1::PARAMETER_TYPE_IMAGE);
  image.set_required(true);
  image.set_fal_name("image_url");
  v1::ModelParameter& steps = *model.add_parameters();
  steps.set_name("num_inference_steps");
  steps.set_type(v1::PARAMETER_TYPE_INTEGER);
  steps.set_minimum(10);
  steps.set_maximum(50);
  steps.set_default_value("40");
  v1::ModelParameter& format = *model.add_parameters();
  format.set_name("output_format");
  format.set_type(v1::PARAMETER_TYPE_STRING);
  format.add_allowed_values("jpeg");

  EXPECT_EQ(nlohmann::json::parse(RenderModels(models)),
            nlohmann::json::parse(R"({"success":true,"simulated":true,"models":[
      {"name":"image-to-image","kind":"image-to-image","endpoint":"/api/v1/flux/image-to-image",
       "fal_endpoint":"fal-ai/flux/dev/image-to-image","max_images":4,"price":{"usd":0.03,"unit":"megapixel","source":"catalogue"},
       "parameters":[{"name":"image_url","type":"image","required":true,"fal_name":"image_url"},
         {"name":"num_inference_steps","type":"integer","required":false,"minimum":10.0,"maximum":50.0,"default":"40"},
         {"name":"output_format","type":"string","required":false,"allowed":["jpeg"]}]}]})"));
}

TEST(RenderModelsTest, TellsWhatIsNotConfirmedWhatIsOverAndWhatTakesLong) {
  v1::ListModelsResponse models;
  v1::Model& model = *models.add_models();
  model.set_name("transform/a");
  model.mutable_unit_price()->set_micro_usd(48'000);
  model.mutable_unit_price()->set_unit(v1::PRICE_UNIT_IMAGE);
  model.set_confirmed(false);
  model.set_unconfirmed("Its price is a guess.");
  model.set_deprecated("It is gone.");
  model.set_longest_seconds(600);
  v1::ResolutionPrice& price = *model.add_resolution_prices();
  price.set_resolution("4k");
  price.set_micro_usd(607'000);
  EXPECT_EQ(
      nlohmann::json::parse(RenderModels(models))["models"][0],
      nlohmann::json::parse(R"({"name":"transform/a","kind":"transform","endpoint":"/api/v1/flux/transform/a",
      "fal_endpoint":"","max_images":0,"parameters":[],"confirmed":false,"unconfirmed":"Its price is a guess.",
      "deprecated":"It is gone.","longest_seconds":600,
      "price":{"usd":0.048,"unit":"image","source":"catalogue","resolutions":{"4k":0.607}}})"));
}

TEST(RenderModelsTest, TellsWhosePriceItIs) {
  v1::ListModelsResponse models;
  v1::Model& model = *models.add_models();
  model.set_name("edit/x");
  model.mutable_unit_price()->set_micro_usd(30'000);
  model.mutable_unit_price()->set_unit(v1::PRICE_UNIT_IMAGE);
  model.set_price_source(v1::PRICE_SOURCE_FAL);
  model.mutable_catalogue_price()->set_micro_usd(40'000);
  model.set_price_note("fal says something else");
  EXPECT_EQ(nlohmann::json::parse(RenderModels(models))["models"][0]["price"],
            nlohmann::json::parse(R"({"usd":0.03,"unit":"image","source":"fal","catalogue_usd":0.04,
                                      "note":"fal says something else"})"));
}

}  // namespace
}  // namespace flux::gateway

// From a message to an order: what was set stays set, what was not stays away.
#include "service/order/order.h"

#include <gtest/gtest.h>

#include "service/order/value.h"

namespace flux::service {
namespace {

int SetFields(const Order& order) {
  int set = 0;
  for (const FieldRow& field : Fields()) set += IsSet(ValueOf(order, field.field));
  return set;
}

TEST(ToOrder, SetsNothingThatTheCallerDidNotSet) {
  v1::TextToImageRequest request;
  request.set_model("text-to-image/dev");
  EXPECT_EQ(SetFields(ToOrder(request)), 0);
  request.mutable_parameters();
  EXPECT_EQ(SetFields(ToOrder(request)), 0);
}

TEST(ToOrder, KeepsExplicitZeros) {
  v1::InpaintRequest request;
  request.set_strength(0);
  request.mutable_parameters()->set_guidance_scale(0);
  request.mutable_parameters()->set_seed(0);
  request.mutable_parameters()->set_num_images(0);
  request.mutable_parameters()->set_num_inference_steps(0);
  request.mutable_parameters()->set_sync_mode(false);
  request.mutable_parameters()->set_enable_safety_checker(false);
  const Order order = ToOrder(request);
  EXPECT_EQ(order.strength, 0);
  EXPECT_EQ(order.guidance_scale, 0);
  EXPECT_EQ(order.seed, 0u);
  EXPECT_EQ(order.num_images, 0u);
  EXPECT_EQ(order.num_inference_steps, 0u);
  EXPECT_EQ(order.sync_mode, false);
  EXPECT_EQ(order.enable_safety_checker, false);
  EXPECT_EQ(SetFields(order), 7);
}

TEST(ToOrder, TakesWhatIsEmptyAsNotSet) {
  v1::TextToImageRequest request;
  request.mutable_parameters()->set_negative_prompt("");
  request.mutable_parameters()->mutable_extra();
  request.mutable_parameters()->set_safety_tolerance("");
  request.mutable_parameters()->set_output_format(v1::OUTPUT_FORMAT_UNSPECIFIED);
  request.mutable_parameters()->set_acceleration(v1::ACCELERATION_UNSPECIFIED);
  EXPECT_EQ(SetFields(ToOrder(request)), 0);
  v1::EditImageRequest edit;
  EXPECT_EQ(SetFields(ToOrder(edit)), 0);
}

TEST(ToOrder, ATransformHasAPictureAndNoPrompt) {
  v1::TransformRequest request;
  request.set_model("transform/vision-upscaler");
  EXPECT_EQ(SetFields(ToOrder(request)), 0);
  request.mutable_image()->set_url("https://example.com/a.png");
  request.mutable_parameters()->set_seed(7);
  const Order order = ToOrder(request);
  EXPECT_EQ(order.kind, v1::MODEL_KIND_TRANSFORM);
  EXPECT_EQ(order.image, &request.image());
  EXPECT_EQ(order.seed, 7u);
  EXPECT_EQ(SetFields(order), 2);
}

TEST(ToOrder, ReadsEveryFieldAndTheKindOfTheRpc) {
  v1::InpaintRequest request;
  request.set_model("inpainting");
  request.set_prompt("a cat");
  request.mutable_image()->set_url("https://example.com/a.png");
  request.mutable_mask()->set_url("https://example.com/b.png");
  request.set_strength(0.5);
  v1::GenerationParameters& parameters = *request.mutable_parameters();
  parameters.mutable_image_size()->set_aspect_ratio("16:9");
  parameters.set_resolution("2k");
  parameters.set_num_images(2);
  parameters.set_num_inference_steps(3);
  parameters.set_guidance_scale(4.5);
  parameters.set_seed(18446744073709551615u);
  parameters.set_safety_tolerance("6");
  parameters.set_enable_safety_checker(true);
  parameters.set_output_format(v1::OUTPUT_FORMAT_PNG);
  parameters.set_acceleration(v1::ACCELERATION_HIGH);
  parameters.set_sync_mode(true);
  parameters.set_raw(true);
  parameters.set_enhance_prompt(true);
  parameters.set_image_prompt_strength(0.1);
  parameters.set_negative_prompt("dogs");
  parameters.add_loras()->set_path("weights");
  parameters.set_split_images(true);
  parameters.set_fetch_images(true);
  (*parameters.mutable_extra()->mutable_fields())["nag_scale"].set_number_value(3);

  const Order order = ToOrder(request);
  EXPECT_EQ(order.kind, v1::MODEL_KIND_INPAINTING);
  EXPECT_EQ(order.model, "inpainting");
  EXPECT_EQ(order.prompt, "a cat");
  EXPECT_EQ(order.image, &request.image());
  EXPECT_EQ(order.mask, &request.mask());
  EXPECT_EQ(order.strength, 0.5);
  EXPECT_EQ(order.image_size, &parameters.image_size());
  EXPECT_EQ(order.resolution, "2k");
  EXPECT_EQ(order.num_images, 2u);
  EXPECT_EQ(order.num_inference_steps, 3u);
  EXPECT_EQ(order.guidance_scale, 4.5);
  EXPECT_EQ(order.seed, 18446744073709551615u);
  EXPECT_EQ(order.safety_tolerance, "6");
  EXPECT_EQ(order.enable_safety_checker, true);
  EXPECT_EQ(order.output_format, v1::OUTPUT_FORMAT_PNG);
  EXPECT_EQ(order.acceleration, v1::ACCELERATION_HIGH);
  EXPECT_EQ(order.sync_mode, true);
  EXPECT_EQ(order.raw, true);
  EXPECT_EQ(order.enhance_prompt, true);
  EXPECT_EQ(order.image_prompt_strength, 0.1);
  EXPECT_EQ(order.negative_prompt, "dogs");
  EXPECT_EQ(order.loras, &parameters.loras());
  EXPECT_EQ(order.split_images, true);
  EXPECT_EQ(order.fetch_images, true);
  EXPECT_EQ(order.extra, &parameters.extra());
  EXPECT_EQ(static_cast<std::size_t>(SetFields(order)), Fields().size() - 1) << "all but images";

  v1::ImageToImageRequest other;
  other.mutable_image()->set_url("https://example.com/a.png");
  other.set_strength(1);
  EXPECT_EQ(ToOrder(other).kind, v1::MODEL_KIND_IMAGE_TO_IMAGE);
  EXPECT_EQ(ToOrder(other).image, &other.image());
  EXPECT_EQ(ToOrder(other).strength, 1);

  v1::EditImageRequest edit;
  edit.add_images()->set_url("https://example.com/a.png");
  EXPECT_EQ(ToOrder(edit).kind, v1::MODEL_KIND_EDIT);
  EXPECT_EQ(ToOrder(edit).images, &edit.images());
}

TEST(ValueOf, GivesEnumsTheirPublicTextAndUnknownNumbersNone) {
  Order order;
  const auto text = [&](Field field) { return std::get<std::string_view>(ValueOf(order, field)); };
  order.output_format = v1::OUTPUT_FORMAT_WEBP;
  EXPECT_EQ(text(Field::kOutputFormat), "webp");
  order.output_format = static_cast<v1::OutputFormat>(99);
  EXPECT_EQ(text(Field::kOutputFormat), "");
  order.acceleration = v1::ACCELERATION_REGULAR;
  EXPECT_EQ(text(Field::kAcceleration), "regular");
  order.acceleration = static_cast<v1::Acceleration>(99);
  EXPECT_EQ(text(Field::kAcceleration), "");
}

}  // namespace
}  // namespace flux::service

// Reads the value of one field from an order, as one of the types that a value can have.
#include "service/order/value.h"

#include <optional>

namespace flux::service {
namespace {

std::string_view Text(v1::OutputFormat format) {
  switch (format) {
    case v1::OUTPUT_FORMAT_JPEG:
      return "jpeg";
    case v1::OUTPUT_FORMAT_PNG:
      return "png";
    case v1::OUTPUT_FORMAT_WEBP:
      return "webp";
    default:
      return "";
  }
}

std::string_view Text(v1::Acceleration acceleration) {
  switch (acceleration) {
    case v1::ACCELERATION_NONE:
      return "none";
    case v1::ACCELERATION_REGULAR:
      return "regular";
    case v1::ACCELERATION_HIGH:
      return "high";
    default:
      return "";
  }
}

template <typename T>
Value Of(const std::optional<T>& member) {
  return member ? Value(*member) : Value();
}

Value Of(const std::optional<std::uint32_t>& member) {
  return member ? Value(std::uint64_t{*member}) : Value();
}

template <typename T>
Value Of(const T* member) {
  return member ? Value(member) : Value();
}

}  // namespace

Value ValueOf(const Order& order, Field field) {
  switch (field) {
    case Field::kPrompt:
      return Of(order.prompt);
    case Field::kImage:
      return Of(order.image);
    case Field::kMask:
      return Of(order.mask);
    case Field::kImages:
      return Of(order.images);
    case Field::kStrength:
      return Of(order.strength);
    case Field::kImageSize:
      return Of(order.image_size);
    case Field::kResolution:
      return Of(order.resolution);
    case Field::kNumImages:
      return Of(order.num_images);
    case Field::kNumInferenceSteps:
      return Of(order.num_inference_steps);
    case Field::kGuidanceScale:
      return Of(order.guidance_scale);
    case Field::kSeed:
      return Of(order.seed);
    case Field::kSafetyTolerance:
      return Of(order.safety_tolerance);
    case Field::kEnableSafetyChecker:
      return Of(order.enable_safety_checker);
    case Field::kOutputFormat:
      return order.output_format ? Value(Text(*order.output_format)) : Value();
    case Field::kAcceleration:
      return order.acceleration ? Value(Text(*order.acceleration)) : Value();
    case Field::kSyncMode:
      return Of(order.sync_mode);
    case Field::kRaw:
      return Of(order.raw);
    case Field::kEnhancePrompt:
      return Of(order.enhance_prompt);
    case Field::kImagePromptStrength:
      return Of(order.image_prompt_strength);
    case Field::kNegativePrompt:
      return Of(order.negative_prompt);
    case Field::kLoras:
      return Of(order.loras);
    case Field::kSplitImages:
      return Of(order.split_images);
    case Field::kFetchImages:
      return Of(order.fetch_images);
    case Field::kExtra:
      return Of(order.extra);
  }
  return {};
}

}  // namespace flux::service

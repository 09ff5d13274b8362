// The list of fields and how each is read from an order.
#include "service/model/field.h"

#include <array>
#include <cstddef>
#include <optional>

namespace flux::service {
namespace {

constexpr std::array kFields{
    FieldRow{Field::kPrompt, "prompt", v1::PARAMETER_TYPE_STRING},
    FieldRow{Field::kImage, "image", v1::PARAMETER_TYPE_IMAGE},
    FieldRow{Field::kMask, "mask", v1::PARAMETER_TYPE_IMAGE},
    FieldRow{Field::kStrength, "strength", v1::PARAMETER_TYPE_NUMBER},
    FieldRow{Field::kImageSize, "image_size", v1::PARAMETER_TYPE_IMAGE_SIZE},
    FieldRow{Field::kNumImages, "num_images", v1::PARAMETER_TYPE_INTEGER},
    FieldRow{Field::kNumInferenceSteps, "num_inference_steps", v1::PARAMETER_TYPE_INTEGER},
    FieldRow{Field::kGuidanceScale, "guidance_scale", v1::PARAMETER_TYPE_NUMBER},
    FieldRow{Field::kSeed, "seed", v1::PARAMETER_TYPE_INTEGER},
    FieldRow{Field::kSafetyTolerance, "safety_tolerance", v1::PARAMETER_TYPE_STRING},
    FieldRow{Field::kEnableSafetyChecker, "enable_safety_checker", v1::PARAMETER_TYPE_BOOLEAN},
    FieldRow{Field::kOutputFormat, "output_format", v1::PARAMETER_TYPE_STRING},
    FieldRow{Field::kAcceleration, "acceleration", v1::PARAMETER_TYPE_STRING},
    FieldRow{Field::kSyncMode, "sync_mode", v1::PARAMETER_TYPE_BOOLEAN},
};

consteval bool OrderedLikeTheEnum() {
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (static_cast<std::size_t>(kFields[i].field) != i) return false;
  }
  return kFields.size() == static_cast<std::size_t>(Field::kSyncMode) + 1;
}
static_assert(OrderedLikeTheEnum());

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

std::span<const FieldRow> Fields() {
  return kFields;
}

const FieldRow& RowOf(Field field) {
  return kFields[static_cast<std::size_t>(field)];
}

Value ValueOf(const Order& order, Field field) {
  switch (field) {
    case Field::kPrompt:
      return Of(order.prompt);
    case Field::kImage:
      return Of(order.image);
    case Field::kMask:
      return Of(order.mask);
    case Field::kStrength:
      return Of(order.strength);
    case Field::kImageSize:
      return Of(order.image_size);
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
  }
  return {};
}

}  // namespace flux::service

// The list of fields and how each is read from an order.
#include "service/model/field.h"

#include <array>
#include <cstddef>
#include <optional>

namespace flux::service {
namespace {

constexpr std::array kFields{
    FieldRow{Field::kPrompt, "prompt", v1::PARAMETER_TYPE_STRING, "prompt"},
    FieldRow{Field::kImage, "image", v1::PARAMETER_TYPE_IMAGE, "image_url"},
    FieldRow{Field::kMask, "mask", v1::PARAMETER_TYPE_IMAGE, "mask_url"},
    FieldRow{Field::kImages, "images", v1::PARAMETER_TYPE_IMAGES, "image_urls"},
    FieldRow{Field::kStrength, "strength", v1::PARAMETER_TYPE_NUMBER, "strength"},
    FieldRow{Field::kImageSize, "image_size", v1::PARAMETER_TYPE_IMAGE_SIZE, "image_size"},
    FieldRow{Field::kNumImages, "num_images", v1::PARAMETER_TYPE_INTEGER, "num_images"},
    FieldRow{Field::kNumInferenceSteps, "num_inference_steps", v1::PARAMETER_TYPE_INTEGER,
             "num_inference_steps"},
    FieldRow{Field::kGuidanceScale, "guidance_scale", v1::PARAMETER_TYPE_NUMBER, "guidance_scale"},
    FieldRow{Field::kSeed, "seed", v1::PARAMETER_TYPE_INTEGER, "seed"},
    FieldRow{Field::kSafetyTolerance, "safety_tolerance", v1::PARAMETER_TYPE_STRING, "safety_tolerance"},
    FieldRow{Field::kEnableSafetyChecker, "enable_safety_checker", v1::PARAMETER_TYPE_BOOLEAN,
             "enable_safety_checker"},
    FieldRow{Field::kOutputFormat, "output_format", v1::PARAMETER_TYPE_STRING, "output_format"},
    FieldRow{Field::kAcceleration, "acceleration", v1::PARAMETER_TYPE_STRING, "acceleration"},
    FieldRow{Field::kSyncMode, "sync_mode", v1::PARAMETER_TYPE_BOOLEAN, "sync_mode"},
    FieldRow{Field::kRaw, "raw", v1::PARAMETER_TYPE_BOOLEAN, "raw"},
    FieldRow{Field::kEnhancePrompt, "enhance_prompt", v1::PARAMETER_TYPE_BOOLEAN, "enhance_prompt"},
    FieldRow{Field::kImagePromptStrength, "image_prompt_strength", v1::PARAMETER_TYPE_NUMBER,
             "image_prompt_strength"},
    FieldRow{Field::kNegativePrompt, "negative_prompt", v1::PARAMETER_TYPE_STRING, "negative_prompt"},
    FieldRow{Field::kLoras, "loras", v1::PARAMETER_TYPE_LORAS, "loras"},
    FieldRow{Field::kSplitImages, "split_images", v1::PARAMETER_TYPE_BOOLEAN, ""},
    FieldRow{Field::kFetchImages, "fetch_images", v1::PARAMETER_TYPE_BOOLEAN, ""},
    FieldRow{Field::kExtra, "extra", v1::PARAMETER_TYPE_OBJECT, ""},
};

consteval bool OrderedLikeTheEnum() {
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (static_cast<std::size_t>(kFields[i].field) != i) return false;
  }
  return kFields.size() == static_cast<std::size_t>(Field::kExtra) + 1;
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

const FieldRow* FindField(std::string_view name) {
  for (const FieldRow& row : kFields) {
    if (row.name == name && row.field != Field::kExtra) return &row;
  }
  return nullptr;
}

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

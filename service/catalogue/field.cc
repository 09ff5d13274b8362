// The list of all fields: the name and type of each, in the order in which they are checked and shown.
#include "service/catalogue/field.h"

#include <array>
#include <cstddef>

namespace flux::service {
namespace {

constexpr std::array kFields{
    FieldRow{Field::kPrompt, "prompt", v1::PARAMETER_TYPE_STRING, "prompt"},
    FieldRow{Field::kImage, "image", v1::PARAMETER_TYPE_IMAGE, "image_url"},
    FieldRow{Field::kMask, "mask", v1::PARAMETER_TYPE_IMAGE, "mask_url"},
    FieldRow{Field::kImages, "images", v1::PARAMETER_TYPE_IMAGES, "image_urls"},
    FieldRow{Field::kStrength, "strength", v1::PARAMETER_TYPE_NUMBER, "strength"},
    FieldRow{Field::kImageSize, "image_size", v1::PARAMETER_TYPE_IMAGE_SIZE, "image_size"},
    FieldRow{Field::kResolution, "resolution", v1::PARAMETER_TYPE_STRING, "resolution"},
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

}  // namespace flux::service

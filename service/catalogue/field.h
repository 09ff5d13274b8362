// Field: everything that can be said in an order, as a closed list, so that rules, checks and JSON are loops
// over data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "flux/v1/models.pb.h"

namespace flux::service {

enum class Field {
  kPrompt,
  kImage,
  kMask,
  kImages,
  kStrength,
  kImageSize,
  kResolution,
  kNumImages,
  kNumInferenceSteps,
  kGuidanceScale,
  kSeed,
  kSafetyTolerance,
  kEnableSafetyChecker,
  kOutputFormat,
  kAcceleration,
  kSyncMode,
  kRaw,
  kEnhancePrompt,
  kImagePromptStrength,
  kNegativePrompt,
  kLoras,
  kSplitImages,
  kFetchImages,
  kExtra,  // whatever else a model takes, each by a name of its own
};

// What a field is called in `flux.v1`, its type there, and what fal usually calls it. Empty: fal never gets
// it; it is an instruction to this service.
struct FieldRow {
  Field field;
  std::string_view name;
  v1::ParameterType type;
  std::string_view fal_name;
};

// Every field, in the order of the enum.
std::span<const FieldRow> Fields();
const FieldRow& RowOf(Field field);

// The field of this name, kExtra aside; nullptr where there is none.
const FieldRow* FindField(std::string_view name);

}  // namespace flux::service

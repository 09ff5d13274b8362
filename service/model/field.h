// Field: everything that can be said in an order, as a closed list, so that rules, checks and JSON are loops
// over data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "flux/v1/generation.pb.h"
#include "flux/v1/models.pb.h"
#include "service/model/order.h"

namespace flux::service {

enum class Field {
  kPrompt,
  kImage,
  kMask,
  kStrength,
  kImageSize,
  kNumImages,
  kNumInferenceSteps,
  kGuidanceScale,
  kSeed,
  kSafetyTolerance,
  kEnableSafetyChecker,
  kOutputFormat,
  kAcceleration,
  kSyncMode,
};

// What a field is called in `flux.v1`, and its type there.
struct FieldRow {
  Field field;
  std::string_view name;
  v1::ParameterType type;
};

// Every field, in the order of the enum.
std::span<const FieldRow> Fields();
const FieldRow& RowOf(Field field);

// The value of one field in an order; monostate where it is not set. Enum values are their public text
// ("jpeg"); a number that `flux.v1` does not name is the empty text. Views and pointers are the order's.
using Value = std::variant<std::monostate, std::string_view, std::uint64_t, double, bool,
                           const v1::ImageInput*, const v1::ImageSize*>;
Value ValueOf(const Order& order, Field field);

inline bool IsSet(const Value& value) {
  return value.index() != 0;
}

}  // namespace flux::service

// Orders for tests, made from a model's own rules.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "service/model/catalogue.h"
#include "service/model/order.h"

namespace flux::service {

// The smallest file that is a picture by its first bytes.
inline const std::string kPngBytes("\x89PNG\r\n\x1a\n", 8);

inline const v1::ImageInput& SomeImage() {
  static const v1::ImageInput image = [] {
    v1::ImageInput made;
    made.set_url("https://example.com/cat.png");
    return made;
  }();
  return image;
}

inline const v1::ImageSize& SomeSize() {
  static const v1::ImageSize size = [] {
    v1::ImageSize made;
    made.set_preset(v1::SIZE_PRESET_SQUARE);
    return made;
  }();
  return size;
}

// Sets one field to a value that most models take.
inline void SetSomeValue(Order& order, Field field) {
  switch (field) {
    case Field::kPrompt:
      order.prompt = "a cat";
      break;
    case Field::kImage:
      order.image = &SomeImage();
      break;
    case Field::kMask:
      order.mask = &SomeImage();
      break;
    case Field::kStrength:
      order.strength = 0.5;
      break;
    case Field::kImageSize:
      order.image_size = &SomeSize();
      break;
    case Field::kNumImages:
      order.num_images = 2;
      break;
    case Field::kNumInferenceSteps:
      order.num_inference_steps = 12;
      break;
    case Field::kGuidanceScale:
      order.guidance_scale = 2;
      break;
    case Field::kSeed:
      order.seed = 7;
      break;
    case Field::kSafetyTolerance:
      order.safety_tolerance = "3";
      break;
    case Field::kEnableSafetyChecker:
      order.enable_safety_checker = true;
      break;
    case Field::kOutputFormat:
      order.output_format = v1::OUTPUT_FORMAT_PNG;
      break;
    case Field::kAcceleration:
      order.acceleration = v1::ACCELERATION_NONE;
      break;
    case Field::kSyncMode:
      order.sync_mode = true;
      break;
  }
}

inline void Clear(Order& order, Field field) {
  switch (field) {
    case Field::kPrompt:
      order.prompt.reset();
      break;
    case Field::kImage:
      order.image = nullptr;
      break;
    case Field::kMask:
      order.mask = nullptr;
      break;
    default:
      FAIL() << "no model requires " << RowOf(field).name;
  }
}

// What the model requires and nothing else.
inline Order MinimalOrder(const ModelRow& row) {
  Order order;
  order.kind = row.kind;
  order.model = row.name;
  for (const FieldRule& rule : row.rules) {
    if (rule.required) SetSomeValue(order, rule.field);
  }
  return order;
}

// One row as a test parameter, with a name that GoogleTest accepts.
inline std::string TestName(std::string name) {
  for (char& c : name) {
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) c = '_';
  }
  return name;
}

inline const Catalogue& TestCatalogue() {
  static const Catalogue catalogue = Catalogue::BuiltIn();
  return catalogue;
}

}  // namespace flux::service

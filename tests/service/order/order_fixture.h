// Orders for tests, made from a model's own rules.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "service/catalogue/catalogue.h"
#include "service/fal/fal_json.h"
#include "service/order/order.h"

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

// `count` pictures; lives for ever.
inline const ImageList& SomeImages(int count) {
  static std::map<int, ImageList> lists;
  ImageList& list = lists[count];
  while (list.size() < count) *list.Add() = SomeImage();
  return list;
}

// `count` LoRAs; lives for ever.
inline const LoraList& SomeLoras(int count) {
  static std::map<int, LoraList> lists;
  LoraList& list = lists[count];
  while (list.size() < count) list.Add()->set_path("https://example.com/weights.safetensors");
  return list;
}

// A preset, as every model with a size takes it.
inline const v1::ImageSize& SomeSize() {
  static const v1::ImageSize size = [] {
    v1::ImageSize made;
    made.set_preset(v1::SIZE_PRESET_SQUARE_HD);
    return made;
  }();
  return size;
}

// A value of an extra that its rule lets pass.
inline google::protobuf::Value SomeExtra(const FieldRule& rule) {
  google::protobuf::Value value;
  switch (rule.type) {
    case v1::PARAMETER_TYPE_STRING:
      value.set_string_value(rule.allowed.empty() ? "text" : rule.allowed.back());
      break;
    case v1::PARAMETER_TYPE_IMAGE:
      value.set_string_value("https://example.com/reference.png");
      break;
    case v1::PARAMETER_TYPE_BOOLEAN:
      value.set_bool_value(true);
      break;
    case v1::PARAMETER_TYPE_OBJECT:
      (*value.mutable_struct_value()->mutable_fields())["key"].set_number_value(1.5);
      break;
    case v1::PARAMETER_TYPE_OBJECTS:
      value.mutable_list_value()->add_values()->mutable_struct_value();
      break;
    default:
      value.set_number_value(rule.minimum.value_or(1));
  }
  return value;
}

// The required extras of a model, or all of them; lives for ever.
inline const google::protobuf::Struct& SomeExtras(const ModelRow& row, bool all) {
  static std::map<std::pair<std::string, bool>, google::protobuf::Struct> structs;
  google::protobuf::Struct& made = structs[{row.name, all}];
  for (const FieldRule& rule : row.rules) {
    if (rule.field == Field::kExtra && (all || rule.required))
      (*made.mutable_fields())[rule.fal_name] = SomeExtra(rule);
  }
  return made;
}

// Sets one field, extras aside, to a value that this rule lets pass.
inline void SetSomeValue(Order& order, const FieldRule& rule) {
  const double most = rule.maximum.value_or(4);
  switch (rule.field) {
    case Field::kPrompt:
      order.prompt = "a cat";
      break;
    case Field::kImage:
      order.image = &SomeImage();
      break;
    case Field::kMask:
      order.mask = &SomeImage();
      break;
    case Field::kImages:
      order.images = &SomeImages(static_cast<int>(rule.minimum.value_or(1)));
      break;
    case Field::kStrength:
      order.strength = 0.5;
      break;
    case Field::kImageSize:
      order.image_size = &SomeSize();
      break;
    case Field::kResolution:
      order.resolution = "2k";
      break;
    case Field::kNumImages:
      order.num_images = static_cast<std::uint32_t>(most);
      break;
    case Field::kNumInferenceSteps:
      order.num_inference_steps = static_cast<std::uint32_t>(most);
      break;
    case Field::kGuidanceScale:
      order.guidance_scale = most;
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
    case Field::kRaw:
      order.raw = true;
      break;
    case Field::kEnhancePrompt:
      order.enhance_prompt = true;
      break;
    case Field::kImagePromptStrength:
      order.image_prompt_strength = 0.5;
      break;
    case Field::kNegativePrompt:
      order.negative_prompt = "dogs";
      break;
    case Field::kLoras:
      order.loras = &SomeLoras(1);
      break;
    case Field::kSplitImages:
      order.split_images = true;
      break;
    case Field::kFetchImages:
      order.fetch_images = true;
      break;
    case Field::kExtra:
      FAIL() << "see SomeExtras";
  }
}

inline void SetSomeValue(Order& order, Field field) {
  FieldRule any;
  any.field = field;
  SetSomeValue(order, any);
}

inline void Clear(Order& order, const FieldRule& rule) {
  switch (rule.field) {
    case Field::kPrompt:
      order.prompt.reset();
      break;
    case Field::kImage:
      order.image = nullptr;
      break;
    case Field::kMask:
      order.mask = nullptr;
      break;
    case Field::kImages:
      order.images = nullptr;
      break;
    case Field::kExtra:
      order.extra = nullptr;
      break;
    default:
      FAIL() << "no model requires " << NameOf(rule);
  }
}

// What the model requires and nothing else.
inline Order MinimalOrder(const ModelRow& row) {
  Order order;
  order.kind = row.kind;
  order.model = row.name;
  for (const FieldRule& rule : row.rules) {
    if (!rule.required) continue;
    if (rule.field == Field::kExtra) {
      order.extra = &SomeExtras(row, false);
    } else {
      SetSomeValue(order, rule);
    }
  }
  return order;
}

// Everything that the model takes.
inline Order FullOrder(const ModelRow& row) {
  Order order = MinimalOrder(row);
  for (const FieldRule& rule : row.rules) {
    if (rule.field == Field::kExtra) {
      order.extra = &SomeExtras(row, true);
    } else {
      SetSomeValue(order, rule);
    }
  }
  return order;
}

// What fal would get.
inline nlohmann::json Sent(const ModelRow& row, const Order& order) {
  return nlohmann::json::parse(ToFalJson(row, order), nullptr, false);
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

// A built-in row by its name.
inline const ModelRow& BuiltInRow(std::string_view name) {
  const ModelRow* row = TestCatalogue().Find(name, KindOf(name));
  if (row) return *row;
  ADD_FAILURE() << "no model " << name;
  return TestCatalogue().rows().front();
}

}  // namespace flux::service

// Order: what one caller asked for, the same shape for every generation RPC. A view: it copies no bytes and
// checks nothing; validate.h does.
#pragma once

#include <google/protobuf/repeated_field.h>
#include <google/protobuf/struct.pb.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "flux/v1/flux_service.pb.h"
#include "flux/v1/generation.pb.h"
#include "flux/v1/models.pb.h"

namespace flux::service {

using ImageList = google::protobuf::RepeatedPtrField<v1::ImageInput>;
using LoraList = google::protobuf::RepeatedPtrField<v1::Lora>;

// Points into the request it was made from, which must outlive it unchanged. A member without a value was not
// set by the caller and is not sent to fal.
struct Order {
  v1::ModelKind kind = v1::MODEL_KIND_UNSPECIFIED;
  std::string_view model;
  std::optional<std::string_view> prompt;
  const v1::ImageInput* image = nullptr;
  const v1::ImageInput* mask = nullptr;
  const ImageList* images = nullptr;
  std::optional<double> strength;
  const v1::ImageSize* image_size = nullptr;
  std::optional<std::string_view> resolution;
  std::optional<std::uint32_t> num_images;
  std::optional<std::uint32_t> num_inference_steps;
  std::optional<double> guidance_scale;
  std::optional<std::uint64_t> seed;
  std::optional<std::string_view> safety_tolerance;
  std::optional<bool> enable_safety_checker;
  std::optional<v1::OutputFormat> output_format;
  std::optional<v1::Acceleration> acceleration;
  std::optional<bool> sync_mode;
  std::optional<bool> raw;
  std::optional<bool> enhance_prompt;
  std::optional<double> image_prompt_strength;
  std::optional<std::string_view> negative_prompt;
  const LoraList* loras = nullptr;
  std::optional<bool> split_images;
  std::optional<bool> fetch_images;
  const google::protobuf::Struct* extra = nullptr;
  v1::QueuePriority queue_priority = v1::QUEUE_PRIORITY_UNSPECIFIED;
  bool warn_of_unknown_extra = false;  // of a name that no model knows, instead of refusing it
};

// Empty text, empty lists, an empty `extra` and an _UNSPECIFIED enum value count as not set.
Order ToOrder(const v1::TextToImageRequest& request);
Order ToOrder(const v1::ImageToImageRequest& request);
Order ToOrder(const v1::InpaintRequest& request);
Order ToOrder(const v1::EditImageRequest& request);
Order ToOrder(const v1::TransformRequest& request);

// A view of a temporary would dangle.
Order ToOrder(v1::TextToImageRequest&&) = delete;
Order ToOrder(v1::ImageToImageRequest&&) = delete;
Order ToOrder(v1::InpaintRequest&&) = delete;
Order ToOrder(v1::EditImageRequest&&) = delete;
Order ToOrder(v1::TransformRequest&&) = delete;

}  // namespace flux::service

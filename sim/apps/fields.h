// What the families of models share: fields that mean the same everywhere (fal-api §1.1), and how a model's
// list is put together. The order of a list is the order in which problems are told. Ranges marked U are
// UNCONFIRMED in fal-api.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "sim/apps/models.h"
#include "sim/apps/size.h"

namespace flux::sim {

// The families, one file each.
std::span<const Model> Flux1Models();       // flux/*, flux-1/*
std::span<const Model> ProModels();         // flux-pro but for kontext and fill
std::span<const Model> KontextModels();     // flux-pro/kontext/*, flux-kontext/dev
std::span<const Model> InpaintingModels();  // whatever takes a mask
std::span<const Model> Flux2Models();       // flux-2*, but for those below
std::span<const Model> Flux2LoraModels();   // flux-2/lora, flux-2/klein/*/lora, the gallery
std::span<const Model> Flux3Models();       // flux-3
std::span<const Model> LoraModels();       // the open FLUX.1 apps with weights or a picture of their own kind
std::span<const Model> TransformModels();  // those without a prompt

template <std::size_t... N>
constexpr auto Join(const std::array<Field, N>&... parts) {
  std::array<Field, (N + ...)> all{};
  auto next = all.begin();
  ((next = std::ranges::copy(parts, next).out), ...);
  return all;
}

inline constexpr std::string_view kTolerances5[] = {"1", "2", "3", "4", "5"};
inline constexpr std::string_view kTolerances6[] = {"1", "2", "3", "4", "5", "6"};
inline constexpr std::string_view kAccelerations2[] = {"none", "regular"};
inline constexpr std::string_view kAccelerations3[] = {"none", "regular", "high"};
inline constexpr std::string_view kFormats2[] = {"jpeg", "png"};
inline constexpr std::string_view kFormats3[] = {"jpeg", "png", "webp"};
inline constexpr std::string_view kRatios9[] = {"21:9", "16:9", "4:3",  "3:2", "1:1",
                                                "2:3",  "3:4",  "9:16", "9:21"};
// Where "auto" stands in fal's list is not known.
inline constexpr std::string_view kSizesOrAuto[] = {
    "auto", "square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"};

constexpr Field Flag(std::string_view name, std::string_view fallback) {
  return {.name = name, .kind = FieldKind::kBoolean, .fallback = fallback};
}
constexpr Field Number(std::string_view name, std::string_view fallback) {
  return {.name = name, .kind = FieldKind::kNumber, .fallback = fallback};
}
constexpr Field Number(std::string_view name, double least, double most, std::string_view fallback) {
  return {.name = name, .kind = FieldKind::kNumber, .least = least, .most = most, .fallback = fallback};
}
constexpr Field Choice(std::string_view name, std::span<const std::string_view> choices,
                       std::string_view fallback) {
  return {.name = name, .kind = FieldKind::kChoice, .choices = choices, .fallback = fallback};
}
constexpr Field Steps(double least, double most, std::string_view fallback) {
  return {.name = "num_inference_steps",
          .kind = FieldKind::kInteger,
          .least = least,
          .most = most,
          .fallback = fallback};
}
constexpr Field Guidance(double least, double most, std::string_view fallback) {
  return Number("guidance_scale", least, most, fallback);
}

// Of weights: `force` is known to the FLUX.1 apps alone.
inline constexpr Field kLoraMembers[] = {
    {.name = "path", .kind = FieldKind::kText, .required = true},
    Number("scale", "1"),
    Flag("force", "false"),
};
inline constexpr Field kLoras{
    .name = "loras", .kind = FieldKind::kObjects, .fallback = "[]", .members = kLoraMembers};
inline constexpr Field kThreeLoras{.name = "loras",
                                   .kind = FieldKind::kObjects,
                                   .most = 3,
                                   .fallback = "[]",
                                   .members = std::span<const Field>(kLoraMembers).first(2),
                                   .counted = true};
inline constexpr std::string_view kSchedulers[] = {"euler", "dpmpp_2m"};

constexpr Field Integer(std::string_view name, double least, double most, std::string_view fallback) {
  return {.name = name, .kind = FieldKind::kInteger, .least = least, .most = most, .fallback = fallback};
}
constexpr Field Picture(std::string_view name) {
  return {.name = name, .kind = FieldKind::kImage, .required = true};
}

inline constexpr Field kPrompt{.name = "prompt", .kind = FieldKind::kText, .required = true};
inline constexpr Field kOptionalPrompt{.name = "prompt", .kind = FieldKind::kText, .fallback = R"("")"};
inline constexpr Field kImageUrl{.name = "image_url", .kind = FieldKind::kImage, .required = true};
inline constexpr Field kOptionalImageUrl{.name = "image_url", .kind = FieldKind::kImage, .nullable = true};
inline constexpr Field kMaskUrl{.name = "mask_url", .kind = FieldKind::kImage, .required = true};
// An empty list is refused: U.
inline constexpr Field kImageUrls{
    .name = "image_urls", .kind = FieldKind::kImages, .required = true, .least = 1};
inline constexpr Field kSize{.name = "image_size",
                             .kind = FieldKind::kImageSize,
                             .choices = kSizePresets,
                             .fallback = R"("landscape_4_3")"};
inline constexpr Field kSizeOfInput{
    .name = "image_size", .kind = FieldKind::kImageSize, .nullable = true, .choices = kSizePresets};
inline constexpr Field kSeed{.name = "seed", .kind = FieldKind::kInteger, .nullable = true};
inline constexpr Field kSyncMode = Flag("sync_mode", "false");
inline constexpr Field kEnhancePrompt = Flag("enhance_prompt", "false");
inline constexpr Field kNumImages{
    .name = "num_images", .kind = FieldKind::kInteger, .least = 1, .most = 4, .fallback = "1"};
inline constexpr Field kChecker{.name = "enable_safety_checker",
                                .kind = FieldKind::kBoolean,
                                .fallback = "true",
                                .alias = "enable_safety_checks"};
inline constexpr Field kTolerance6 = Choice("safety_tolerance", kTolerances6, R"("2")");
inline constexpr Field kJpegOrPng = Choice("output_format", kFormats2, R"("jpeg")");
inline constexpr Field kPngOrJpeg = Choice("output_format", kFormats2, R"("png")");
inline constexpr Field kAcceleration2 = Choice("acceleration", kAccelerations2, R"("none")");
inline constexpr Field kAcceleration3 = Choice("acceleration", kAccelerations3, R"("none")");
inline constexpr Field kAccelerationOn = Choice("acceleration", kAccelerations3, R"("regular")");

// What nearly every model ends with.
inline constexpr std::array kOutput = {kNumImages, kSeed, kSyncMode, kJpegOrPng};

}  // namespace flux::sim

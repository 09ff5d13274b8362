// The table.
#include "sim/models.h"

#include <algorithm>

namespace flux::sim {
namespace {

using enum FieldKind;

constexpr std::string_view kTolerances6[] = {"1", "2", "3", "4", "5", "6"};
constexpr std::string_view kAccelerations2[] = {"none", "regular"};
constexpr std::string_view kAccelerations3[] = {"none", "regular", "high"};
constexpr std::string_view kFormats2[] = {"jpeg", "png"};

constexpr Field Between(Field field, double least, double most, std::string_view fallback) {
  field.least = least;
  field.most = most;
  field.fallback = fallback;
  return field;
}

constexpr Field kPrompt{.name = "prompt", .kind = kText, .required = true};
constexpr Field kImageUrl{.name = "image_url", .kind = kImage, .required = true};
constexpr Field kMaskUrl{.name = "mask_url", .kind = kImage, .required = true};
constexpr Field kSize{.name = "image_size", .kind = kImageSize, .fallback = R"("landscape_4_3")"};
constexpr Field kSizeOfInput{.name = "image_size", .kind = kImageSize, .nullable = true};
constexpr Field kSteps{.name = "num_inference_steps", .kind = kInteger};
constexpr Field kGuidance{.name = "guidance_scale", .kind = kNumber};
constexpr Field kStrength{.name = "strength", .kind = kNumber};
constexpr Field kSeed{.name = "seed", .kind = kInteger, .nullable = true};
constexpr Field kSyncMode{.name = "sync_mode", .kind = kBoolean, .fallback = "false"};
constexpr Field kNumImages{.name = "num_images", .kind = kInteger, .least = 1, .most = 4, .fallback = "1"};
constexpr Field kChecker{
    .name = "enable_safety_checker", .kind = kBoolean, .fallback = "true", .alias = "enable_safety_checks"};
constexpr Field kTolerance6{
    .name = "safety_tolerance", .kind = kChoice, .choices = kTolerances6, .fallback = R"("2")"};
constexpr Field kJpegOrPng{
    .name = "output_format", .kind = kChoice, .choices = kFormats2, .fallback = R"("jpeg")"};
constexpr Field kAcceleration2{
    .name = "acceleration", .kind = kChoice, .choices = kAccelerations2, .fallback = R"("none")"};
constexpr Field kAcceleration3{
    .name = "acceleration", .kind = kChoice, .choices = kAccelerations3, .fallback = R"("none")"};

constexpr Field kLoraMembers[] = {
    {.name = "path", .kind = kText, .required = true},
    {.name = "scale", .kind = kNumber, .fallback = "1"},
    {.name = "force", .kind = kBoolean, .fallback = "false"},
};
constexpr Field kLoras{.name = "loras", .kind = kObjects, .fallback = "[]", .members = kLoraMembers};

constexpr Field kFluxPro[] = {
    kPrompt,
    kSize,
    Between(kSteps, 1, 50, "28"),
    Between(kGuidance, 1, 20, "3.5"),
    kTolerance6,
    kNumImages,
    kSeed,
    kSyncMode,
    kJpegOrPng,
};
constexpr Field kFluxDev[] = {
    kPrompt,
    kSize,
    Between(kSteps, 1, 50, "28"),
    Between(kGuidance, 1, 20, "3.5"),
    kChecker,
    kNumImages,
    kSeed,
    kSyncMode,
    kJpegOrPng,
    kAcceleration3,
};
constexpr Field kFluxSchnell[] = {
    kPrompt,
    kSize,
    Between(kSteps, 1, 12, "4"),
    Between(kGuidance, 1, 20, "3.5"),
    kChecker,
    kNumImages,
    kSeed,
    kSyncMode,
    kJpegOrPng,
    kAcceleration3,
};
constexpr Field kFluxDevImageToImage[] = {
    kPrompt,
    kImageUrl,
    Between(kStrength, 0.01, 1, "0.95"),
    Between(kSteps, 10, 50, "40"),
    Between(kGuidance, 1, 20, "3.5"),
    kChecker,
    kNumImages,
    kSeed,
    kSyncMode,
    kJpegOrPng,
    kAcceleration3,
};
constexpr Field kFluxLoraInpainting[] = {
    kPrompt,
    kImageUrl,
    kMaskUrl,
    Between(kStrength, 0.01, 1, "0.85"),
    kSizeOfInput,
    Between(kSteps, 1, 50, "28"),
    Between(kGuidance, 0, 35, "3.5"),
    kChecker,
    kLoras,
    kNumImages,
    kSeed,
    kSyncMode,
    kJpegOrPng,
    kAcceleration2,
};

constexpr Model kModels[] = {
    {"fal-ai/flux-pro", kFluxPro},
    {"fal-ai/flux/dev", kFluxDev},
    {"fal-ai/flux/schnell", kFluxSchnell},
    {"fal-ai/flux/dev/image-to-image", kFluxDevImageToImage},
    {"fal-ai/flux-lora/inpainting", kFluxLoraInpainting},
};

}  // namespace

std::span<const Model> Models() {
  return kModels;
}

const Model* FindModel(std::string_view endpoint) {
  const auto* found = std::ranges::find(kModels, endpoint, &Model::endpoint);
  return found == std::end(kModels) ? nullptr : found;
}

bool AppExists(std::string_view app) {
  return std::ranges::any_of(kModels, [app](const Model& model) {
    std::string_view owner_alias, path;
    return SplitEndpoint(model.endpoint, owner_alias, path) && owner_alias == app;
  });
}

bool SplitEndpoint(std::string_view endpoint, std::string_view& app, std::string_view& path) {
  const auto owner = endpoint.find('/');
  if (owner == 0 || owner == std::string_view::npos || owner + 1 == endpoint.size()) return false;
  const auto alias = endpoint.find('/', owner + 1);
  if (alias == owner + 1) return false;
  app = endpoint.substr(0, alias);
  path = alias == std::string_view::npos ? std::string_view() : endpoint.substr(alias + 1);
  return true;
}

}  // namespace flux::sim

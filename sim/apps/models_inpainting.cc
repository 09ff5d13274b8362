// The apps that repaint the part of a picture that a mask shows (fal-api §1.4). All are billed by the
// megapixel (§8).
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr Field kLoraMembers[] = {
    {.name = "path", .kind = FieldKind::kText, .required = true},
    Number("scale", "1"),
    Flag("force", "false"),
};
constexpr Field kLoras{
    .name = "loras", .kind = FieldKind::kObjects, .fallback = "[]", .members = kLoraMembers};
constexpr std::string_view kSchedulers[] = {"euler", "dpmpp_2m"};

constexpr std::array kInputs = {kPrompt, kImageUrl, kMaskUrl};
constexpr std::array kOpenEnd = {kNumImages, kSeed, kSyncMode, kJpegOrPng, kAcceleration2};

constexpr auto kLora = Join(kInputs,
                            std::array{Number("strength", 0.01, 1, "0.85"), kSizeOfInput, Steps(1, 50, "28"),
                                       Guidance(0, 35, "3.5"), kChecker, kLoras},
                            kOpenEnd);

// What is inside controlnets, ip_adapters and fill_image is not known: any object passes. Ranges: U, taken
// from flux-lora where there are any.
constexpr auto kGeneral = Join(
    kInputs,
    std::array{Number("strength", 0.01, 1, "0.85"), kSizeOfInput, Steps(1, 50, "28"), Guidance(0, 35, "3.5"),
               kChecker, kLoras, Field{.name = "controlnets", .kind = FieldKind::kObjects, .fallback = "[]"},
               Field{.name = "ip_adapters", .kind = FieldKind::kObjects, .fallback = "[]"},
               Field{.name = "negative_prompt", .kind = FieldKind::kText, .fallback = R"("")"},
               Number("nag_scale", "3"), Number("nag_tau", "2.5"), Number("nag_alpha", "0.25"),
               Number("nag_end", "0.25"), Choice("scheduler", kSchedulers, R"("euler")"),
               Number("base_shift", "0.5"), Number("max_shift", "1.15"),
               Field{.name = "reference_image_url", .kind = FieldKind::kImage, .nullable = true}},
    std::array{kNumImages, kSeed, kSyncMode, kPngOrJpeg});

constexpr auto kLoraFill =
    Join(std::array{kOptionalPrompt, kImageUrl, kMaskUrl, kSizeOfInput, Steps(1, 50, "28"),
                    Number("guidance_scale", "30"), kChecker, kLoras, Flag("paste_back", "true"),
                    Flag("resize_to_original", "false"),
                    Field{.name = "fill_image", .kind = FieldKind::kObject, .nullable = true}},
         kOpenEnd);

constexpr auto kKontextLora =
    Join(kInputs,
         std::array{Field{.name = "reference_image_url", .kind = FieldKind::kImage, .required = true},
                    Number("strength", 0.01, 1, "0.88"), Steps(10, 50, "30"), Guidance(0, 20, "2.5"),
                    kChecker, kLoras},
         std::array{kNumImages, kSeed, kSyncMode, kPngOrJpeg, kAcceleration2});

constexpr auto kProFill = Join(kInputs, std::array{kEnhancePrompt, kTolerance6}, kOutput);

constexpr Model kModels[] = {
    {"fal-ai/flux-lora/inpainting", kLora, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-krea-lora/inpainting", kLora, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-general/inpainting", kGeneral, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-lora-fill", kLoraFill, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-kontext-lora/inpaint", kKontextLora, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-pro/v1/fill", kProFill},
};

}  // namespace

std::span<const Model> InpaintingModels() {
  return kModels;
}

}  // namespace flux::sim

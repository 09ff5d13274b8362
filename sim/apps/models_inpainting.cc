// The apps that repaint the part of a picture that a mask shows (fal-api §1.4). All are billed by the
// megapixel (§8), erase by those of its pictures, three at least (§13).
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

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

// Mask: white is erased (fal-api §13). No prompt and no seed.
constexpr std::array kErase = {kImageUrl, kMaskUrl, Integer("dilate_pixels", 0, 25, "10"), kSyncMode,
                               kJpegOrPng};

constexpr Model kModels[] = {
    {"fal-ai/flux-lora/inpainting", kLora, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-krea-lora/inpainting", kLora, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-general/inpainting", kGeneral, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-lora-fill", kLoraFill, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-kontext-lora/inpaint", kKontextLora, Unit::kMegapixel, PictureForm::kFile},
    {"fal-ai/flux-pro/v1/fill", kProFill},
    {.endpoint = "fal-ai/flux-pro/v1/erase",
     .fields = kErase,
     .unit = Unit::kMegapixelInAndOut,
     .least_input = 3},
};

}  // namespace

std::span<const Model> InpaintingModels() {
  return kModels;
}

}  // namespace flux::sim

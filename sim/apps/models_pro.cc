// FLUX.1 [pro], 1.1 and ultra, with their redux (fal-api §1.3). Ultra is billed by the picture, the others by
// the megapixel (§8). The flag for a checker, which older clients know here, is not a field any more.
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

// Ranges: U.
constexpr std::array kStepsAndGuidance = {Steps(1, 50, "28"), Guidance(1, 20, "3.5")};
constexpr auto kEnd = Join(std::array{kTolerance6}, kOutput);
constexpr auto kEnhancedEnd = Join(std::array{kEnhancePrompt, kTolerance6}, kOutput);
// Any string passes the schema; what becomes of an odd one is told in size.h.
constexpr std::array kUltraShape = {
    Field{.name = "aspect_ratio", .kind = FieldKind::kText, .fallback = R"("16:9")"}, Flag("raw", "false")};
constexpr std::array kPromptStrength = {Number("image_prompt_strength", 0, 1, "0.1")};

constexpr auto kPro = Join(std::array{kPrompt, kSize}, kStepsAndGuidance, kEnd);
constexpr auto kProNew = Join(std::array{kPrompt, kSize}, kStepsAndGuidance, kEnhancedEnd);
constexpr auto kPro11 = Join(std::array{kPrompt, kSize}, kEnhancedEnd);
constexpr auto kRedux = Join(std::array{kOptionalPrompt, kImageUrl, kSize}, kStepsAndGuidance, kEnhancedEnd);
constexpr auto kUltra =
    Join(std::array{kPrompt, kOptionalImageUrl}, kPromptStrength, kUltraShape, kEnhancedEnd);
constexpr auto kUltraRedux =
    Join(std::array{kOptionalPrompt, kImageUrl}, kPromptStrength, kUltraShape, kEnhancedEnd);

// fal-api §13. The range of finetune_strength is U.
constexpr auto kFinetuned =
    Join(std::array{kPrompt, kOptionalImageUrl},
         std::array{Field{.name = "finetune_id", .kind = FieldKind::kText, .required = true},
                    Field{.name = "finetune_strength",
                          .kind = FieldKind::kNumber,
                          .required = true,
                          .least = 0,
                          .most = 2}},
         kPromptStrength, kUltraShape, kEnhancedEnd);
constexpr Field Within(Field picture, std::int64_t megapixels) {
  picture.most_pixels = megapixels * 1024 * 1024;
  return picture;
}
constexpr std::array kTryOn = {kPrompt,
                               Within(Picture("human_image_url"), 2),
                               Within(Picture("garment_image_url"), 1),
                               kSeed,
                               kSyncMode,
                               kJpegOrPng};

constexpr Model kModels[] = {
    {"fal-ai/flux-pro", kPro},  // legacy; whether it still answers is U
    {"fal-ai/flux-pro/new", kProNew},
    {"fal-ai/flux-pro/v1.1", kPro11},
    {"fal-ai/flux-pro/v1/redux", kRedux},
    {"fal-ai/flux-pro/v1.1/redux", kRedux},
    {.endpoint = "fal-ai/flux-pro/v1.1-ultra", .fields = kUltra, .unit = Unit::kImage, .ratio_megapixels = 4},
    {.endpoint = "fal-ai/flux-pro/v1.1-ultra-finetuned",
     .fields = kFinetuned,
     .unit = Unit::kImage,
     .ratio_megapixels = 4},
    {"fal-ai/flux-pro/v1/vto", kTryOn, Unit::kMegapixelInAndOut},
    {.endpoint = "fal-ai/flux-pro/v1.1-ultra/redux",
     .fields = kUltraRedux,
     .unit = Unit::kImage,
     .ratio_megapixels = 4},
};

}  // namespace

std::span<const Model> ProModels() {
  return kModels;
}

}  // namespace flux::sim

// FLUX.1 Kontext (fal-api §1.3): the apps that change a picture as the prompt says. Pro and max are billed by
// the picture, dev by the megapixel (§8).
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr std::string_view kResolutionModes[] = {"match_input", "auto", "1:1", "16:9", "21:9", "3:2", "2:3",
                                                 "4:5",         "5:4",  "3:4", "4:3",  "9:16", "9:21"};

// Absent: the picture follows the input.
constexpr Field kRatio{
    .name = "aspect_ratio", .kind = FieldKind::kChoice, .nullable = true, .choices = kRatios9};

constexpr auto kEnd = Join(std::array{Guidance(1, 20, "3.5"), kEnhancePrompt, kTolerance6}, kOutput);
constexpr auto kOne = Join(std::array{kPrompt, kImageUrl, kRatio}, kEnd);
constexpr auto kSeveral = Join(std::array{kPrompt, kImageUrls, kRatio}, kEnd);
constexpr auto kFromText = Join(std::array{kPrompt, Choice("aspect_ratio", kRatios9, R"("1:1")")}, kEnd);
// Ranges: U.
constexpr auto kDev =
    Join(std::array{kPrompt, kImageUrl, Choice("resolution_mode", kResolutionModes, R"("match_input")"),
                    Steps(10, 50, "28"), Guidance(1, 20, "2.5"), kChecker},
         kOutput, std::array{kAcceleration3});

constexpr Model kModels[] = {
    {"fal-ai/flux-pro/kontext", kOne, Unit::kImage, PictureForm::kFile},
    {"fal-ai/flux-pro/kontext/max", kOne, Unit::kImage, PictureForm::kFile},
    {"fal-ai/flux-pro/kontext/multi", kSeveral, Unit::kImage},
    {"fal-ai/flux-pro/kontext/max/multi", kSeveral, Unit::kImage},
    {"fal-ai/flux-pro/kontext/text-to-image", kFromText, Unit::kImage},
    {"fal-ai/flux-pro/kontext/max/text-to-image", kFromText, Unit::kImage},
    {"fal-ai/flux-kontext/dev", kDev, Unit::kMegapixel, PictureForm::kFile},
};

}  // namespace

std::span<const Model> KontextModels() {
  return kModels;
}

}  // namespace flux::sim

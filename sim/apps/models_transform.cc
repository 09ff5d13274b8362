// The apps that make another picture of one, without a prompt (fal-api §13). Outpaint charges no first
// megapixel of what is handed in, as fal's example of 1024² has it.
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr std::string_view kModes[] = {"high", "fast"};
constexpr std::array kOutpaint = {kImageUrl,
                                  Integer("expand_top", 0, 2048, "0"),
                                  Integer("expand_bottom", 0, 2048, "0"),
                                  Integer("expand_left", 0, 2048, "0"),
                                  Integer("expand_right", 0, 2048, "0"),
                                  Flag("auto_crop", "false"),
                                  Choice("mode", kModes, R"("high")"),
                                  kChecker,
                                  kSyncMode,
                                  kJpegOrPng};
// The range of creativity is U.
constexpr std::array kUpscale = {kImageUrl,
                                 Number("upscale_factor", 1, 4, "2"),
                                 Number("creativity", 0, 1, "0.3"),
                                 Number("guidance", 1, 4, "1"),
                                 Integer("steps", 4, 50, "20"),
                                 kSeed,
                                 kChecker};
// Ranges: U, but for the angles and the zoom.
constexpr std::array kAngles = {kImageUrls,
                                Number("horizontal_angle", 0, 360, "0"),
                                Number("vertical_angle", 0, 60, "0"),
                                Number("zoom", 0, 10, "5"),
                                Number("lora_scale", "1"),
                                kSizeOfInput,
                                Steps(1, 50, "40"),
                                Guidance(0, 20, "2.5"),
                                Choice("acceleration", kAccelerations2, R"("regular")"),
                                kNumImages,
                                kSeed,
                                kSyncMode,
                                Choice("output_format", kFormats3, R"("png")"),
                                kChecker};

constexpr Model kModels[] = {
    {.endpoint = "fal-ai/flux-2-pro/outpaint",
     .fields = kOutpaint,
     .unit = Unit::kMegapixelInAndOut,
     .picture = PictureForm::kFile,
     .reply = ReplyForm::kImages,
     .free_input = 1},
    {.endpoint = "fal-ai/flux-vision-upscaler", .fields = kUpscale, .reply = ReplyForm::kOneImage},
    {.endpoint = "fal-ai/flux-2-lora-gallery/multiple-angles",
     .fields = kAngles,
     .unit = Unit::kMegapixelInAndOut,
     .picture = PictureForm::kFile,
     .resizes_input = true},
};

}  // namespace

std::span<const Model> TransformModels() {
  return kModels;
}

}  // namespace flux::sim

// FLUX 3 (fal-api §12): a ratio and a class of pixels, a tolerance that is a number, replies with nothing but
// pictures. Billed by the class.
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr std::string_view kRatios[] = {"auto", "21:9", "2:1", "16:9", "3:2", "7:5",  "4:3", "5:4",
                                        "1:1",  "4:5",  "3:4", "5:7",  "2:3", "9:16", "1:2"};
constexpr std::string_view kResolutions[] = {"512sq", "768sq", "1k", "2k", "4k"};
constexpr std::string_view kVersions[] = {"latest"};

constexpr Field kReferences{.name = "image_urls",
                            .kind = FieldKind::kImages,
                            .required = true,
                            .least = 1,
                            .most = 10,
                            .counted = true,
                            .least_side = 256,
                            .most_pixels = std::int64_t{4} * 1024 * 1024};

constexpr std::array kEnd = {
    Choice("aspect_ratio", kRatios, R"("auto")"), Choice("resolution", kResolutions, R"("1k")"),
    Integer("safety_tolerance", 0, 4, "2"),       kJpegOrPng,
    Flag("enable_prompt_expansion", "false"),     kSyncMode,
    Choice("version", kVersions, R"("latest")")};
constexpr auto kText = Join(std::array{kPrompt}, kEnd);
constexpr auto kEdit = Join(std::array{kPrompt, kReferences}, kEnd);

constexpr Model kModels[] = {
    {"blackforestlabs/flux-3/text-to-image", kText, Unit::kResolution, PictureForm::kFile,
     ReplyForm::kImages},
    {"blackforestlabs/flux-3/edit-image", kEdit, Unit::kResolution, PictureForm::kFile, ReplyForm::kImages},
};

}  // namespace

std::span<const Model> Flux3Models() {
  return kModels;
}

}  // namespace flux::sim

// FLUX.2 with weights of the caller's own, and fal's gallery of its own weights (fal-api §13). Whether what
// is handed in is billed is confirmed of flux-2/lora and of klein 9b base, U of the others.
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr Field Bounded(Field size) {
  size.least = 512;
  size.most = 2048;
  return size;
}
constexpr Field FirstFour(Field images) {
  images.most = 4;
  return images;
}

constexpr Field kImages = FirstFour(kImageUrls);
constexpr Field kSteps28 = Steps(4, 50, "28");
constexpr Field kNegative{.name = "negative_prompt", .kind = FieldKind::kText, .fallback = R"("")"};
constexpr std::array kOutput3 = {kNumImages, kSeed, kSyncMode, Choice("output_format", kFormats3, R"("png")"),
                                 kChecker};
constexpr std::array kLorasEnd = {kThreeLoras};

constexpr auto kLoraEnd = Join(
    std::array{kSteps28, Guidance(0, 20, "2.5"), kAccelerationOn, Flag("enable_prompt_expansion", "false")},
    kOutput3, kLorasEnd);
constexpr auto kLora = Join(std::array{kPrompt, Bounded(kSize)}, kLoraEnd);
constexpr auto kLoraEdit = Join(std::array{kPrompt, kImages, Bounded(kSizeOfInput)}, kLoraEnd);

constexpr auto kKlein = Join(std::array{kPrompt, kSize, Steps(4, 8, "4")}, kOutput3, kLorasEnd);
constexpr auto kKleinEdit =
    Join(std::array{kPrompt, kImages, kSizeOfInput, Steps(4, 8, "4")}, kOutput3, kLorasEnd);
constexpr auto kBaseEnd =
    Join(std::array{kNegative, kSteps28, Guidance(0, 20, "5"), kAccelerationOn}, kOutput3, kLorasEnd);
constexpr auto kBase = Join(std::array{kPrompt, kSize}, kBaseEnd);
constexpr auto kBaseEdit = Join(std::array{kPrompt, kImages, kSizeOfInput}, kBaseEnd);

// Ranges: U.
constexpr auto kGalleryEnd =
    Join(std::array{Number("lora_scale", "1"), Steps(1, 50, "40"), Guidance(0, 20, "2.5"),
                    Choice("acceleration", kAccelerations2, R"("regular")")},
         kOutput3);
constexpr auto kGallery = Join(std::array{kPrompt, kSize}, kGalleryEnd);
constexpr auto kGalleryEdit = Join(std::array{kPrompt, kImageUrls, kSizeOfInput}, kGalleryEnd);
constexpr auto kBackground = Join(
    std::array{Field{.name = "prompt", .kind = FieldKind::kText, .fallback = R"("Add Background forest")"},
               kImageUrls, kSizeOfInput},
    kGalleryEnd);

constexpr Model Text(std::string_view endpoint, std::span<const Field> fields) {
  return {.endpoint = endpoint, .fields = fields, .picture = PictureForm::kFile};
}
constexpr Model Edit(std::string_view endpoint, std::span<const Field> fields) {
  return {.endpoint = endpoint,
          .fields = fields,
          .unit = Unit::kMegapixelInAndOut,
          .picture = PictureForm::kFile,
          .resizes_input = true};
}

constexpr Model kModels[] = {
    Text("fal-ai/flux-2/lora", kLora),
    Edit("fal-ai/flux-2/lora/edit", kLoraEdit),
    Text("fal-ai/flux-2/klein/9b/lora", kKlein),
    Edit("fal-ai/flux-2/klein/9b/edit/lora", kKleinEdit),
    Text("fal-ai/flux-2/klein/9b/base/lora", kBase),
    Edit("fal-ai/flux-2/klein/9b/base/edit/lora", kBaseEdit),
    Text("fal-ai/flux-2/klein/4b/lora", kKlein),
    Edit("fal-ai/flux-2/klein/4b/edit/lora", kKleinEdit),
    Text("fal-ai/flux-2/klein/4b/base/lora", kBase),
    Edit("fal-ai/flux-2/klein/4b/base/edit/lora", kBaseEdit),
    Text("fal-ai/flux-2-lora-gallery/ballpoint-pen-sketch", kGallery),
    Text("fal-ai/flux-2-lora-gallery/digital-comic-art", kGallery),
    Text("fal-ai/flux-2-lora-gallery/hdr-style", kGallery),
    Text("fal-ai/flux-2-lora-gallery/realism", kGallery),
    Text("fal-ai/flux-2-lora-gallery/satellite-view-style", kGallery),
    Text("fal-ai/flux-2-lora-gallery/sepia-vintage", kGallery),
    Edit("fal-ai/flux-2-lora-gallery/add-background", kBackground),
    Edit("fal-ai/flux-2-lora-gallery/apartment-staging", kGalleryEdit),
    Edit("fal-ai/flux-2-lora-gallery/face-to-full-portrait", kBackground),
    Edit("fal-ai/flux-2-lora-gallery/virtual-tryon", kGalleryEdit),
};

}  // namespace

std::span<const Model> Flux2LoraModels() {
  return kModels;
}

}  // namespace flux::sim

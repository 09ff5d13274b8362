// The FLUX.2 family (fal-api §1.5). All pictures are of the form Image (§1.6); pro, max and flex answer
// nothing but pictures and seed. Billed by the megapixel, of the edits for what comes in too; how fal counts
// the cheaper further megapixels of pro and max is not known, so each counts one (§8, §13).
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr Field Sides512To2048(Field size) {
  size.least = 512;
  size.most = 2048;
  return size;
}
constexpr Field FirstFour(Field images) {
  images.most = 4;
  return images;
}

constexpr Field kOpenSize = Sides512To2048(kSize);
constexpr Field kOpenSizeOfInput = Sides512To2048(kSizeOfInput);
constexpr Field kOpenImages = FirstFour(kImageUrls);
constexpr Field kSizeOrAuto{
    .name = "image_size", .kind = FieldKind::kImageSize, .choices = kSizesOrAuto, .fallback = R"("auto")"};
constexpr Field kGuidance = Guidance(0, 20, "2.5");
constexpr Field kSteps = Steps(4, 50, "28");

// The open models.
constexpr std::array kOutput3 = {kNumImages, kSeed, kSyncMode, Choice("output_format", kFormats3, R"("png")"),
                                 kChecker};
constexpr auto kExpandedEnd = Join(kOutput3, std::array{Flag("enable_prompt_expansion", "false")});
constexpr auto kSpeedEnd = Join(kExpandedEnd, std::array{kAccelerationOn});

constexpr auto kFlux2 = Join(std::array{kPrompt, kOpenSize, kSteps, kGuidance}, kSpeedEnd);
constexpr auto kFlux2Edit =
    Join(std::array{kPrompt, kOpenImages, kOpenSizeOfInput, kSteps, kGuidance}, kSpeedEnd);
constexpr auto kQuick = Join(std::array{kPrompt, kOpenSize, kGuidance}, kExpandedEnd);
constexpr auto kQuickEdit = Join(std::array{kPrompt, kOpenImages, kOpenSizeOfInput, kGuidance}, kExpandedEnd);

constexpr auto kKlein = Join(std::array{kPrompt, kSize, Steps(4, 8, "4")}, kOutput3);
constexpr auto kKleinEdit = Join(std::array{kPrompt, kOpenImages, kSizeOfInput, Steps(4, 8, "4")}, kOutput3);
// Ranges, default acceleration: U, as flux-2.
constexpr auto kBaseEnd =
    Join(std::array{Field{.name = "negative_prompt", .kind = FieldKind::kText, .fallback = R"("")"}, kSteps,
                    Guidance(0, 20, "5")},
         kOutput3, std::array{kAccelerationOn});
constexpr auto kKleinBase = Join(std::array{kPrompt, kSize}, kBaseEnd);
constexpr auto kKleinBaseEdit = Join(std::array{kPrompt, kOpenImages, kSizeOfInput}, kBaseEnd);

// The closed ones: one picture a call.
constexpr std::array kClosedEnd = {Choice("safety_tolerance", kTolerances5, R"("2")"), kChecker, kSeed,
                                   kSyncMode, kJpegOrPng};
// Ranges: U, as flux-2.
constexpr std::array kFlexOnly = {kSteps, Guidance(0, 20, "3.5")};

constexpr auto kPro = Join(std::array{kPrompt, kSize}, kClosedEnd);
constexpr auto kProEdit = Join(std::array{kPrompt, kImageUrls, kSizeOrAuto}, kClosedEnd);
constexpr auto kFlex = Join(std::array{kPrompt, kSize}, kFlexOnly, kClosedEnd);
constexpr auto kFlexEdit = Join(std::array{kPrompt, kImageUrls, kSizeOrAuto}, kFlexOnly, kClosedEnd);

constexpr Model Open(std::string_view endpoint, std::span<const Field> fields) {
  return {.endpoint = endpoint, .fields = fields, .picture = PictureForm::kFile};
}
// What is handed in is made one megapixel of, and billed (fal-api §13; U on turbo, flash and klein 4b).
constexpr Model OpenEdit(std::string_view endpoint, std::span<const Field> fields) {
  Model model = Open(endpoint, fields);
  model.unit = Unit::kMegapixelInAndOut;
  model.resizes_input = true;
  return model;
}
constexpr Model Closed(std::string_view endpoint, std::span<const Field> fields,
                       Unit unit = Unit::kMegapixel) {
  return {endpoint, fields, unit, PictureForm::kFile, ReplyForm::kImagesAndSeed};
}

constexpr Model kModels[] = {
    Open("fal-ai/flux-2", kFlux2),
    OpenEdit("fal-ai/flux-2/edit", kFlux2Edit),
    Open("fal-ai/flux-2/turbo", kQuick),
    OpenEdit("fal-ai/flux-2/turbo/edit", kQuickEdit),
    Open("fal-ai/flux-2/flash", kQuick),
    OpenEdit("fal-ai/flux-2/flash/edit", kQuickEdit),
    Open("fal-ai/flux-2/klein/9b", kKlein),
    OpenEdit("fal-ai/flux-2/klein/9b/edit", kKleinEdit),
    Open("fal-ai/flux-2/klein/9b/base", kKleinBase),
    OpenEdit("fal-ai/flux-2/klein/9b/base/edit", kKleinBaseEdit),
    Open("fal-ai/flux-2/klein/4b", kKlein),
    Open("fal-ai/flux-2/klein/4b/base", kKleinBase),
    OpenEdit("fal-ai/flux-2/klein/4b/base/edit", kKleinBaseEdit),
    OpenEdit("fal-ai/flux-2/klein/4b/edit", kKleinEdit),
    Closed("fal-ai/flux-2-pro", kPro),
    Closed("fal-ai/flux-2-pro/edit", kProEdit, Unit::kMegapixelInAndOut),
    Closed("fal-ai/flux-2-max", kPro),
    Closed("fal-ai/flux-2-max/edit", kProEdit, Unit::kMegapixelInAndOut),
    Closed("fal-ai/flux-2-flex", kFlex, Unit::kMegapixelInAndOut),
    Closed("fal-ai/flux-2-flex/edit", kFlexEdit, Unit::kMegapixelInAndOut),
};

}  // namespace

std::span<const Model> Flux2Models() {
  return kModels;
}

}  // namespace flux::sim

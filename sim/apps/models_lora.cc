// The open FLUX.1 apps that take weights, a control, or a picture of their own kind (fal-api §13). Ranges: U,
// taken from flux-lora where there are any.
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr Field kSteps28 = Steps(1, 50, "28");
constexpr Field kGuidance35 = Guidance(0, 35, "3.5");
constexpr Field kStrength = Number("strength", 0.01, 1, "0.85");
constexpr Field kNegative{.name = "negative_prompt", .kind = FieldKind::kText, .fallback = R"("")"};
constexpr Field kSquare{.name = "image_size",
                        .kind = FieldKind::kImageSize,
                        .choices = kSizePresets,
                        .fallback = R"("square_hd")"};
constexpr std::string_view kResolutionModes[] = {"match_input", "auto", "1:1", "16:9", "21:9", "3:2", "2:3",
                                                 "4:5",         "5:4",  "3:4", "4:3",  "9:16", "9:21"};
constexpr std::string_view kLengths[] = {"128", "256", "512"};
constexpr std::array kPngEnd = {kNumImages, kSeed, kSyncMode, kPngOrJpeg};

constexpr auto kLoraEnd = Join(std::array{kSteps28, kGuidance35, kChecker, kLoras, kAcceleration2}, kOutput);
constexpr auto kLora = Join(std::array{kPrompt, kSize}, kLoraEnd);
constexpr auto kLoraImage = Join(std::array{kPrompt, kImageUrl, kSizeOfInput, kStrength}, kLoraEnd);
constexpr auto kLoraOutline = Join(std::array{kPrompt, kImageUrl, kSizeOfInput}, kLoraEnd);

// What is inside controlnets and their like is not known: any object passes.
constexpr Field Objects(std::string_view name) {
  return {.name = name, .kind = FieldKind::kObjects, .fallback = "[]"};
}
constexpr std::array kGeneralEnd = {
    kSteps28,
    kGuidance35,
    kChecker,
    kLoras,
    kNegative,
    kSeed,
    kSyncMode,
    kPngOrJpeg,
    Integer("num_images", 1, 10, "1"),
    Objects("controlnets"),
    Objects("controlnet_unions"),
    Objects("control_loras"),
    Objects("easycontrols"),
    Objects("ip_adapters"),
    Field{.name = "fill_image", .kind = FieldKind::kObject, .nullable = true},
    Number("nag_scale", "3"),
    Number("nag_tau", "2.5"),
    Number("nag_alpha", "0.25"),
    Number("nag_end", "0.25"),
    Choice("scheduler", kSchedulers, R"("euler")"),
    Number("base_shift", "0.5"),
    Number("max_shift", "1.15"),
    Field{.name = "sigma_schedule", .kind = FieldKind::kText, .nullable = true},
    Flag("use_beta_schedule", "false"),
    Flag("use_cfg_zero", "false"),
    Flag("use_real_cfg", "false"),
    Number("real_cfg_scale", "3.5"),
    Field{.name = "reference_image_url", .kind = FieldKind::kImage, .nullable = true},
    Number("reference_strength", "0.65"),
    Number("reference_start", "0"),
    Number("reference_end", "1")};
constexpr auto kGeneral = Join(std::array{kPrompt, kSize}, kGeneralEnd);
constexpr auto kGeneralImage = Join(std::array{kPrompt, kImageUrl, kSizeOfInput, kStrength}, kGeneralEnd);

constexpr auto kControlEnd =
    Join(std::array{Picture("control_lora_image_url"), Number("control_lora_strength", "1"), kSteps28,
                    kGuidance35, kChecker, kLoras},
         kOutput);
constexpr auto kCanny = Join(std::array{kPrompt, kSize}, kControlEnd);
constexpr auto kDepth = Join(kCanny, std::array{Flag("preprocess_depth", "true")});
constexpr auto kControlImage = Join(std::array{kPrompt, kImageUrl, kSizeOfInput, kStrength}, kControlEnd);

constexpr auto kKontextEnd =
    Join(std::array{Steps(10, 50, "30"), Guidance(0, 20, "2.5"), kChecker, kLoras, kAcceleration3}, kPngEnd);
constexpr auto kKontext =
    Join(std::array{kPrompt, kImageUrl, Choice("resolution_mode", kResolutionModes, R"("match_input")")},
         kKontextEnd);
constexpr auto kKontextText = Join(std::array{kPrompt, kSize}, kKontextEnd);

constexpr auto kSubject =
    Join(std::array{kPrompt, kImageUrl, kSquare, Steps(1, 50, "8"), kGuidance35, kChecker}, kPngEnd);
// One picture, as JPEG.
constexpr std::array kPulid = {kPrompt,
                               Picture("reference_image_url"),
                               kSize,
                               kNegative,
                               Steps(1, 50, "20"),
                               Guidance(1, 20, "4"),
                               Number("id_weight", "1"),
                               Number("true_cfg", "1"),
                               Integer("start_step", 0, 50, "0"),
                               Choice("max_sequence_length", kLengths, R"("128")"),
                               kSeed,
                               kSyncMode,
                               kChecker};

constexpr Model kModels[] = {
    {"fal-ai/flux-lora", kLora},
    {"fal-ai/flux-lora/image-to-image", kLoraImage},
    {"fal-ai/flux-krea-lora", kLora},
    {"fal-ai/flux-krea-lora/image-to-image", kLoraImage},
    {"fal-ai/flux-lora-canny", kLoraOutline},
    {"fal-ai/flux-lora-depth", kLoraOutline},
    {"fal-ai/flux-general", kGeneral},
    {"fal-ai/flux-general/image-to-image", kGeneralImage},
    {"fal-ai/flux-control-lora-canny", kCanny},
    {"fal-ai/flux-control-lora-depth", kDepth},
    {"fal-ai/flux-control-lora-canny/image-to-image", kControlImage},
    {"fal-ai/flux-control-lora-depth/image-to-image", kControlImage},
    {"fal-ai/flux-kontext-lora", kKontext},
    {"fal-ai/flux-kontext-lora/text-to-image", kKontextText},
    {"fal-ai/flux-subject", kSubject},
    {"fal-ai/flux-pulid", kPulid},
};

}  // namespace

std::span<const Model> LoraModels() {
  return kModels;
}

}  // namespace flux::sim

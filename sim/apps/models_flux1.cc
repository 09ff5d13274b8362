// FLUX.1 [dev], [schnell], [krea] and [srpo]: the open models (fal-api §1.3, §13). Their replies hold
// pictures without file_name and file_size, as a real one of schnell did (§1.6).
#include "sim/apps/fields.h"

namespace flux::sim {
namespace {

constexpr Field kGuidance = Guidance(1, 20, "3.5");

constexpr auto kEnd = Join(kOutput, std::array{kAcceleration3});
// fal-ai/flux-1/* mirrors fal-ai/flux/* but for this default.
constexpr auto kEndOn = Join(kOutput, std::array{kAccelerationOn});

constexpr std::array kDev = {kPrompt, kSize, Steps(1, 50, "28"), kGuidance, kChecker};
constexpr std::array kSchnell = {kPrompt, kSize, Steps(1, 12, "4"), kGuidance, kChecker};
// The range of strength is a third party's word.
constexpr std::array kDevImageToImage = {
    kPrompt, kImageUrl, Number("strength", 0.01, 1, "0.95"), Steps(10, 50, "40"), kGuidance, kChecker};
constexpr std::array kDevRedux = {kImageUrl, kSize, Steps(1, 50, "28"), kGuidance, kChecker};
constexpr std::array kSchnellRedux = {kImageUrl, kSize, Steps(1, 12, "4"), kChecker};

constexpr auto kFluxDev = Join(kDev, kEnd);
constexpr auto kFluxSchnell = Join(kSchnell, kEnd);
constexpr auto kFluxDevImageToImage = Join(kDevImageToImage, kEnd);
constexpr auto kFluxDevRedux = Join(kDevRedux, kEnd);
constexpr auto kFluxSchnellRedux = Join(kSchnellRedux, kEnd);
constexpr auto kFlux1Dev = Join(kDev, kEndOn);
constexpr auto kFlux1Schnell = Join(kSchnell, kEndOn);
constexpr auto kFlux1DevImageToImage = Join(kDevImageToImage, kEndOn);
constexpr auto kFlux1DevRedux = Join(kDevRedux, kEndOn);
constexpr auto kFlux1SchnellRedux = Join(kSchnellRedux, kEndOn);

constexpr Model kModels[] = {
    {"fal-ai/flux/dev", kFluxDev},
    {"fal-ai/flux/schnell", kFluxSchnell},
    {"fal-ai/flux/dev/image-to-image", kFluxDevImageToImage},
    {"fal-ai/flux/dev/redux", kFluxDevRedux},
    {"fal-ai/flux/schnell/redux", kFluxSchnellRedux},
    {"fal-ai/flux-1/dev", kFlux1Dev},
    {"fal-ai/flux-1/schnell", kFlux1Schnell},
    {"fal-ai/flux-1/krea", kFlux1Dev},
    {"fal-ai/flux/krea", kFluxDev},
    {"fal-ai/flux/srpo", kFluxDev},
    {"fal-ai/flux-1/srpo", kFlux1Dev},
    {"fal-ai/flux/krea/image-to-image", kFluxDevImageToImage},
    {"fal-ai/flux/srpo/image-to-image", kFluxDevImageToImage},
    {"fal-ai/flux-1/krea/image-to-image", kFlux1DevImageToImage},
    {"fal-ai/flux-1/srpo/image-to-image", kFlux1DevImageToImage},
    {"fal-ai/flux/krea/redux", kFluxDevRedux},
    {"fal-ai/flux-1/krea/redux", kFlux1DevRedux},
    {"fal-ai/flux-1/schnell/redux", kFlux1SchnellRedux},
    {"fal-ai/flux-1/dev/image-to-image", kFlux1DevImageToImage},
    {"fal-ai/flux-1/dev/redux", kFlux1DevRedux},
};

}  // namespace

std::span<const Model> Flux1Models() {
  return kModels;
}

}  // namespace flux::sim

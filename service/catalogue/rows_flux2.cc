// The rows of the FLUX.2 models. Read from fal-api §1.5, prices from §8; what an input picture costs on pro,
// max and flex is from fal's own pages of the edit apps (2026), on flux-2 and klein from §13.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

// fal uses the first four pictures and ignores the rest, so more are refused.
constexpr double kMostImages = 4;
// The hosted apps tell no limit; eight is BFL's.
constexpr double kMostHostedImages = 8;

Rules OpenCommon() {
  return Join({{NumImages(), Seed(), SyncMode(), Format({"jpeg", "png", "webp"}, "png")}, Checker()});
}

Rules Turbo(std::string size) {
  return Join({{Prompt(), Flux2Size(std::move(size)), Guidance(0, 20, "2.5"),
                EnhancePrompt("enable_prompt_expansion")},
               OpenCommon()});
}

Rules Open(std::string size) {
  return Join(
      {Turbo(std::move(size)), {Steps(4, 50, "28"), Acceleration({"none", "regular", "high"}, "regular")}});
}

Rules Klein(std::string size) {
  return Join({{Prompt(), Flux2Size(std::move(size)), Steps(4, 8, "4")}, OpenCommon()});
}

// The ranges are those of flux-2; unconfirmed.
Rules KleinBase() {
  return Join({{Prompt(), NegativePrompt(), Flux2Size("landscape_4_3"), Steps(4, 50, "28"),
                Guidance(0, 20, "5"), Acceleration({"none", "regular", "high"}, "regular")},
               OpenCommon()});
}

// One picture at a time, with a tolerance and a checker. fal tells no limits of the sides.
Rules Hosted(FieldRule size) {
  return Join(
      {{Prompt(), std::move(size), Seed(), SyncMode(), Format({"jpeg", "png"}, "jpeg"), CheckerSwitch()},
       Tolerance(5)});
}

// The ranges are those of flux-2 and flux/dev, whichever is narrower; unconfirmed.
Rules Flex(FieldRule size) {
  return Join({Hosted(std::move(size)), {Steps(4, 50, "28"), Guidance(1, 20, "3.5")}});
}

constexpr const char* kLikely =
    "That pictures handed in are billed is confirmed of its siblings, and not of this model.";

ModelRow Make(std::string name, std::string endpoint, Rules rules, UnitPrice price,
              std::string unconfirmed = {}) {
  const v1::ModelKind kind = KindOf(name);
  if (kind == v1::MODEL_KIND_EDIT) endpoint += "/edit";
  const bool hosted = endpoint.starts_with("fal-ai/flux-2-");
  if (kind == v1::MODEL_KIND_EDIT) rules.push_back(Images(hosted ? kMostHostedImages : kMostImages));
  return {.name = std::move(name),
          .kind = kind,
          .fal_endpoint = std::move(endpoint),
          .rules = std::move(rules),
          .tolerance = hosted ? ToleranceStyle::kForwarded : ToleranceStyle::kSwitchesChecker,
          .price = price,
          .unconfirmed = std::move(unconfirmed)};
}

}  // namespace

std::vector<ModelRow> Flux2Rows() {
  const UnitPrice pro = FirstAndFurther(30'000, 15'000);
  const UnitPrice max = FirstAndFurther(70'000, 30'000);
  const UnitPrice flex{.micro_usd = 50'000, .unit = v1::PRICE_UNIT_MEGAPIXEL_IN_OUT};
  const FieldRule size = Size("landscape_4_3");
  const FieldRule edit_size = Size("auto", {"auto"});
  return {
      Make("text-to-image/flux-2", "fal-ai/flux-2", Open("landscape_4_3"), PerMegapixel(12'000)),
      Make("text-to-image/flux-2-turbo", "fal-ai/flux-2/turbo", Turbo("landscape_4_3"), PerMegapixel(8'000)),
      Make("text-to-image/flux-2-flash", "fal-ai/flux-2/flash", Turbo("landscape_4_3"), PerMegapixel(5'000)),
      Make("text-to-image/flux-2-pro", "fal-ai/flux-2-pro", Hosted(size), pro),
      Make("text-to-image/flux-2-max", "fal-ai/flux-2-max", Hosted(size), max),
      Make("text-to-image/flux-2-flex", "fal-ai/flux-2-flex", Flex(size), flex),
      Make("text-to-image/flux-2-klein-9b", "fal-ai/flux-2/klein/9b", Klein("landscape_4_3"),
           PerMegapixel(6'000)),
      Make("text-to-image/flux-2-klein-9b-base", "fal-ai/flux-2/klein/9b/base", KleinBase(),
           PerMegapixel(6'000), "Its price is not published; that of the distilled model stands for it."),
      Make("text-to-image/flux-2-klein-4b", "fal-ai/flux-2/klein/4b", Klein("landscape_4_3"),
           PerMegapixel(5'000)),
      Make("edit/flux-2", "fal-ai/flux-2", Open(""), PerMegapixelInOut(12'000)),
      Make("edit/flux-2-turbo", "fal-ai/flux-2/turbo", Turbo("square_hd"), PerMegapixelInOut(8'000), kLikely),
      Make("edit/flux-2-flash", "fal-ai/flux-2/flash", Turbo("square_hd"), PerMegapixelInOut(5'000), kLikely),
      Make("edit/flux-2-pro", "fal-ai/flux-2-pro", Hosted(edit_size), pro),
      Make("edit/flux-2-max", "fal-ai/flux-2-max", Hosted(edit_size), max),
      Make("edit/flux-2-flex", "fal-ai/flux-2-flex", Flex(edit_size), flex),
      Make("edit/flux-2-klein-9b", "fal-ai/flux-2/klein/9b", Klein(""), PerMegapixelInOut(11'000)),
      Make("edit/flux-2-klein-4b", "fal-ai/flux-2/klein/4b", Klein(""), PerMegapixelInOut(10'000), kLikely),
  };
}

}  // namespace flux::service

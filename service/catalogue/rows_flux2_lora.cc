// The rows of FLUX.2 with weights of one's own, and of its klein models without distillation. Read from
// fal-api §13; the ranges of klein are those of flux-2. Larger weights cost more, which is not foreseen here:
// from 2 GB on half as much again, up to two and a half times as much from 4 GB on.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

constexpr double kMostImages = 4;
constexpr double kMostLoras = 3;

Rules End() {
  return Join({{NumImages(), Seed(), SyncMode(), Format({"jpeg", "png", "webp"}, "png")}, Checker()});
}

Rules Flux2Lora(std::string size) {
  return Join({{Prompt(), Flux2Size(std::move(size)), Steps(4, 50, "28"), Guidance(0, 20, "2.5"),
                Acceleration({"none", "regular", "high"}, "regular"),
                EnhancePrompt("enable_prompt_expansion"), Loras(kMostLoras)},
               End()});
}

Rules Klein(std::string size) {
  return Join({{Prompt(), Flux2Size(std::move(size)), Steps(4, 8, "4")}, End()});
}

Rules Base(std::string size) {
  return Join({{Prompt(), NegativePrompt(), Flux2Size(std::move(size)), Steps(4, 50, "28"),
                Guidance(0, 20, "5"), Acceleration({"none", "regular", "high"}, "regular")},
               End()});
}

Rules WithLoras(Rules rules) {
  rules.push_back(Loras(kMostLoras));
  return rules;
}

Rules WithPictures(Rules rules) {
  rules.push_back(Images(kMostImages));
  return rules;
}

ModelRow Make(std::string name, std::string endpoint, Rules rules, std::uint64_t micro_usd,
              std::string unconfirmed = {}) {
  const v1::ModelKind kind = KindOf(name);
  const bool edit = kind == v1::MODEL_KIND_EDIT;
  return {.name = std::move(name),
          .kind = kind,
          .fal_endpoint = std::move(endpoint),
          .rules = edit ? WithPictures(std::move(rules)) : std::move(rules),
          .price = edit ? PerMegapixelInOut(micro_usd) : PerMegapixel(micro_usd),
          .unconfirmed = std::move(unconfirmed)};
}

constexpr const char* kText = "landscape_4_3";
constexpr const char* kGuess = "Its price is not published; the nearest sibling's, or more, stands for it.";

}  // namespace

std::vector<ModelRow> Flux2LoraRows() {
  return {
      Make("text-to-image/flux-2-lora", "fal-ai/flux-2/lora", Flux2Lora(kText), 21'000),
      Make("text-to-image/flux-2-klein-9b-lora", "fal-ai/flux-2/klein/9b/lora", WithLoras(Klein(kText)),
           11'000, kGuess),
      Make("text-to-image/flux-2-klein-9b-base-lora", "fal-ai/flux-2/klein/9b/base/lora",
           WithLoras(Base(kText)), 11'000, kGuess),
      Make("text-to-image/flux-2-klein-4b-base", "fal-ai/flux-2/klein/4b/base", Base(kText), 5'000, kGuess),
      Make("text-to-image/flux-2-klein-4b-lora", "fal-ai/flux-2/klein/4b/lora", WithLoras(Klein(kText)),
           9'000, kGuess),
      Make("text-to-image/flux-2-klein-4b-base-lora", "fal-ai/flux-2/klein/4b/base/lora",
           WithLoras(Base(kText)), 9'000, kGuess),
      Make("edit/flux-2-lora", "fal-ai/flux-2/lora/edit", Flux2Lora(""), 21'000),
      Make("edit/flux-2-klein-9b-base", "fal-ai/flux-2/klein/9b/base/edit", Base(""), 11'000, kGuess),
      Make("edit/flux-2-klein-9b-lora", "fal-ai/flux-2/klein/9b/edit/lora", WithLoras(Klein("")), 20'000,
           kGuess),
      Make("edit/flux-2-klein-9b-base-lora", "fal-ai/flux-2/klein/9b/base/edit/lora", WithLoras(Base("")),
           20'000),
      Make("edit/flux-2-klein-4b-base", "fal-ai/flux-2/klein/4b/base/edit", Base(""), 10'000, kGuess),
      Make("edit/flux-2-klein-4b-lora", "fal-ai/flux-2/klein/4b/edit/lora", WithLoras(Klein("")), 18'000,
           kGuess),
      Make("edit/flux-2-klein-4b-base-lora", "fal-ai/flux-2/klein/4b/base/edit/lora", WithLoras(Base("")),
           18'000, kGuess),
  };
}

}  // namespace flux::service

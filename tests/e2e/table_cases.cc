// One row for each thing that may not differ from door to door.
#include "tests/e2e/table_cases.h"

#include "base/base64.h"
#include "tests/fakes/pictures.h"

namespace flux::e2e {
namespace {

using nlohmann::json;

std::string Uri(const std::string& png) {
  std::string uri = "data:image/png;base64,";
  AppendBase64(png, uri);
  return uri;
}

const std::string& Picture() {
  static const std::string picture = Uri(fakes::MakePng(32, 32));
  return picture;
}

// With transparency, which OpenAI's door wants.
const std::string& Mask() {
  static const std::string mask = Uri(fakes::MakePng(32, 32, {.color_type = 6}));
  return mask;
}

json With(json fields, const json& more) {
  fields.update(more);
  return fields;
}

json Sides(int width, int height) {
  return {{"aspect_ratio", {{"width", width}, {"height", height}}}};
}

// Of which nothing comes and which costs nothing.
Case Invalid(const char* name, const char* model, json fields, Unsaid unsaid = Unsaid::kNothing) {
  return {.name = name,
          .model = model,
          .fields = std::move(fields),
          .reason = "INVALID_FIELD",
          .bought = 0,
          .unsaid = unsaid};
}

Case Fails(const char* name, const char* prompt, const char* reason, std::size_t bought) {
  return {.name = name, .model = "text-to-image/dev", .reason = reason, .prompt = prompt, .bought = bought};
}

Case Asks(const char* name, const char* model, const char* caller, const char* reason, std::size_t bought) {
  return {.name = name, .model = model, .reason = reason, .caller = caller, .bought = bought};
}

Case OfAKey(Case row) {
  row.unsaid = Unsaid::kKeysAreTheGateways;
  return row;
}

Case Twice(Case row) {
  row.again = true;
  return row;
}

Case Keyed(Case row) {
  row.keyed = true;
  row.caller = "regular";
  return Twice(std::move(row));
}

}  // namespace

std::vector<Case> TableCases() {
  constexpr const char* kDevModel = "text-to-image/dev";
  const json picture{{"image_url", Picture()}};
  const json pictures{{"image_urls", {Picture()}}};
  const json masked = With(picture, {{"mask_url", Mask()}});
  return {
      // each kind of model
      {"Dev", kDevModel},
      {"Schnell", "text-to-image/schnell"},
      {"Pro", "text-to-image/pro"},
      {"ProNew", "text-to-image/pro-v1.1"},
      {"Ultra", "text-to-image/pro-v1.1-ultra"},
      {"KontextFromText", "text-to-image/kontext-pro"},
      {"Flux2", "text-to-image/flux-2"},
      {"Flux2Pro", "text-to-image/flux-2-pro"},
      {"Klein", "text-to-image/flux-2-klein-4b"},
      {"Krea", "text-to-image/krea"},
      {"ImageToImage", "image-to-image/flux-1-dev", picture},
      {"UltraFromAPicture", "image-to-image/pro-v1.1-ultra", picture},
      {"Inpainting", "inpainting/krea", masked},
      {"Fill", "inpainting/pro-fill", masked},
      {"EditKontext", "edit/kontext-pro", pictures},
      {"EditKontextMax", "edit/kontext-max", pictures},
      {"EditFlux2", "edit/flux-2", pictures},
      {"EditSeveral", "edit/flux-2-pro", {{"image_urls", {Picture(), Uri(fakes::MakePng(48, 32))}}}},
      // sizes
      {"SizeInPixels", kDevModel, Sides(1024, 512)},
      {"SizeByName", kDevModel, {{"aspect_ratio", "square_hd"}}},
      {"SizeByRatio", kDevModel, {{"aspect_ratio", "16:9"}}},
      {"SizeOfUltra", "text-to-image/pro-v1.1-ultra", {{"aspect_ratio", "9:16"}}},
      Invalid("SizeTooLarge", "text-to-image/flux-2", Sides(4096, 512)),
      Invalid("SizeTooSmall", "text-to-image/flux-2", Sides(64, 64)),
      // seeds and other fields
      {"Seed", kDevModel, {{"seed", 42}}},
      {"SeedOf64Bits", kDevModel, {{"seed", 18446744073709551615ULL}}},
      {"SeedAsText", kDevModel, {{"seed", "7"}}},
      Invalid("SeedBelowZero", kDevModel, {{"seed", -5}}, Unsaid::kNoSuchValue),
      {"Several", kDevModel, {{"num_images", 3}}},
      Invalid("TooMany", kDevModel, {{"num_images", 5}}),
      {"StepsAndGuidance", kDevModel, {{"num_inference_steps", 30}, {"guidance_scale", 5}}},
      Invalid("StepsTooMany", "text-to-image/schnell", {{"num_inference_steps", 13}}),
      Invalid("GuidanceOutOfRange", kDevModel, {{"guidance_scale", 21}}),
      {"Strength", "image-to-image/flux-1-dev", With(picture, {{"strength", 0.5}})},
      {"Format", kDevModel, {{"output_format", "png"}}},
      Invalid("FormatUnknown", kDevModel, {{"output_format", "bmp"}}, Unsaid::kNoSuchValue),
      Invalid("FormatNotOfThisModel", kDevModel, {{"output_format", "webp"}}),
      {"CheckerOff", kDevModel, {{"enable_safety_checker", false}}},
      {"Tolerance", "text-to-image/pro", {{"safety_tolerance", "5"}}},
      Invalid("FieldOfAnotherModel", "text-to-image/pro", {{"negative_prompt", "rain"}}),
      Invalid("SlipOfThePen", kDevModel, {{"guidence_scale", 3}}),
      {"FieldOfNobody", kDevModel, {{"wandering_field", 3}}},
      // refusals
      {.name = "NoModel", .model = "text-to-image/nothing", .reason = "UNKNOWN_MODEL", .bought = 0},
      Invalid("PictureNotAPicture", "edit/flux-2", {{"image_urls", {"data:image/png;base64,aGVsbG8="}}}),
      Fails("ContentPolicy", "sim:policy", "CONTENT_POLICY", 0),
      Fails("FalFails", "sim:500", "UPSTREAM_ERROR", 0),
      Fails("NoPictures", "sim:empty", "UPSTREAM_NO_IMAGES", 1),
      Fails("NoJson", "sim:notjson", "UPSTREAM_PROTOCOL", 1),
      // a lost answer is paid for and never sent again
      Fails("AnswerLost", "sim:reset", "UPSTREAM_CONNECTION_LOST", 1),
      Fails("AnswerCut", "sim:cut", "UPSTREAM_CONNECTION_LOST", 1),
      // who asks
      OfAKey(Asks("Key", "text-to-image/schnell", "narrow", kOk, 1)),
      OfAKey(Asks("KeyNotForIt", kDevModel, "narrow", "MODEL_NOT_ALLOWED", 0)),
      OfAKey(Asks("KeyUnknown", kDevModel, "stranger", "UNAUTHENTICATED", 0)),
      Asks("BudgetGone", "text-to-image/pro", "poor", "BUDGET_EXCEEDED", 0),
      OfAKey(Twice(Asks("RateLimited", "text-to-image/schnell", "slow", "RATE_LIMITED", 1))),
      // once
      Keyed({"Replayed", kDevModel, {{"seed", 9}}}),
      Keyed({"ReplayedEdit", "edit/kontext-pro", pictures}),
      Keyed(Fails("FailureFreesTheKey", "sim:500", "UPSTREAM_ERROR", 0)),
  };
}

void PrintTo(const Case& row, std::ostream* out) {
  *out << row.model << ", " << row.reason;
}

}  // namespace flux::e2e

// One row for each kind. What a row covers is told from the body alone, without this project's readers.
#include "tests/today/differences.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace flux::today {
namespace {

using Json = nlohmann::json;

// What the worker's client set; empty where the body is no JSON to this parser.
Json BodyOf(const Sent& sent) {
  const Json body = Json::parse(sent.body, nullptr, false);
  return body.is_object() ? body : Json::object();
}

// The value of a field; null where it is not set.
Json ValueOf(const Sent& sent, const char* name) {
  return BodyOf(sent).value(name, Json());
}

// "Not set", as clients say it.
bool IsNothing(const Json& value) {
  return value.is_null() || value == false ||
         (value.is_string() &&
          value.get_ref<const std::string&>().find_first_not_of(" \t\r\n\v\f") == std::string::npos);
}

template <std::size_t N>
bool HasAny(const Sent& sent, const std::array<const char*, N>& names) {
  return std::ranges::any_of(names, [&](const char* name) {
    const Json value = ValueOf(sent, name);
    return value == false || !IsNothing(value);
  });
}

// What dev, pro and schnell take beside the worker's own fields.
constexpr std::array kObeyed = {"image_size",   "enable_safety_checker", "output_format", "sync_mode",
                                "acceleration", "split_images",          "fetch_images"};

// Names that some model knows, in small letters and without anything between them; of the worker's own
// fields, those that are written otherwise.
std::string Folded(const std::string& name) {
  std::string folded;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') folded += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) folded += c;
  }
  return folded;
}

// A name of another model's, or nearly a known one. The generator's, and those of the examples.
bool IsRefusedName(const std::string& name) {
  constexpr std::array kOthers = {"image_url",
                                  "image_urls",
                                  "mask_url",
                                  "strength",
                                  "raw",
                                  "enhance_prompt",
                                  "image_prompt_strength",
                                  "negative_prompt",
                                  "loras",
                                  "scheduler",
                                  "nag_scale",
                                  "image",
                                  "mask",
                                  "images"};
  constexpr std::array kWorkers = {"prompt",         "aspect_ratio",         "num_inference_steps",
                                   "guidance_scale", "num_images",           "safety_tolerance",
                                   "seed",           "image_size",           "sync_mode",
                                   "output_format",  "enable_safety_checker"};
  constexpr std::array kSlips = {"prompt2", "promt", "image_sise", "num_image",
                                 "seeds",   "sede",  "lora",       "guidence_scale"};
  const auto is = [&](const char* known) { return name == known; };
  const auto folds = [&](const char* known) { return name != known && Folded(name) == Folded(known); };
  return std::ranges::any_of(kOthers, is) || std::ranges::any_of(kSlips, is) ||
         std::ranges::any_of(kWorkers, folds) || std::ranges::any_of(kOthers, folds);
}

bool HasRefusedName(const Sent& sent) {
  const Json body = BodyOf(sent);
  if (sent.model == kPro && !IsNothing(body.value("acceleration", Json()))) return true;
  return std::ranges::any_of(body.items(), [](const auto& item) {
    return IsRefusedName(item.key()) && item.value() != nullptr && item.value() != "";
  });
}

bool HasManyNames(const Sent& sent) {
  return BodyOf(sent).size() > 64;
}

bool IsTrueNumber(const Sent& sent) {
  for (const char* name : {"num_images", "num_inference_steps", "guidance_scale", "seed"}) {
    if (ValueOf(sent, name) == true) return true;
  }
  const Json size = ValueOf(sent, "aspect_ratio");
  return size.is_object() && std::ranges::any_of(size, [](const Json& side) { return side.is_boolean(); });
}

bool HasFurtherMembers(const Sent& sent) {
  const Json size = ValueOf(sent, "aspect_ratio");
  if (!size.is_object()) return false;
  return std::ranges::any_of(size.items(), [](const auto& item) {
    return item.key() != "width" && item.key() != "height" && !IsNothing(item.value());
  });
}

bool IsOddTolerance(const Sent& sent) {
  const Json tolerance = ValueOf(sent, "safety_tolerance");
  return tolerance.is_structured() ||
         (tolerance.is_string() && tolerance.get_ref<const std::string&>().size() > 16);
}

bool IsProsTolerance(const Sent& sent) {
  return sent.model == kPro && !IsNothing(ValueOf(sent, "safety_tolerance"));
}

double NumberOf(const Json& value) {
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? std::strtod(value.get_ref<const std::string&>().c_str(), nullptr) : 0;
}

bool IsBelowMinusOne(const Sent& sent) {
  return NumberOf(ValueOf(sent, "seed")) < -1;
}

bool IsRoundedSeed(const Sent& sent) {
  const Json seed = ValueOf(sent, "seed");
  return seed.is_number() && std::abs(seed.get<double>()) >= 9007199254740992.0;
}

bool IsZeroGuidance(const Sent& sent) {
  const Json guidance = ValueOf(sent, "guidance_scale");
  return guidance.is_number() && guidance == 0;
}

bool IsOddPrompt(const Sent& sent) {
  const Json prompt = ValueOf(sent, "prompt");
  if (!prompt.is_string()) return false;
  const auto& text = prompt.get_ref<const std::string&>();
  return IsNothing(prompt) || text.size() > 32768 || text.find('\0') != std::string::npos;
}

bool IsOff(const Sent& sent) {
  const Json checker = ValueOf(sent, "enable_safety_checker");
  return checker == "false" || checker == "False" || checker == "0" || checker == 0;
}

bool IsNotUnicode(const Sent& sent) {
  // This parser takes neither, and the generator writes no other mistakes.
  return Json::parse(sent.body, nullptr, false).is_discarded() &&
         (sent.body.find("\\ud") != std::string::npos || std::ranges::any_of(sent.body, [](char c) {
            return (static_cast<unsigned char>(c) & 0x80U) != 0;
          }));
}

bool IsBeyondBounds(const Sent& sent) {
  return sent.body.find("e999") != std::string::npos || std::ranges::count(sent.body, '[') > 64 ||
         std::ranges::count(sent.body, ',') > 99'999;
}

bool IsCoded(const Sent& sent) {
  return !sent.coding.empty() && Folded(sent.coding) != "identity";
}

std::string Times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string ManyNames() {
  std::string body = R"({"prompt":"fox")";
  for (int i = 0; i < 65; ++i) body += R"(,"foreign)" + std::to_string(i) + R"(":1)";
  return body + "}";
}

Sent Dev(const std::string& members) {
  return {kDev, R"({"prompt":"fox",)" + members + "}"};
}

Sent Pro(const std::string& members) {
  return {kPro, R"({"prompt":"fox",)" + members + "}"};
}

}  // namespace

std::span<const Difference> Differences() {
  static const auto& rows = *new std::vector<Difference>{
      {R"(fields that the model takes and the worker did not know (`image_size`, `output_format`, `sync_mode` …))",
       [](const Sent& sent) { return HasAny(sent, kObeyed); },
       {Dev(R"("image_size":"square")"), Dev(R"("output_format":"png")"), Pro(R"("sync_mode":true)"),
        Dev(R"("enable_safety_checker":false)"), Dev(R"("acceleration":"high")"),
        Dev(R"("output_format":"bmp")")},
       422,
       {"size", "checker", "output_format", "sync_mode", "acceleration", "purchases", "fetch_images"}},
      {R"(`enable_safety_checker` as the text `"false"`, or as 0)",
       &IsOff,
       {Dev(R"("enable_safety_checker":"false")"), Dev(R"("enable_safety_checker":0)"),
        Dev(R"("enable_safety_checker":"0")")},
       422},
      {R"(fields that another model takes, and names that are nearly known (`numImages`, `promt`))",
       &HasRefusedName,
       {Dev(R"("negative_prompt":"dogs")"), Dev(R"("scheduler":"euler")"), Dev(R"("numImages":2)"),
        Dev(R"("promt":"x")"), Dev(R"("Seed":1)"), Pro(R"("acceleration":"high")"),
        Dev(R"("image_url":"https://example.com/a.png")")},
       422},
      {R"(more than 64 fields that no model knows)", &HasManyNames, {{kDev, ManyNames()}}, 422},
      {R"(`"guidance_scale":0`)",
       &IsZeroGuidance,
       {Dev(R"("guidance_scale":0)"), Pro(R"("guidance_scale":0.0)")},
       422},
      {R"(`true` where a number belongs)",
       &IsTrueNumber,
       {Dev(R"("num_images":true)"), Dev(R"("seed":true)"), Dev(R"("guidance_scale":true)"),
        Dev(R"("aspect_ratio":{"width":true})")},
       422},
      {R"(`seed` below −1)", &IsBelowMinusOne, {Dev(R"("seed":-2)"), Pro(R"("seed":"-7")")}, 422},
      {R"(`seed` beyond 2^53 as a number)",
       &IsRoundedSeed,
       {Dev(R"("seed":9007199254740993)")},
       422,
       {"seed"}},
      {R"(`safety_tolerance` on `text-to-image/pro`)",
       &IsProsTolerance,
       {Pro(R"("safety_tolerance":"4")"), Pro(R"("safety_tolerance":5)"),
        Pro(R"("safety_tolerance":"high")")},
       422,
       {"tolerance"}},
      {R"(`safety_tolerance` as a list, an object, or text over 16 bytes)",
       &IsOddTolerance,
       {Dev(R"("safety_tolerance":["6"])"), Dev(R"("safety_tolerance":{"level":6})"),
        Dev(R"("safety_tolerance":"66666666666666666")")},
       422},
      {R"(`aspect_ratio` objects with further members)",
       &HasFurtherMembers,
       {Dev(R"("aspect_ratio":{"width":512,"height":512,"unit":"px"})")},
       422},
      {R"(`prompt` that is empty, blank, over 32 KiB, or has a NUL)",
       &IsOddPrompt,
       {{kDev, R"({"prompt":""})"},
        {kDev, R"({"prompt":" \n"})"},
        {kDev, R"({"prompt":"a\u0000b"})"},
        {kDev, R"({"prompt":")" + Times(32769, "x") + R"("})"}},
       422},
      {R"(text that is not UTF-8, or half of a surrogate pair)",
       &IsNotUnicode,
       {{kDev, "{\"prompt\":\"caf\xe9\"}"}, {kDev, R"({"prompt":"fox","user":"\ud83d"})"}},
       400},
      {R"(JSON deeper than 64 levels, of more than 100,000 values, or with numbers beyond 1e308)",
       &IsBeyondBounds,
       {Dev(R"("x":)" + Times(65, "[") + Times(65, "]")), Dev(R"("x":[0)" + Times(100'000, ",0") + "]"),
        Dev(R"("x":1e999)")},
       400},
      {R"(`Content-Encoding` other than `identity`)",
       &IsCoded,
       {{.model = kDev, .body = R"({"prompt":"fox"})", .coding = "gzip"},
        {.model = kDev, .body = R"({"prompt":"fox"})", .coding = "identity, br"}},
       415},
  };
  return rows;
}

}  // namespace flux::today

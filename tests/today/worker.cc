// JSON as JavaScript reads it, the worker's few lines, then fal's types and ranges.
#include "tests/today/worker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace flux::today {
namespace {

using Json = nlohmann::json;

// The length of the UTF-8 character that `text` begins with; 0 where it begins with none.
std::size_t CharacterLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool fits = (first != 0xE0 || byte(1) >= 0xA0) && (first != 0xED || byte(1) < 0xA0);
    return fits && follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool fits = (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) < 0x90);
    return fits && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string Decoded(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  std::string text;
  while (!body.empty()) {
    const std::size_t length = CharacterLength(body);
    text += length == 0 ? kReplacement : body.substr(0, length);
    body.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

// Whether an escape of UTF-16 between these two code units stands at the front.
bool IsEscapeBetween(std::string_view text, unsigned long least, unsigned long most) {
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  if (!text.starts_with("\\u") || text.substr(2, 4).find_first_not_of(kHex) != std::string_view::npos)
    return false;
  const unsigned long unit = std::strtoul(std::string(text.substr(2, 4)).c_str(), nullptr, 16);
  return unit >= least && unit <= most;
}

// To JavaScript half of a surrogate pair is a character, and a number beyond a double's range is infinite.
std::string ForThisParser(std::string_view text) {
  constexpr std::string_view kHuge = "1e999";  // the only one that is asked about
  constexpr std::size_t kEscape = 6;
  std::string out;
  while (!text.empty()) {
    std::size_t taken = 1;
    if (IsEscapeBetween(text, 0xD800, 0xDBFF) && !IsEscapeBetween(text.substr(kEscape), 0xDC00, 0xDFFF)) {
      taken = kEscape;
      out += kReplacement;
    } else if (text.starts_with(kHuge) && !out.empty() && out.back() != '"') {
      taken = kHuge.size();
      out += "\"Infinity\"";
    } else {
      taken = IsEscapeBetween(text, 0xD800, 0xDBFF) ? 2 * kEscape : text.starts_with('\\') ? 2 : 1;
      out += text.substr(0, taken);
    }
    text.remove_prefix(std::min(taken, text.size()));
  }
  return out;
}

std::optional<Json> Parsed(const std::string& body) {
  if (body.find('\0') != std::string::npos) return std::nullopt;
  Json json = Json::parse(ForThisParser(Decoded(body)), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

bool IsTruthy(const Json& value) {
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  if (value.is_number()) return value != 0;
  return value.is_structured() || value == true;
}

// `body[name] || fallback`
Json Or(const Json& body, const char* name, Json fallback) {
  const auto found = body.find(name);
  return found != body.end() && IsTruthy(*found) ? *found : fallback;
}

std::string WithoutSpace(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

bool IsDigits(std::string_view text) {
  constexpr std::size_t kMost = 19;  // fits 64 bits
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.size() <= kMost &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// fal's whole numbers: fal takes booleans, whole floats and text of digits for them.
std::optional<Json> Whole(const Json& value) {
  if (value.is_number_integer()) return value;
  if (value.is_boolean()) return Json(value.get<bool>() ? 1 : 0);
  if (value.is_number()) {
    const double number = value.get<double>();
    if (number != std::trunc(number) || std::abs(number) > 9e15) return std::nullopt;
    return Json(static_cast<std::int64_t>(number));
  }
  if (!value.is_string()) return std::nullopt;
  const std::string text = WithoutSpace(value.get<std::string>());
  if (!IsDigits(text)) return std::nullopt;
  if (text.starts_with('-')) return Json(std::strtoll(text.c_str(), nullptr, 10));
  return Json(std::strtoull(text.c_str(), nullptr, 10));
}

std::optional<Json> Between(std::optional<Json> number, double least, double most) {
  if (!number || number->get<double>() < least || number->get<double>() > most) return std::nullopt;
  return number;
}

std::optional<Json> Number(const Json& value) {
  if (value.is_number()) return Json(value.get<double>());
  if (value.is_boolean()) return Json(value.get<bool>() ? 1.0 : 0.0);
  if (!value.is_string()) return std::nullopt;
  const std::string text = WithoutSpace(value.get<std::string>());
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  return Json(number);
}

std::optional<Json> Size(const Json& value) {
  struct Named {
    std::string_view name;
    int width, height;
  };
  constexpr std::array<Named, 6> kNamed = {{{"square_hd", 1024, 1024},
                                            {"square", 512, 512},
                                            {"portrait_4_3", 768, 1024},
                                            {"portrait_16_9", 576, 1024},
                                            {"landscape_4_3", 1024, 768},
                                            {"landscape_16_9", 1024, 576}}};
  for (const Named& named : kNamed) {
    if (value == named.name) return Json{{"width", named.width}, {"height", named.height}};
  }
  if (!value.is_object()) return std::nullopt;
  Json size;
  for (const char* side : {"width", "height"}) {
    const std::optional<Json> pixels = Between(Whole(value.value(side, Json(512))), 1, 14142);
    if (!pixels) return std::nullopt;
    size[side] = *pixels;
  }
  return size;
}

// JavaScript has no whole numbers but doubles.
Json Rounded(const Json& seed) {
  if (!seed.is_number_unsigned()) return seed;
  const double number = static_cast<double>(seed.get<std::uint64_t>());
  return number < 18446744073709551616.0 ? Json(static_cast<std::uint64_t>(number)) : Json(number);
}

// Nothing where it cannot be told: whether the worker forwards a zero.
std::optional<Json> Seed(const Json& body) {
  const Json given = Or(body, "seed", body.value("seed", Json()) == 0 ? Json(0) : Json());
  if (given == 0) return std::nullopt;
  if (given.is_null()) return given;
  std::optional<Json> seed = Whole(given.is_number() ? Rounded(given) : given);
  if (seed && *seed == -1) return Json();  // random, as in many programs
  return seed;
}

}  // namespace

std::optional<Meaning> MeantToTheWorker(const Sent& sent) {
  // Ten steps and more were never within the range of schnell, pictures were dropped, and there is no fal
  // app where the worker sent inpainting.
  const bool schnell = sent.model == "text-to-image/schnell";
  const bool pro = sent.model == "text-to-image/pro";
  if (!schnell && !pro && sent.model != "text-to-image/dev") return std::nullopt;
  const std::optional<Json> body = Parsed(sent.body);
  if (!body) return std::nullopt;

  const Json prompt = body->value("prompt", Json());
  const auto size = Size(Or(*body, "aspect_ratio", "landscape_4_3"));
  const auto steps = Between(Whole(Or(*body, "num_inference_steps", 28)), 1, schnell ? 12 : 50);
  const auto guidance = Between(Number(Or(*body, "guidance_scale", 3.5)), 1, 20);
  const auto count = Between(Whole(Or(*body, "num_images", 1)), 1, 4);
  const auto seed = Seed(*body);
  if (!prompt.is_string() || !size || !steps || !guidance || !count || !seed) return std::nullopt;

  Meaning meaning = {{"app", schnell ? "fal-ai/flux/schnell"
                             : pro   ? "fal-ai/flux-pro"
                                     : "fal-ai/flux/dev"},
                     {"prompt", prompt},
                     {"size", *size},
                     {"steps", *steps},
                     {"guidance", *guidance},
                     {"num_images", *count},
                     {"seed", *seed},
                     {"output_format", "jpeg"},
                     {"sync_mode", false}};
  const bool checker = body->value("safety_tolerance", Json()) != "6";
  if (!pro) {
    meaning["checker"] = checker;
    meaning["acceleration"] = "none";
  } else if (checker) {
    meaning["tolerance"] = "2";  // the worker never forwards one
  } else {
    return std::nullopt;  // whether this app has a checker to switch off is not known
  }
  return meaning;
}

}  // namespace flux::today

// Public JSON -> fields: one table, one reader per field. A reader says what is wrong with a value, or
// nothing.
#include "gateway/doors/flux/flux_fields.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::json;
using Wrong = std::string_view;  // empty: nothing

constexpr Wrong kFine;

// A count: 0 is "not set", as it always was for these two fields.
template <typename Set>
Wrong ReadCount(const Json& value, Set set) {
  constexpr Wrong kWanted = "must be a whole number";
  if (!value.is_number()) return kWanted;
  const double number = value.get<double>();
  if (number != std::floor(number) || number < 0 || number > std::numeric_limits<std::uint32_t>::max())
    return kWanted;
  if (number != 0) set(static_cast<std::uint32_t>(number));
  return kFine;
}

template <typename Set>
Wrong ReadNumber(const Json& value, Set set) {
  if (!value.is_number()) return "must be a number";
  set(value.get<double>());
  return kFine;
}

template <typename Set>
Wrong ReadBool(const Json& value, Set set) {
  if (!value.is_boolean()) return "must be true or false";
  set(value.get<bool>());
  return kFine;
}

Wrong ReadPrompt(const Json& value, FluxFields& out) {
  if (!value.is_string()) return "must be a string";
  out.prompt = value.get_ref<const std::string&>();
  return kFine;
}

v1::ImageInput TakeImage(Json& value) {
  auto& text = value.get_ref<std::string&>();
  v1::ImageInput image;
  if (text.starts_with("data:")) {
    image.set_data_uri(std::move(text));
  } else {
    image.set_url(std::move(text));
  }
  return image;
}

Wrong ReadImage(Json& value, std::optional<v1::ImageInput>& image) {
  if (!value.is_string()) return "must be a string: an http(s) URL or a data URI";
  if (!value.get_ref<const std::string&>().empty()) image = TakeImage(value);
  return kFine;
}

Wrong ReadImages(Json& value, FluxFields& out) {
  constexpr Wrong kWanted = "must be a list of strings, each an http(s) URL or a data URI";
  constexpr std::size_t kMost = 16;  // no model takes more
  if (!value.is_array() || !std::ranges::all_of(value, &Json::is_string)) return kWanted;
  if (value.size() > kMost) return "must have at most 16 members";
  for (Json& member : value) out.images.push_back(TakeImage(member));
  return kFine;
}

Wrong ReadLoras(Json& value, FluxFields& out) {
  constexpr Wrong kWanted =
      "must be a list of objects with \"path\", a string, and perhaps \"scale\", a number";
  constexpr std::size_t kMost = 100;  // the service knows better; this only bounds the work
  if (!value.is_array() || value.size() > kMost) return kWanted;
  for (const Json& member : value) {
    if (!member.is_object()) return kWanted;
    v1::Lora& lora = *out.parameters.add_loras();
    for (const auto& [name, part] : member.items()) {
      if (name == "path" && part.is_string()) {
        lora.set_path(part.get_ref<const std::string&>());
      } else if (name == "scale" && part.is_number()) {
        lora.set_scale(part.get<double>());
      } else {
        return kWanted;
      }
    }
  }
  return kFine;
}

Wrong ReadSeed(const Json& value, FluxFields& out) {
  constexpr Wrong kWanted = "must be a whole number from 0 to 18446744073709551615, or the same as a string";
  std::uint64_t seed = 0;
  if (value.is_number_unsigned()) {
    seed = value.get<std::uint64_t>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return kWanted;
  } else if (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()) &&
             value.get<double>() >= 0 && value.get<double>() <= 9007199254740992.0) {
    seed = static_cast<std::uint64_t>(value.get<double>());  // 42.0 or 1e3: exact below 2^53
  } else {
    return kWanted;
  }
  out.parameters.set_seed(seed);
  return kFine;
}

// A tolerance is text ("6"); whole numbers were accepted and are their digits.
Wrong ReadTolerance(const Json& value, FluxFields& out) {
  if (value.is_string()) {
    out.parameters.set_safety_tolerance(value.get_ref<const std::string&>());
  } else if (value.is_number_integer()) {
    out.parameters.set_safety_tolerance(value.dump());
  } else {
    return "must be a string from \"1\" to \"6\"";
  }
  return kFine;
}

constexpr std::array<std::pair<std::string_view, v1::SizePreset>, 8> kSizeNames = {{
    {"square_hd", v1::SIZE_PRESET_SQUARE_HD},
    {"square", v1::SIZE_PRESET_SQUARE},
    {"portrait_4_3", v1::SIZE_PRESET_PORTRAIT_4_3},
    {"portrait_16_9", v1::SIZE_PRESET_PORTRAIT_16_9},
    {"landscape_4_3", v1::SIZE_PRESET_LANDSCAPE_4_3},
    {"landscape_16_9", v1::SIZE_PRESET_LANDSCAPE_16_9},
    {"auto", v1::SIZE_PRESET_AUTO},
    {"match_input", v1::SIZE_PRESET_MATCH_INPUT},
}};

Wrong ReadDimensions(const Json& value, v1::Dimensions& out) {
  constexpr Wrong kWanted = "must have whole numbers \"width\" and \"height\" and nothing else";
  const auto side = [&value](const char* name) -> std::uint64_t {
    const auto found = value.find(name);
    return found != value.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  const std::uint64_t width = side("width");
  const std::uint64_t height = side("height");
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (value.size() != 2 || width == 0 || height == 0 || width > kMost || height > kMost) return kWanted;
  out.set_width(static_cast<std::uint32_t>(width));
  out.set_height(static_cast<std::uint32_t>(height));
  return kFine;
}

Wrong ReadSize(const Json& value, FluxFields& out) {
  constexpr Wrong kWanted =
      "must be a ratio such as \"16:9\", one of square_hd, square, portrait_4_3, portrait_16_9, "
      "landscape_4_3, "
      "landscape_16_9, or {\"width\":…,\"height\":…}";
  if (out.parameters.has_image_size()) return "must not be given together with its other name";
  if (value.is_object())
    return ReadDimensions(value, *out.parameters.mutable_image_size()->mutable_dimensions());
  if (!value.is_string()) return kWanted;
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty()) return kFine;
  if (text.find(':') != std::string::npos) {
    out.parameters.mutable_image_size()->set_aspect_ratio(text);
    return kFine;
  }
  for (const auto& [name, preset] : kSizeNames) {
    if (text != name) continue;
    out.parameters.mutable_image_size()->set_preset(preset);
    return kFine;
  }
  return kWanted;
}

Wrong ReadFormat(const Json& value, FluxFields& out) {
  constexpr std::array<std::pair<std::string_view, v1::OutputFormat>, 3> kNames = {
      {{"jpeg", v1::OUTPUT_FORMAT_JPEG}, {"png", v1::OUTPUT_FORMAT_PNG}, {"webp", v1::OUTPUT_FORMAT_WEBP}}};
  for (const auto& [name, format] : kNames) {
    if (value != name) continue;
    out.parameters.set_output_format(format);
    return kFine;
  }
  return "must be one of \"jpeg\", \"png\", \"webp\"";
}

Wrong ReadAcceleration(const Json& value, FluxFields& out) {
  constexpr std::array<std::pair<std::string_view, v1::Acceleration>, 3> kNames = {
      {{"none", v1::ACCELERATION_NONE},
       {"regular", v1::ACCELERATION_REGULAR},
       {"high", v1::ACCELERATION_HIGH}}};
  for (const auto& [name, acceleration] : kNames) {
    if (value != name) continue;
    out.parameters.set_acceleration(acceleration);
    return kFine;
  }
  return "must be one of \"none\", \"regular\", \"high\"";
}

template <auto Set>
Wrong ReadParameterBool(Json& value, FluxFields& out) {
  return ReadBool(value, [&](bool v) { (out.parameters.*Set)(v); });
}

template <auto Set>
Wrong ReadParameterNumber(Json& value, FluxFields& out) {
  return ReadNumber(value, [&](double v) { (out.parameters.*Set)(v); });
}

template <auto Set>
Wrong ReadParameterCount(Json& value, FluxFields& out) {
  return ReadCount(value, [&](std::uint32_t v) { (out.parameters.*Set)(v); });
}

struct FieldRow {
  std::string_view name;
  Wrong (*read)(Json& value, FluxFields& out);
};

using Parameters = v1::GenerationParameters;

constexpr FieldRow kFields[] = {
    {"prompt", [](Json& value, FluxFields& out) { return ReadPrompt(value, out); }},
    {"aspect_ratio", [](Json& value, FluxFields& out) { return ReadSize(value, out); }},
    {"image_size", [](Json& value, FluxFields& out) { return ReadSize(value, out); }},
    {"image_url", [](Json& value, FluxFields& out) { return ReadImage(value, out.image); }},
    {"image_urls", &ReadImages},
    {"mask_url", [](Json& value, FluxFields& out) { return ReadImage(value, out.mask); }},
    {"strength",
     [](Json& value, FluxFields& out) { return ReadNumber(value, [&](double v) { out.strength = v; }); }},
    {"num_inference_steps", &ReadParameterCount<&Parameters::set_num_inference_steps>},
    {"guidance_scale", &ReadParameterNumber<&Parameters::set_guidance_scale>},
    {"num_images", &ReadParameterCount<&Parameters::set_num_images>},
    {"safety_tolerance", [](Json& value, FluxFields& out) { return ReadTolerance(value, out); }},
    {"enable_safety_checker", &ReadParameterBool<&Parameters::set_enable_safety_checker>},
    {"seed", [](Json& value, FluxFields& out) { return ReadSeed(value, out); }},
    {"output_format", [](Json& value, FluxFields& out) { return ReadFormat(value, out); }},
    {"acceleration", [](Json& value, FluxFields& out) { return ReadAcceleration(value, out); }},
    {"sync_mode", &ReadParameterBool<&Parameters::set_sync_mode>},
    {"raw", &ReadParameterBool<&Parameters::set_raw>},
    {"enhance_prompt", &ReadParameterBool<&Parameters::set_enhance_prompt>},
    {"image_prompt_strength", &ReadParameterNumber<&Parameters::set_image_prompt_strength>},
    {"negative_prompt",
     [](Json& value, FluxFields& out) -> Wrong {
       if (!value.is_string()) return "must be a string";
       out.parameters.set_negative_prompt(value.get_ref<const std::string&>());
       return kFine;
     }},
    {"loras", &ReadLoras},
    {"split_images", &ReadParameterBool<&Parameters::set_split_images>},
    {"fetch_images", &ReadParameterBool<&Parameters::set_fetch_images>},
};

const FieldRow* FindField(std::string_view name) {
  for (const FieldRow& row : kFields) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string KnownFields() {
  std::string names;
  for (const FieldRow& row : kFields) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

// Whether any model could have a field of this name.
bool MayBeExtra(std::string_view name) {
  constexpr std::size_t kMost = 64;
  return !name.empty() && name.size() <= kMost && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// protobuf's Value holds numbers as doubles.
bool LosesDigits(const Json& value) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() > kExact;
  if (value.is_number_integer()) return value.get<std::int64_t>() < -kExact;
  return value.is_structured() && std::ranges::any_of(value, &LosesDigits);
}

// 0 for what holds nothing, 1 for a flat list or object. The parser has bounded it.
int Depth(const Json& value) {
  if (!value.is_structured()) return 0;
  int deepest = 0;
  for (const Json& member : value) deepest = std::max(deepest, Depth(member));
  return deepest + 1;
}

Wrong ReadExtra(const std::string& name, const Json& value, FluxFields& out) {
  if (Depth(value) > kMaxValueDepth) return "must not be nested deeper than 24 levels";
  if (LosesDigits(value)) return "must not hold whole numbers beyond 9007199254740992";
  google::protobuf::Value& extra = (*out.parameters.mutable_extra()->mutable_fields())[name];
  const std::string text = value.dump();
  return google::protobuf::util::JsonStringToMessage(text, &extra).ok() ? kFine : "cannot be read";
}

}  // namespace

Result<FluxFields> ReadFluxFields(Json& body) {
  constexpr std::size_t kMostViolations = 20;  // then the point is made
  constexpr int kMostExtras = 64;
  constexpr std::size_t kMostName = 64;  // of a caller's own, in an error
  FluxFields fields;
  std::vector<Violation> violations;
  for (const auto& item : body.items()) {
    if (violations.size() == kMostViolations) break;
    const std::string& name = item.key();
    const FieldRow* row = FindField(name);
    Wrong wrong;
    if (row != nullptr) {
      if (!item.value().is_null()) wrong = row->read(item.value(), fields);
    } else if (!MayBeExtra(name) || fields.parameters.extra().fields_size() == kMostExtras) {
      violations.push_back(
          {Shorten(name, kMostName), "is not a known field; known to most models are " + KnownFields()});
    } else if (!item.value().is_null()) {
      wrong = ReadExtra(name, item.value(), fields);
    }
    if (!wrong.empty()) violations.push_back({name, std::string(wrong)});
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));
  return fields;
}

}  // namespace flux::gateway

// Public JSON -> flux.v1: one table of fields, one reader per field. A reader says what is wrong with a
// value, or nothing.
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.h"
#include "gateway/transcode/flux.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::json;
using Wrong = std::string_view;  // empty: nothing

constexpr Wrong kFine;

// What was read, before it is known which RPC it is for.
struct Fields {
  std::string prompt;
  std::optional<v1::ImageInput> image;
  std::optional<v1::ImageInput> mask;
  std::optional<double> strength;
  v1::GenerationParameters parameters;
};

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

Wrong ReadPrompt(const Json& value, Fields& out) {
  if (!value.is_string()) return "must be a string";
  out.prompt = value.get_ref<const std::string&>();
  return kFine;
}

Wrong ReadImage(const Json& value, std::optional<v1::ImageInput>& image) {
  if (!value.is_string()) return "must be a string: an http(s) URL or a data URI";
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty()) return kFine;
  image.emplace();
  if (text.starts_with("data:")) {
    image->set_data_uri(text);
  } else {
    image->set_url(text);
  }
  return kFine;
}

Wrong ReadSeed(const Json& value, Fields& out) {
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
Wrong ReadTolerance(const Json& value, Fields& out) {
  if (value.is_string()) {
    out.parameters.set_safety_tolerance(value.get_ref<const std::string&>());
  } else if (value.is_number_integer()) {
    out.parameters.set_safety_tolerance(value.dump());
  } else {
    return "must be a string from \"1\" to \"6\"";
  }
  return kFine;
}

constexpr std::array<std::pair<std::string_view, v1::SizePreset>, 6> kSizeNames = {{
    {"square_hd", v1::SIZE_PRESET_SQUARE_HD},
    {"square", v1::SIZE_PRESET_SQUARE},
    {"portrait_4_3", v1::SIZE_PRESET_PORTRAIT_4_3},
    {"portrait_16_9", v1::SIZE_PRESET_PORTRAIT_16_9},
    {"landscape_4_3", v1::SIZE_PRESET_LANDSCAPE_4_3},
    {"landscape_16_9", v1::SIZE_PRESET_LANDSCAPE_16_9},
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

Wrong ReadSize(const Json& value, Fields& out) {
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

Wrong ReadFormat(const Json& value, Fields& out) {
  constexpr std::array<std::pair<std::string_view, v1::OutputFormat>, 3> kNames = {
      {{"jpeg", v1::OUTPUT_FORMAT_JPEG}, {"png", v1::OUTPUT_FORMAT_PNG}, {"webp", v1::OUTPUT_FORMAT_WEBP}}};
  for (const auto& [name, format] : kNames) {
    if (value != name) continue;
    out.parameters.set_output_format(format);
    return kFine;
  }
  return "must be one of \"jpeg\", \"png\", \"webp\"";
}

Wrong ReadAcceleration(const Json& value, Fields& out) {
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

struct FieldRow {
  std::string_view name;
  Wrong (*read)(const Json& value, Fields& out);
};

constexpr FieldRow kFields[] = {
    {"prompt", &ReadPrompt},
    {"aspect_ratio", &ReadSize},
    {"image_size", &ReadSize},
    {"image_url", [](const Json& value, Fields& out) { return ReadImage(value, out.image); }},
    {"mask_url", [](const Json& value, Fields& out) { return ReadImage(value, out.mask); }},
    {"strength",
     [](const Json& value, Fields& out) { return ReadNumber(value, [&](double v) { out.strength = v; }); }},
    {"num_inference_steps",
     [](const Json& value, Fields& out) {
       return ReadCount(value, [&](std::uint32_t v) { out.parameters.set_num_inference_steps(v); });
     }},
    {"guidance_scale",
     [](const Json& value, Fields& out) {
       return ReadNumber(value, [&](double v) { out.parameters.set_guidance_scale(v); });
     }},
    {"num_images",
     [](const Json& value, Fields& out) {
       return ReadCount(value, [&](std::uint32_t v) { out.parameters.set_num_images(v); });
     }},
    {"safety_tolerance", &ReadTolerance},
    {"enable_safety_checker",
     [](const Json& value, Fields& out) {
       return ReadBool(value, [&](bool v) { out.parameters.set_enable_safety_checker(v); });
     }},
    {"seed", &ReadSeed},
    {"output_format", &ReadFormat},
    {"acceleration", &ReadAcceleration},
    {"sync_mode",
     [](const Json& value, Fields& out) {
       return ReadBool(value, [&](bool v) { out.parameters.set_sync_mode(v); });
     }},
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

// A caller's own field name, fit for an error message.
std::string Shown(const std::string& name) {
  constexpr std::size_t kMost = 64;
  return name.size() <= kMost ? name : name.substr(0, kMost) + "…";
}

Result<Fields> ReadFields(const Json& body) {
  constexpr std::size_t kMostViolations = 20;  // then the point is made
  Fields fields;
  std::vector<Violation> violations;
  for (const auto& [name, value] : body.items()) {
    if (violations.size() == kMostViolations) break;
    const FieldRow* row = FindField(name);
    if (row == nullptr) {
      violations.push_back({Shown(name), "is not a known field; known are " + KnownFields()});
    } else if (!value.is_null()) {
      const Wrong wrong = row->read(value, fields);
      if (!wrong.empty()) violations.push_back({name, std::string(wrong)});
    }
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));
  return fields;
}

void Reject(std::vector<Violation>& violations, std::string_view field, bool given) {
  if (given) violations.push_back({std::string(field), "is not taken by this model"});
}

template <typename Request>
Request Common(std::string_view model, Fields& fields) {
  Request request;
  request.set_model(std::string(model));
  request.set_prompt(std::move(fields.prompt));
  *request.mutable_parameters() = std::move(fields.parameters);
  return request;
}

Result<GenerationRequest> Assemble(v1::ModelKind kind, std::string_view model, Fields fields) {
  std::vector<Violation> violations;
  if (kind == v1::MODEL_KIND_TEXT_TO_IMAGE) {
    Reject(violations, "image_url", fields.image.has_value());
    Reject(violations, "strength", fields.strength.has_value());
  }
  if (kind != v1::MODEL_KIND_INPAINTING) Reject(violations, "mask_url", fields.mask.has_value());
  if (!violations.empty()) return InvalidFields(std::move(violations));

  if (kind == v1::MODEL_KIND_TEXT_TO_IMAGE)
    return GenerationRequest(Common<v1::TextToImageRequest>(model, fields));
  const auto with_image = [&](auto request) {
    if (fields.image) *request.mutable_image() = std::move(*fields.image);
    if (fields.strength) request.set_strength(*fields.strength);
    return request;
  };
  if (kind == v1::MODEL_KIND_IMAGE_TO_IMAGE) {
    return GenerationRequest(with_image(Common<v1::ImageToImageRequest>(model, fields)));
  }
  auto request = with_image(Common<v1::InpaintRequest>(model, fields));
  if (fields.mask) *request.mutable_mask() = std::move(*fields.mask);
  return GenerationRequest(std::move(request));
}

}  // namespace

Result<GenerationRequest> ParseFlux(v1::ModelKind kind, std::string_view model, std::string_view body) {
  Result<Json> json = ParseJson(body);
  if (!json || !json->is_object()) {
    Status status(Reason::kInvalidJson, "Invalid JSON in request body");
    status.violations.push_back({"", json ? "the body must be a JSON object" : json.error().message});
    return status;
  }
  Result<Fields> fields = ReadFields(*json);
  if (!fields) return std::move(fields).error();
  json = Json();  // a picture may be in there twice now
  return Assemble(kind, model, *std::move(fields));
}

}  // namespace flux::gateway

// Public JSON -> fields: one table, one reader per field. A reader says what is wrong with a value, or
// nothing.
#include "gateway/doors/flux/flux_fields.h"

#include <absl/strings/match.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/loose_text.h"
#include "base/text.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/flux_size.h"
#include "gateway/doors/idempotency.h"
#include "gateway/doors/loose_json.h"
#include "gateway/http/web_url.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::json;
using Wrong = std::string_view;  // empty: nothing

constexpr Wrong kFine;
constexpr std::string_view kWebhookField = "webhook_url";
constexpr std::uint64_t kMostCount = std::numeric_limits<std::uint32_t>::max();

// A count: 0 is "not set", as it always was for these two fields. What is too large for any model is the
// service's to refuse, with the range.
template <typename Set>
Wrong ReadCount(const Json& value, Set set) {
  const std::optional<std::uint64_t> number = WholeNumberOf(value);
  if (!number || *number > kMostCount) return "must be a whole number from 0 to 4294967295";
  if (*number != 0) set(static_cast<std::uint32_t>(*number));
  return kFine;
}

template <typename Set>
Wrong ReadNumber(const Json& value, Set set) {
  const std::optional<double> number = NumberOf(value);
  if (!number) return "must be a number";
  set(*number);
  return kFine;
}

template <typename Set>
Wrong ReadBool(const Json& value, Set set) {
  const std::optional<bool> truth = TruthOf(value);
  if (!truth) return "must be true or false";
  set(*truth);
  return kFine;
}

// Off only where it is said without doubt. A zero may be meant for "not set", and text that says false may
// come from a form or a template; both were passed over once, with the checker on.
Wrong ReadChecker(const Json& value, FluxFields& out) {
  if (!value.is_boolean() && TruthOf(value) != true) {
    return "must be true or false; to switch the checker off it must be false as a boolean, neither text nor "
           "0";
  }
  out.parameters.set_enable_safety_checker(*TruthOf(value));
  return kFine;
}

Wrong ReadPrompt(const Json& value, FluxFields& out) {
  if (!value.is_string()) return "must be a string";
  out.prompt = value.get_ref<const std::string&>();
  return kFine;
}

// Without white space at the ends, which costs a copy only where there is some.
v1::ImageInput TakeImage(Json& value) {
  auto& text = value.get_ref<std::string&>();
  if (const std::string_view trimmed = Trimmed(text); trimmed.size() != text.size()) {
    text = std::string(trimmed);
  }
  v1::ImageInput image;
  if (absl::StartsWithIgnoreCase(text, "data:")) {
    image.set_data_uri(std::move(text));
  } else {
    image.set_url(std::move(text));
  }
  return image;
}

Wrong ReadImage(Json& value, std::optional<v1::ImageInput>& image) {
  if (!value.is_string()) return "must be a string: an http(s) URL or a data URI";
  image = TakeImage(value);
  return kFine;
}

Wrong ReadImages(Json& value, FluxFields& out) {
  constexpr Wrong kWanted = "must be a list of strings, each an http(s) URL or a data URI";
  constexpr std::size_t kMost = 16;  // no model takes more
  if (!value.is_array()) return kWanted;
  if (value.size() > kMost) return "must have at most 16 members";
  for (Json& member : value) {
    if (SaysNothing(member)) continue;
    if (!member.is_string()) return kWanted;
    out.images.push_back(TakeImage(member));
  }
  return kFine;
}

Wrong ReadLora(const Json& value, v1::Lora& lora) {
  constexpr Wrong kWanted =
      "must be a list of objects with \"path\", a string, and perhaps \"scale\", a number";
  if (!value.is_object()) return kWanted;
  for (const auto& [name, part] : value.items()) {
    if (SaysNothing(part)) continue;
    if (name == "path" && part.is_string()) {
      lora.set_path(std::string(WordOf(part)));
    } else if (const auto number = NumberOf(part); name == "scale" && number) {
      lora.set_scale(*number);
    } else {
      return kWanted;
    }
  }
  return kFine;
}

Wrong ReadLoras(Json& value, FluxFields& out) {
  constexpr std::size_t kMost = 100;  // the service knows better; this only bounds the work
  if (!value.is_array()) return "must be a list of objects";
  if (value.size() > kMost) return "must be a list of objects, at most 100 of them";
  for (const Json& member : value) {
    if (SaysNothing(member)) continue;
    if (const Wrong wrong = ReadLora(member, *out.parameters.add_loras()); !wrong.empty()) return wrong;
  }
  return kFine;
}

// −1 means random in many programs; a seed that is not set is.
Wrong ReadSeed(const Json& value, FluxFields& out) {
  if (NumberOf(value) == -1) return kFine;
  const std::optional<std::uint64_t> seed = WholeNumberOf(value);
  if (!seed) {
    return "must be a whole number from 0 to 18446744073709551615, or the same as a string; -1 for random";
  }
  out.parameters.set_seed(*seed);
  return kFine;
}

// A tolerance is text, and only the text "6" switches a checker off. Anything else must not become that text
// on its way: a number is written with its point ("6.0"), which models with a tolerance of their own get
// without it (service/order/tolerance.h).
Wrong ReadTolerance(const Json& value, FluxFields& out) {
  constexpr std::size_t kMost = 16;  // bytes that the service takes
  if (value.is_string()) {
    out.parameters.set_safety_tolerance(value.get_ref<const std::string&>());
  } else if (value.is_number() || value.is_boolean()) {
    std::string text = value.dump();
    if (text == "6") text = "6.0";
    if (text.size() > kMost) text.resize(kMost);  // no tolerance, cut or not
    out.parameters.set_safety_tolerance(std::move(text));
  } else {
    return "must be a string from \"1\" to \"6\"";
  }
  return kFine;
}

// The same under both of its names is the same. A zero is "not set", as it always was.
Wrong ReadSize(const Json& value, FluxFields& out) {
  if (value.is_number() && value == 0) return kFine;
  v1::ImageSize size;
  if (const Wrong wrong = ReadImageSize(value, size); !wrong.empty()) return wrong;
  if (out.parameters.has_image_size() &&
      out.parameters.image_size().SerializeAsString() != size.SerializeAsString()) {
    return "must not be given together with its other name";
  }
  *out.parameters.mutable_image_size() = std::move(size);
  return kFine;
}

template <typename Enum>
using Names = std::initializer_list<std::pair<std::string_view, Enum>>;

// The value of that name; nothing where the text is none of them.
template <typename Enum>
std::optional<Enum> NamedBy(const Json& text, Names<Enum> names) {
  const auto found = std::ranges::find(names, WordOf(text), &std::pair<std::string_view, Enum>::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

// Text, which the service holds against the model's classes.
Wrong ReadResolution(const Json& value, FluxFields& out) {
  if (!value.is_string()) return "must be a string such as \"1k\"";
  out.parameters.set_resolution(std::string(WordOf(value)));
  return kFine;
}

Wrong ReadFormat(const Json& value, FluxFields& out) {
  const auto format = NamedBy<v1::OutputFormat>(
      value,
      {{"jpeg", v1::OUTPUT_FORMAT_JPEG}, {"png", v1::OUTPUT_FORMAT_PNG}, {"webp", v1::OUTPUT_FORMAT_WEBP}});
  if (!format) return "must be one of \"jpeg\", \"png\", \"webp\"";
  out.parameters.set_output_format(*format);
  return kFine;
}

Wrong ReadAcceleration(const Json& value, FluxFields& out) {
  const auto acceleration = NamedBy<v1::Acceleration>(value, {{"none", v1::ACCELERATION_NONE},
                                                              {"regular", v1::ACCELERATION_REGULAR},
                                                              {"high", v1::ACCELERATION_HIGH}});
  if (!acceleration) return "must be one of \"none\", \"regular\", \"high\"";
  out.parameters.set_acceleration(*acceleration);
  return kFine;
}

Wrong ReadOnDisconnect(const Json& value, FluxFields& out) {
  const auto leaving = NamedBy<v1::OnDisconnect>(
      value, {{"cancel", v1::ON_DISCONNECT_CANCEL}, {"finish", v1::ON_DISCONNECT_FINISH}});
  if (!leaving) return "must be \"cancel\" or \"finish\"";
  out.parameters.set_on_disconnect(*leaving);
  return kFine;
}

Wrong ReadPriority(const Json& value, FluxFields& out) {
  const auto priority = NamedBy<v1::QueuePriority>(
      value, {{"normal", v1::QUEUE_PRIORITY_NORMAL}, {"low", v1::QUEUE_PRIORITY_LOW}});
  if (!priority) return "must be \"normal\" or \"low\"";
  out.parameters.set_queue_priority(*priority);
  return kFine;
}

// A number is none: 1e3 and 1000 would be two keys or one, as a library has it.
Wrong ReadKey(const Json& value, FluxFields& out) {
  if (!value.is_string() || IsEmpty(value)) return "must be text of 1 to 255 printable ASCII characters";
  out.parameters.set_idempotency_key(value.get_ref<const std::string&>());
  return kFine;
}

// Where it leads to is the service's to judge.
Wrong ReadWebhook(const Json& value, FluxFields& out) {
  if (!value.is_string()) return "must be a string: an https URL";
  out.webhook_url = WordOf(value);
  return FaultOfWebUrl(out.webhook_url);
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

// Which values say that a field is not set.
enum class NotSet {
  kNothing,  // null, false, blank text
  kBoolean,  // null and blank text; false is a value
  kText,     // null, false and empty text; blank text is the service's to judge
  kNoText,   // null and false; empty text is a mistake
};

struct FieldRow {
  std::string_view name;
  std::string_view meaning;  // a sentence for the document; empty: another name of the row before
  Wrong (*read)(Json& value, FluxFields& out);
  NotSet not_set = NotSet::kNothing;
};

using Parameters = v1::GenerationParameters;

constexpr FieldRow kFields[] = {
    {"prompt", "What to draw, or what to change; at most 32 KiB.",
     [](Json& value, FluxFields& out) { return ReadPrompt(value, out); }, NotSet::kText},
    {"aspect_ratio", "How large, or of which shape: a name, a ratio such as 16:9, or both sides in pixels.",
     [](Json& value, FluxFields& out) { return ReadSize(value, out); }},
    {"image_size", "", [](Json& value, FluxFields& out) { return ReadSize(value, out); }},
    {"resolution", "How many pixels, as a class of them; it decides the price, and 4k can take minutes.",
     [](Json& value, FluxFields& out) { return ReadResolution(value, out); }},
    {"image_url", "The picture to start from: an http(s) URL that fal can reach, or a data URI.",
     [](Json& value, FluxFields& out) { return ReadImage(value, out.image); }},
    {"image_urls", "The pictures to change: http(s) URLs that fal can reach, or data URIs.", &ReadImages},
    {"mask_url", "Which part is painted anew: white is, black stays. An http(s) URL or a data URI.",
     [](Json& value, FluxFields& out) { return ReadImage(value, out.mask); }},
    {"strength", "How far the result may go from the picture.",
     [](Json& value, FluxFields& out) { return ReadNumber(value, [&](double v) { out.strength = v; }); }},
    {"num_inference_steps", "Steps of the model; more are slower and finer.",
     &ReadParameterCount<&Parameters::set_num_inference_steps>},
    {"guidance_scale", "How closely the prompt is followed.",
     &ReadParameterNumber<&Parameters::set_guidance_scale>},
    {"num_images", "How many pictures; each is paid for.", &ReadParameterCount<&Parameters::set_num_images>},
    {"safety_tolerance",
     "From 1, the strictest, to 6. On models with a checker 6 switches it off and nothing else does.",
     [](Json& value, FluxFields& out) { return ReadTolerance(value, out); }},
    {"enable_safety_checker", "Whether results are checked; flagged ones are blackened, and paid for.",
     [](Json& value, FluxFields& out) { return ReadChecker(value, out); }, NotSet::kBoolean},
    {"seed", "The same seed and request make the same picture. Can exceed 2^53. Random where it is not set.",
     [](Json& value, FluxFields& out) { return ReadSeed(value, out); }},
    {"output_format", "File format of the pictures.",
     [](Json& value, FluxFields& out) { return ReadFormat(value, out); }},
    {"acceleration", "Speed against quality.",
     [](Json& value, FluxFields& out) { return ReadAcceleration(value, out); }},
    {"sync_mode", "True: pictures come as data URIs instead of URLs, and fal keeps no copy.",
     &ReadParameterBool<&Parameters::set_sync_mode>, NotSet::kBoolean},
    {"raw", "True: less processed, more natural pictures.", &ReadParameterBool<&Parameters::set_raw>,
     NotSet::kBoolean},
    {"enhance_prompt",
     "Whether the prompt may be rewritten for better pictures; the reply tells the one that was used.",
     &ReadParameterBool<&Parameters::set_enhance_prompt>, NotSet::kBoolean},
    {"image_prompt_strength", "How much the picture counts beside the prompt.",
     &ReadParameterNumber<&Parameters::set_image_prompt_strength>},
    {"negative_prompt", "What not to draw; at most 32 KiB.",
     [](Json& value, FluxFields& out) -> Wrong {
       if (!value.is_string()) return "must be a string";
       out.parameters.set_negative_prompt(value.get_ref<const std::string&>());
       return kFine;
     },
     NotSet::kText},
    {"loras", "LoRA weights to apply, in this order.", &ReadLoras},
    {"split_images", "True: num_images purchases of one picture each, on models that make one at a time.",
     &ReadParameterBool<&Parameters::set_split_images>, NotSet::kBoolean},
    {"fetch_images", "True: each picture is fetched and looked at here, and comes as a data URI.",
     &ReadParameterBool<&Parameters::set_fetch_images>, NotSet::kBoolean},
    {kKeyField, "The same as the header Idempotency-Key.",
     [](Json& value, FluxFields& out) { return ReadKey(value, out); }, NotSet::kNoText},
    {"on_disconnect",
     "What becomes of the purchase when its caller leaves: it is cancelled, or finished and kept as a job.",
     [](Json& value, FluxFields& out) { return ReadOnDisconnect(value, out); }},
    {"queue_priority",
     "How urgent it is in fal's queue, which purchases with an idempotency key and jobs go through; low "
     "comes "
     "after all that are normal.",
     [](Json& value, FluxFields& out) { return ReadPriority(value, out); }},
    {kWebhookField,
     "An https URL that is told when the purchase is over, by a POST with the signature of Standard "
     "Webhooks.",
     [](Json& value, FluxFields& out) { return ReadWebhook(value, out); }},
};

const FieldRow* FindField(std::string_view name) {
  for (const FieldRow& row : kFields) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

bool IsNotSet(const FieldRow* row, const Json& value) {
  if (row == nullptr) return IsEmpty(value);
  if (row->not_set == NotSet::kBoolean && value.is_boolean()) return false;
  if (row->not_set == NotSet::kText && value.is_string()) return IsEmpty(value);
  if (row->not_set == NotSet::kNoText && value.is_string()) return false;
  return SaysNothing(value);
}

// What a field of flux.v1 is called here; empty where it has the same name, or is none.
std::string_view OtherNameOf(const std::string& name) {
  const std::string ours = PublicName(name);
  const FieldRow* row = ours == name ? nullptr : FindField(ours);
  return row == nullptr ? std::string_view() : row->name;
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

// What a model of its own makes of a value is the service's to say. What cannot be brought there is a Value
// of no kind: whether it matters depends on whether anybody knows the name.
void ReadExtra(const std::string& name, const Json& value, FluxFields& out) {
  google::protobuf::Value& extra = (*out.parameters.mutable_extra()->mutable_fields())[name];
  if (Depth(value) > kMaxValueDepth || LosesDigits(value)) return;
  if (!google::protobuf::util::JsonStringToMessage(value.dump(), &extra).ok()) extra.Clear();
}

// A bad key has a reason of its own, unless other fields are bad as well.
Status Refusal(std::vector<Violation> violations) {
  const bool key = violations.size() == 1 && violations.front().field == kKeyField;
  Status status = InvalidFields(std::move(violations));
  if (key) status.reason = Reason::kInvalidIdempotencyKey;
  return status;
}

}  // namespace

std::string_view MeaningOf(std::string_view name) {
  const FieldRow* row = FindField(name);
  return row == nullptr ? std::string_view() : row->meaning;
}

Result<FluxFields> ReadFluxFields(Json& body, UnknownFields unknown, bool webhooks) {
  constexpr std::size_t kMostViolations = 20;  // then the point is made
  constexpr int kMostExtras = 64;
  constexpr std::size_t kMostName = 64;  // bytes of a caller's own
  FluxFields fields;
  std::vector<Violation> violations;
  for (const auto& item : body.items()) {
    if (violations.size() == kMostViolations) break;
    const std::string name = Shorten(item.key(), kMostName);
    const FieldRow* row = FindField(item.key());
    if (!webhooks && row != nullptr && row->name == kWebhookField) row = nullptr;
    if (IsNotSet(row, item.value())) continue;
    if (row != nullptr) {
      if (const Wrong wrong = row->read(item.value(), fields); !wrong.empty()) {
        violations.push_back({name, std::string(wrong)});
      }
    } else if (const std::string_view other = OtherNameOf(item.key()); !other.empty()) {
      violations.push_back({name, "is not known; did you mean \"" + std::string(other) + "\"?"});
    } else if (fields.parameters.extra().fields_size() == kMostExtras) {
      violations.push_back({name, "is one field too many that few or no models know; at most 64 are read"});
    } else {
      ReadExtra(name, item.value(), fields);
    }
  }
  if (!violations.empty()) return Refusal(std::move(violations));
  fields.parameters.set_warn_of_unknown_extra(unknown == UnknownFields::kWarn &&
                                              fields.parameters.extra().fields_size() > 0);
  return fields;
}

}  // namespace flux::gateway

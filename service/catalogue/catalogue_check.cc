// Checks a row that did not come with the program: first the row as a whole, then each of its rules by itself
// and against the others.
#include "service/catalogue/catalogue_check.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "service/catalogue/limits.h"
#include "service/catalogue/size.h"

namespace flux::service {
namespace {

constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxEndpointBytes = 200;
constexpr double kMaxListMembers = 100;

bool IsMadeOf(std::string_view text, std::string_view also) {
  return std::ranges::all_of(text, [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
  });
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.size() <= 9 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Names that the public JSON gives to fields of its own.
bool IsReserved(std::string_view name) {
  constexpr std::array<std::string_view, 7> kReserved{"model",      "extra",        "parameters", "image_url",
                                                      "image_urls", "aspect_ratio", "mask_url"};
  return FindField(name) != nullptr || std::ranges::count(kReserved, name) > 0;
}

// What an RPC has outside of its parameters: a field is required, may be taken, or cannot be said at all.
struct KindRow {
  v1::ModelKind kind;
  std::string_view rpc;
  std::vector<Field> required;
  std::vector<Field> unknown;
};

const KindRow* FindKind(v1::ModelKind kind) {
  using enum Field;
  static const std::array<KindRow, 5> kKinds{{
      {v1::MODEL_KIND_TEXT_TO_IMAGE, "TextToImage", {kPrompt}, {kImage, kMask, kImages, kStrength}},
      {v1::MODEL_KIND_IMAGE_TO_IMAGE, "ImageToImage", {kImage}, {kMask, kImages}},
      {v1::MODEL_KIND_INPAINTING, "Inpaint", {kImage, kMask}, {kImages}},
      {v1::MODEL_KIND_EDIT, "EditImage", {kPrompt, kImages}, {kImage, kMask, kStrength}},
      {v1::MODEL_KIND_TRANSFORM, "Transform", {kImage}, {kPrompt, kMask, kImages, kStrength}},
  }};
  const auto row = std::ranges::find(kKinds, kind, &KindRow::kind);
  return row == kKinds.end() ? nullptr : &*row;
}

// Whether `text` is a value that this rule would let pass.
Problem DefaultProblem(const ModelRow& row, const FieldRule& rule) {
  const std::string& text = rule.default_text;
  if (text.empty()) return std::nullopt;
  double number = 0;
  switch (TypeOf(rule)) {
    case v1::PARAMETER_TYPE_INTEGER:
    case v1::PARAMETER_TYPE_NUMBER:
      if (!absl::SimpleAtod(text, &number)) return "must be a number as text";
      if (TypeOf(rule) == v1::PARAMETER_TYPE_INTEGER && number != std::trunc(number)) {
        return "must be a whole number as text";
      }
      return NumberProblem(row, rule, number);
    case v1::PARAMETER_TYPE_BOOLEAN:
      if (text != "true" && text != "false") return "must be \"true\" or \"false\"";
      return std::nullopt;
    case v1::PARAMETER_TYPE_STRING:
      return rule.allowed.empty() ? std::nullopt : ChoiceProblem(row, rule, text);
    case v1::PARAMETER_TYPE_IMAGE_SIZE: {
      const bool listed = std::ranges::count(rule.allowed, text) > 0;
      if (row.size == SizeStyle::kPixels && (listed || FindPreset(text))) return std::nullopt;
      if (IsRatio(row.size) && (listed || (rule.allowed.empty() && ParseAspectRatio(text)))) {
        return std::nullopt;
      }
      return "must be a size that the model takes";
    }
    default:
      return "must be left out; this field has no default";
  }
}

class RowCheck {
 public:
  explicit RowCheck(const ModelRow& row) : row_(row) {}

  std::vector<RowProblem> Run() && {
    CheckName();
    CheckEndpoint();
    CheckPrice();
    CheckClasses();
    CheckKind();
    CheckTolerance();
    for (const FieldRule& rule : row_.rules) {
      if (!IsForService(rule)) CheckRule(rule);
    }
    return std::move(problems_);
  }

 private:
  void CheckName() {
    const std::string_view name = row_.name;
    const std::size_t slash = name.find('/');
    const std::string_view rest = slash == std::string_view::npos ? "x" : name.substr(slash + 1);
    if (KindOf(name) == v1::MODEL_KIND_UNSPECIFIED) {
      Say("", "name",
          "must begin with text-to-image, image-to-image, inpainting, edit or transform, alone or with \"/\" "
          "and a name");
    } else if (name.size() > kMaxNameBytes || rest.empty() || !IsMadeOf(rest, "-_.") || rest.front() == '.') {
      Say("", "name",
          "must have one name of a-z, 0-9, \"-\", \"_\" and \".\" after the \"/\", and at most 100 bytes");
    } else if (KindOf(name) != row_.kind) {
      Say("", "name", "must begin with the word of the model's kind");
    }
  }

  void CheckEndpoint() {
    const std::string_view path = row_.fal_endpoint;
    const bool sound = !path.empty() && path.size() <= kMaxEndpointBytes && IsMadeOf(path, "-_./") &&
                       path.front() != '/' && path.back() != '/' && path.find("..") == path.npos &&
                       path.find("//") == path.npos;
    if (!sound) {
      Say("", "fal_endpoint",
          "must be an app's path like \"fal-ai/flux/dev\": a-z, 0-9, \"-\", \"_\", \".\" and single \"/\" "
          "between, no "
          "\"..\", at most 200 bytes");
    }
  }

  void CheckPrice() {
    if (row_.price.unit == v1::PRICE_UNIT_UNSPECIFIED) {
      Say("", "price", "is required: {\"micro_usd\": …, \"unit\": …}");
    }
  }

  // Each class of pixels has a price, and each price is of a class that the model takes.
  void CheckClasses() {
    const FieldRule* rule = FindRule(row_, Field::kResolution);
    if (row_.size != SizeStyle::kClass) {
      if (rule) Say("resolution", "name", "is only for models whose size_style is \"class\"");
      if (!row_.class_prices.empty())
        Say("", "price", "must have no resolutions unless size_style is \"class\"");
      return;
    }
    if (!rule || rule->allowed.empty() || rule->default_text.empty()) {
      return Say("", "parameters", "must have resolution with allowed and default for size_style \"class\"");
    }
    const auto priced = [this](const std::string& name) {
      return std::ranges::count(row_.class_prices, name, &ClassPrice::resolution) == 1;
    };
    if (row_.class_prices.size() != rule->allowed.size() || !std::ranges::all_of(rule->allowed, priced)) {
      Say("", "price",
          "must have in resolutions a price for each value that resolution allows, and no other");
    }
    if (row_.price.micro_usd == 0) Say("", "price", "must not be 0 for size_style \"class\"");
  }

  void CheckKind() {
    const KindRow* kind = FindKind(row_.kind);
    if (!kind) return;  // CheckName
    for (const Field field : kind->required) {
      const FieldRule* rule = FindRule(row_, field);
      if (rule && rule->required) continue;
      const std::string name(RowOf(field).name);
      if (rule) Say(name, "required", absl::StrCat("must be true for ", std::string(kind->rpc)));
      if (!rule)
        Say("", "parameters", absl::StrCat("must have ", name, ", required, for ", std::string(kind->rpc)));
    }
    for (const Field field : kind->unknown) {
      if (!FindRule(row_, field)) continue;
      Say(std::string(RowOf(field).name), "name", absl::StrCat("is not a field of ", std::string(kind->rpc)));
    }
  }

  // Two rules speak of one switch, or of two things.
  void CheckTolerance() {
    const FieldRule* tolerance = FindRule(row_, Field::kSafetyTolerance);
    if (!tolerance || row_.tolerance != ToleranceStyle::kSwitchesChecker) return;
    const FieldRule* checker = FindRule(row_, Field::kEnableSafetyChecker);
    if (!checker) {
      Say("", "tolerance", "must be \"forwarded\" without the parameter enable_safety_checker");
    } else if (tolerance->fal_name != checker->fal_name) {
      Say("safety_tolerance", "fal_name", "must be that of enable_safety_checker, which it switches");
    }
  }

  void CheckRule(const FieldRule& rule) {
    CheckNames(rule);
    CheckLimits(rule);
    CheckAllowed(rule);
    if (rule.field == Field::kImages) CheckImages(rule);
    if (rule.field == Field::kNumImages) CheckNumImages(rule);
    if (Problem problem = DefaultProblem(row_, rule)) Say(rule, "default", std::move(*problem));
  }

  void CheckNames(const FieldRule& rule) {
    if (!names_.emplace(NameOf(rule)).second) Say(rule, "name", "is listed twice");
    const char* member = rule.field == Field::kExtra ? "name" : "fal_name";
    if (rule.fal_name.empty() || rule.fal_name.size() > kMaxNameBytes || !IsMadeOf(rule.fal_name, "_")) {
      return Say(rule, member, "must be made of a-z, 0-9 and \"_\", and at most 100 bytes");
    }
    if (rule.field == Field::kExtra && IsReserved(rule.fal_name)) {
      return Say(rule, member, "must not be the name of a field that every request has");
    }
    const bool shared =
        rule.field == Field::kSafetyTolerance && row_.tolerance == ToleranceStyle::kSwitchesChecker;
    if (!shared && !fal_names_.emplace(rule.fal_name).second) {
      Say(rule, member, "must not be sent under the same name as another parameter");
    }
  }

  bool MayHaveLimits(const FieldRule& rule) const {
    switch (TypeOf(rule)) {
      case v1::PARAMETER_TYPE_INTEGER:
      case v1::PARAMETER_TYPE_NUMBER:
      case v1::PARAMETER_TYPE_IMAGES:
      case v1::PARAMETER_TYPE_LORAS:
      case v1::PARAMETER_TYPE_OBJECTS:
        return true;
      case v1::PARAMETER_TYPE_IMAGE_SIZE:
        return row_.size == SizeStyle::kPixels;
      default:
        return false;
    }
  }

  void CheckLimits(const FieldRule& rule) {
    for (const auto& [member, limit] :
         {std::pair{"minimum", rule.minimum}, std::pair{"maximum", rule.maximum}}) {
      if (!limit) continue;
      if (!MayHaveLimits(rule)) Say(rule, member, "must be left out; this field has no range");
      const bool counted = TypeOf(rule) != v1::PARAMETER_TYPE_NUMBER;
      const bool signless = counted && rule.field != Field::kExtra;
      if (counted && *limit != std::trunc(*limit)) Say(rule, member, "must be a whole number");
      if (signless && *limit < 0) Say(rule, member, "must be 0 or more");
    }
    if (rule.minimum && rule.maximum && *rule.minimum > *rule.maximum) {
      Say(rule, "maximum", "must be at least minimum");
    }
  }

  void CheckAllowed(const FieldRule& rule) {
    switch (rule.field) {
      case Field::kOutputFormat:
        return CheckChoices(rule, {{"jpeg", "png", "webp"}});
      case Field::kAcceleration:
        return CheckChoices(rule, {{"none", "regular", "high"}});
      case Field::kImageSize:
        return CheckSizes(rule);
      case Field::kSafetyTolerance:
        if (row_.tolerance != ToleranceStyle::kSwitchesChecker && rule.allowed.empty()) {
          Say(rule, "allowed", "is required: the tolerances that the model knows");
        }
        if (row_.tolerance == ToleranceStyle::kNumber && !std::ranges::all_of(rule.allowed, &IsDigits)) {
          Say(rule, "allowed", "must hold whole numbers only, since they are sent as such");
        }
        break;
      default:
        break;
    }
    const bool choice = TypeOf(rule) == v1::PARAMETER_TYPE_STRING && rule.field != Field::kPrompt &&
                        rule.field != Field::kNegativePrompt;
    if (!choice && !rule.allowed.empty())
      Say(rule, "allowed", "must be left out; this field has no list of values");
    if (choice && std::ranges::count(rule.allowed, "") > 0) Say(rule, "allowed", "must not hold empty text");
  }

  // Of values that requests have numbers for.
  void CheckChoices(const FieldRule& rule, std::array<std::string_view, 3> known) {
    const bool sound =
        !rule.allowed.empty() && std::ranges::all_of(rule.allowed, [&](const std::string& value) {
          return std::ranges::count(known, value) > 0;
        });
    if (!sound)
      Say(rule, "allowed",
          absl::StrCat("must be some of ", std::string(known[0]), ", ", std::string(known[1]), ", ",
                       std::string(known[2])));
  }

  void CheckSizes(const FieldRule& rule) {
    const bool ratios = IsRatio(row_.size);
    const bool sound = std::ranges::all_of(rule.allowed, [ratios](const std::string& value) {
      return IsSizeWord(value) || (ratios && ParseAspectRatio(value));
    });
    if (sound) return;
    Say(rule, "allowed",
        ratios ? "must hold ratios like \"16:9\", \"auto\" and \"match_input\" only"
               : "must hold \"auto\" and \"match_input\" only; the presets, ratios and exact sizes are "
                 "always taken");
  }

  void CheckImages(const FieldRule& rule) {
    if (!rule.minimum || *rule.minimum < 1) Say(rule, "minimum", "must be 1 or more");
    if (!rule.maximum || *rule.maximum > kMaxListMembers) Say(rule, "maximum", "must be 1 to 100");
    if (!rule.list && rule.maximum && *rule.maximum > 1) {
      Say(rule, "list", "must be true where more than one picture is taken");
    }
  }

  void CheckNumImages(const FieldRule& rule) {
    const double most = rule.maximum.value_or(0);
    if (rule.minimum != 1) Say(rule, "minimum", "must be 1");
    if (most < 2 || most > kMaxListMembers) {
      Say(rule, "maximum",
          "must be 2 to 100; leave num_images out for a model that makes one picture at a time");
    }
  }

  void Say(const FieldRule& rule, std::string member, std::string message) {
    Say(std::string(NameOf(rule)), std::move(member), std::move(message));
  }

  void Say(std::string parameter, std::string member, std::string message) {
    problems_.push_back({std::move(parameter), std::move(member), std::move(message)});
  }

  const ModelRow& row_;
  std::vector<RowProblem> problems_;
  std::set<std::string_view> names_;
  std::set<std::string_view> fal_names_;
};

}  // namespace

std::vector<RowProblem> RowProblems(const ModelRow& row) {
  return RowCheck(row).Run();
}

}  // namespace flux::service

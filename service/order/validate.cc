// Checks an order in one loop over all fields. What a value has to be is read from the row's rule.
#include "service/order/validate.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/loose_text.h"
#include "service/catalogue/field.h"
#include "service/catalogue/limits.h"
#include "service/catalogue/size.h"
#include "service/order/image_source.h"
#include "service/order/picture_extent.h"
#include "service/order/split.h"
#include "service/order/tolerance.h"
#include "service/order/validate_extra.h"
#include "service/order/value.h"

namespace flux::service {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

std::string Joined(std::span<const std::string_view> names, std::span<const std::string> more) {
  std::string all;
  for (const std::string_view name : names) all.append(all.empty() ? "" : ", ").append(name);
  for (const std::string& name : more) all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

// Weights are somewhere on the internet, or known to fal by name.
Problem LoraPathProblem(std::string_view said) {
  const std::string_view path = Trimmed(said);
  if (path.empty()) return "is required: a URL of the weights, or a name that fal knows";
  if (path.find("://") != std::string_view::npos) return UrlProblem(path);
  return TextProblem(path, kMaxUrlBytes);
}

// Checks one set value against one rule.
class Check {
 public:
  Check(const ModelRow& row, const FieldRule& rule, const Order& order, std::vector<Violation>& violations)
      : row_(row), rule_(rule), order_(order), violations_(violations) {}

  void operator()(std::monostate) {
    if (rule_.required) Refuse("", "is required by " + row_.name);
  }

  void operator()(std::string_view text) {
    if (rule_.field == Field::kPrompt && IsBlank(text)) {
      Refuse("", "must not be blank; say what to draw");
    } else if (rule_.field == Field::kPrompt || rule_.field == Field::kNegativePrompt) {
      Refuse("", TextProblem(text, kMaxPromptBytes));
    } else if (rule_.field == Field::kSafetyTolerance && text.size() > kMaxToleranceBytes) {
      Refuse("", absl::StrCat("must be at most ", kMaxToleranceBytes, " bytes"));
    } else if (rule_.field == Field::kSafetyTolerance && row_.tolerance != ToleranceStyle::kSwitchesChecker) {
      Refuse("", ChoiceProblem(row_, rule_, ToleranceText(text)));
    } else {
      Refuse("", ChoiceProblem(row_, rule_, text));
    }
  }

  void operator()(std::uint64_t number) {
    if (Refuse("", CountProblem(row_, rule_, number))) return;
    const bool one_at_a_time = rule_.field == Field::kNumImages && MaxImages(row_) == 1;
    if (one_at_a_time && number > 1 && !order_.split_images.value_or(false)) {
      Refuse("",
             absl::StrCat("is ", number, ", but ", row_.name,
                          " makes one picture at a time; set split_images to make ", number, " purchases"));
    }
  }

  void operator()(double number) { Refuse("", NumberProblem(row_, rule_, number)); }

  void operator()(bool) {}

  void operator()(const v1::ImageInput* image) { CheckPicture("", *image); }

  void operator()(const ImageList* images) {
    if (!rule_.list && images->size() > 1) {
      Refuse("", absl::StrCat("must be one picture for ", row_.name, ", which works from one, not ",
                              images->size()));
      return;
    }
    if (Refuse("", LengthProblem(row_, rule_, static_cast<std::uint64_t>(images->size()), "pictures")))
      return;
    for (int i = 0; i < images->size(); ++i) CheckPicture(absl::StrCat("[", i, "]"), (*images)[i]);
  }

  void operator()(const LoraList* loras) {
    if (Refuse("", LengthProblem(row_, rule_, static_cast<std::uint64_t>(loras->size()), "LoRAs"))) return;
    for (int i = 0; i < loras->size(); ++i) {
      const v1::Lora& lora = (*loras)[i];
      Refuse(absl::StrCat("[", i, "].path"), LoraPathProblem(lora.path()));
      if (lora.has_scale() && !(lora.scale() >= 0 && lora.scale() <= kMaxLoraScale)) {
        Refuse(absl::StrCat("[", i, "].scale"),
               absl::StrCat("must be 0 to ", kMaxLoraScale, ", not ", lora.scale()));
      }
    }
  }

  void operator()(const v1::ImageSize* size) {
    if (size->value_case() == v1::ImageSize::VALUE_NOT_SET) {
      Refuse("", "must be a size name like \"landscape_4_3\", a ratio like \"16:9\", or width and height");
    } else if (IsRatio(row_.size)) {
      CheckRatio(*size);
    } else if (size->has_dimensions()) {
      CheckSide(".width", size->dimensions().width());
      CheckSide(".height", size->dimensions().height());
    } else {
      CheckPixels(*size);
    }
  }

  void operator()(const google::protobuf::Struct*) {}  // validate_extra.h

 private:
  void CheckPicture(const std::string& member, const v1::ImageInput& image) {
    if (Refuse(member, ImageProblem(image))) return;
    if (rule_.least_side || rule_.most_pixels) Refuse(member, SizeProblem(row_, rule_, SizeOf(image)));
  }

  void CheckRatio(const v1::ImageSize& size) {
    if (ToRatio(size, rule_.allowed)) return;
    const std::string choices = rule_.allowed.empty()
                                    ? "any ratio between 1:4 and 4:1 of whole numbers 1 to 100, like \"16:9\""
                                    : Joined({}, rule_.allowed);
    Refuse("",
           absl::StrCat(size.has_dimensions() ? "must not be an exact size, which " : "must be a ratio that ",
                        row_.name, size.has_dimensions() ? " cannot keep; it takes " : " takes: ", choices));
  }

  // A preset, a word or a ratio.
  void CheckPixels(const v1::ImageSize& size) {
    const auto fal_size = ToFalSize(size);
    if (size.has_aspect_ratio() && !fal_size) {
      Refuse("", "must be a ratio like \"16:9\" of whole numbers 1 to 100, between 1:4 and 4:1");
    } else if (!fal_size || (IsSizeWord(fal_size->preset) && !Allows(fal_size->preset))) {
      Refuse("", absl::StrCat("must be one of ", Joined(PresetNames(), rule_.allowed)));
    } else if (!IsSizeWord(fal_size->preset) &&
               !(InRange(rule_, fal_size->width) && InRange(rule_, fal_size->height))) {
      Refuse("", absl::StrCat("comes to ", fal_size->width, " x ", fal_size->height,
                              " pixels, but the sides must be ", RangeText(rule_), " for ", row_.name,
                              "; give another ratio, or width and height"));
    }
  }

  bool Allows(std::string_view word) const { return std::ranges::count(rule_.allowed, word) > 0; }

  void CheckSide(std::string_view side, std::uint32_t pixels) {
    if (pixels == 0 || !InRange(rule_, pixels)) {
      Refuse(side, absl::StrCat("must be ", RangeText(rule_), " pixels for ", row_.name, ", not ", pixels));
    }
  }

  // True where there is a problem.
  bool Refuse(std::string_view member, Problem problem) {
    if (problem) violations_.push_back({std::string(NameOf(rule_)).append(member), std::move(*problem)});
    return problem.has_value();
  }

  const ModelRow& row_;
  const FieldRule& rule_;
  const Order& order_;
  std::vector<Violation>& violations_;
};

// Both speak of the same switch at fal.
std::optional<Violation> CheckerConflict(const ModelRow& row, const Order& order) {
  if (row.tolerance != ToleranceStyle::kSwitchesChecker) return std::nullopt;
  if (!order.safety_tolerance || !order.enable_safety_checker) return std::nullopt;
  const bool checker = *order.safety_tolerance != "6";
  if (checker == *order.enable_safety_checker) return std::nullopt;
  return Violation{"enable_safety_checker",
                   absl::StrCat("contradicts safety_tolerance, which switches the checker of ", row.name,
                                checker ? " on" : " off", "; set only one of them")};
}

// Every purchase after the first uses the next seed.
std::optional<Violation> SeedOverflow(const ModelRow& row, const Order& order) {
  const std::uint64_t purchases = PurchasesOf(row, order);
  if (purchases < 2) return std::nullopt;
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - (purchases - 1);
  if (order.seed.value_or(0) <= most) return std::nullopt;
  return Violation{"seed", absl::StrCat("must be at most ", most, ", since ", purchases,
                                        " purchases use it and the seeds that follow")};
}

}  // namespace

std::vector<Violation> Validate(const ModelRow& row, const Order& order, const KnownNames& known) {
  std::vector<Violation> violations;
  for (const FieldRow& field : Fields()) {
    if (field.field == Field::kExtra) continue;
    const Value value = ValueOf(order, field.field);
    if (const FieldRule* rule = FindRule(row, field.field)) {
      std::visit(Check(row, *rule, order, violations), value);
    } else if (IsSet(value)) {
      violations.push_back(
          {std::string(field.name), "is not taken by " + row.name + "; it takes: " + FieldsOf(row)});
    }
  }
  ValidateExtra(row, order, known, violations);
  if (auto large = GrowthProblem(row, order)) violations.push_back(std::move(*large));
  if (auto conflict = CheckerConflict(row, order)) violations.push_back(std::move(*conflict));
  if (auto overflow = SeedOverflow(row, order)) violations.push_back(std::move(*overflow));
  return violations;
}

}  // namespace flux::service

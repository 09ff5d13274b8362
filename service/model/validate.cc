// One loop over the fields; what a value must be is read from the row's rule.
#include "service/model/validate.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "service/model/field.h"
#include "service/model/image_source.h"
#include "service/model/size.h"

namespace flux::service {
namespace {

// absl writes numbers the same way in every locale.
std::string Range(const FieldRule& rule) {
  if (rule.minimum && rule.maximum) return absl::StrCat(*rule.minimum, " to ", *rule.maximum);
  if (rule.minimum) return absl::StrCat("at least ", *rule.minimum);
  return absl::StrCat("at most ", *rule.maximum);
}

bool InRange(const FieldRule& rule, double value) {
  return (!rule.minimum || value >= *rule.minimum) && (!rule.maximum || value <= *rule.maximum);
}

bool IsUtf8(std::string_view text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::string FieldsOf(const ModelRow& row) {
  std::string names;
  for (const FieldRule& rule : row.rules) {
    const std::string_view name = RowOf(rule.field).name;
    names.append(names.empty() ? "" : ", ").append(name);
  }
  return names;
}

// Checks one set value against one rule.
class Check {
 public:
  Check(const ModelRow& row, const FieldRule& rule, std::vector<Violation>& violations)
      : row_(row), rule_(rule), violations_(violations) {}

  void operator()(std::monostate) {
    if (rule_.required) Refuse("", "is required by " + row_.name);
  }

  void operator()(std::string_view text) {
    if (rule_.field == Field::kPrompt) {
      CheckPrompt(text);
    } else if (rule_.field == Field::kSafetyTolerance && text.size() > kMaxToleranceBytes) {
      Refuse("", absl::StrCat("must be at most ", kMaxToleranceBytes, " bytes"));
    } else if (text.empty() || (!rule_.allowed.empty() && !std::ranges::count(rule_.allowed, text))) {
      std::string values;
      for (const std::string& value : rule_.allowed) {
        absl::StrAppend(&values, values.empty() ? "" : ", ", "\"", value, "\"");
      }
      Refuse("", absl::StrCat("must be one of ", values, " for ", row_.name));
    }
  }

  void operator()(std::uint64_t number) {
    if (!InRange(rule_, static_cast<double>(number))) {
      Refuse("", absl::StrCat("must be ", Range(rule_), " for ", row_.name, ", not ", number));
    }
  }

  void operator()(double number) {
    if (!std::isfinite(number)) {
      Refuse("", "must be a finite number");
    } else if (!InRange(rule_, number)) {
      Refuse("", absl::StrCat("must be ", Range(rule_), " for ", row_.name, ", not ", number));
    }
  }

  void operator()(bool) {}

  void operator()(const v1::ImageInput* image) {
    if (auto problem = ImageProblem(*image)) Refuse("", std::move(*problem));
  }

  void operator()(const v1::ImageSize* size) {
    switch (size->value_case()) {
      case v1::ImageSize::kDimensions:
        CheckSide(".width", size->dimensions().width());
        CheckSide(".height", size->dimensions().height());
        return;
      case v1::ImageSize::kPreset:
        if (ToFalSize(*size)) return;
        return Refuse(
            "",
            "must be one of square_hd, square, portrait_4_3, portrait_16_9, landscape_4_3, landscape_16_9");
      case v1::ImageSize::kAspectRatio:
        if (ToFalSize(*size)) return;
        return Refuse("", "must be a ratio like \"16:9\" of whole numbers 1 to 100, between 1:4 and 4:1");
      case v1::ImageSize::VALUE_NOT_SET:
        return Refuse(
            "", "must be a size name like \"landscape_4_3\", a ratio like \"16:9\", or width and height");
    }
  }

 private:
  void CheckPrompt(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos) {
      Refuse("", "must not be blank; say what to draw");
    } else if (text.size() > kMaxPromptBytes) {
      Refuse("", absl::StrCat("must be at most ", kMaxPromptBytes, " bytes, not ", text.size()));
    } else if (!IsUtf8(text)) {
      Refuse("", "must be valid UTF-8");
    } else if (text.find('\0') != std::string_view::npos) {
      Refuse("", "must not hold NUL characters");
    }
  }

  void CheckSide(std::string_view side, std::uint32_t pixels) {
    if (pixels == 0 || !InRange(rule_, pixels)) {
      Refuse(side, absl::StrCat("must be ", Range(rule_), " pixels for ", row_.name, ", not ", pixels));
    }
  }

  void Refuse(std::string_view member, std::string message) {
    violations_.push_back({std::string(RowOf(rule_.field).name).append(member), std::move(message)});
  }

  const ModelRow& row_;
  const FieldRule& rule_;
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

}  // namespace

std::vector<Violation> Validate(const ModelRow& row, const Order& order) {
  std::vector<Violation> violations;
  for (const FieldRow& field : Fields()) {
    const Value value = ValueOf(order, field.field);
    if (const FieldRule* rule = FindRule(row, field.field)) {
      std::visit(Check(row, *rule, violations), value);
    } else if (IsSet(value)) {
      violations.push_back(
          {std::string(field.name), "is not taken by " + row.name + "; it takes: " + FieldsOf(row)});
    }
  }
  if (auto conflict = CheckerConflict(row, order)) violations.push_back(std::move(*conflict));
  return violations;
}

}  // namespace flux::service

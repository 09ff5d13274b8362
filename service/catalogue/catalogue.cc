// Looks models up by name and kind, and puts the rows of all families together, with the fields that every
// model takes.
#include "service/catalogue/catalogue.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "service/catalogue/rows.h"

namespace flux::service {
namespace {

constexpr std::array<std::pair<std::string_view, v1::ModelKind>, 5> kKinds{{
    {"text-to-image", v1::MODEL_KIND_TEXT_TO_IMAGE},
    {"image-to-image", v1::MODEL_KIND_IMAGE_TO_IMAGE},
    {"inpainting", v1::MODEL_KIND_INPAINTING},
    {"edit", v1::MODEL_KIND_EDIT},
    {"transform", v1::MODEL_KIND_TRANSFORM},
}};

void AddServiceRules(ModelRow& row) {
  const auto add = [&row](FieldRule rule) {
    if (!FindRule(row, rule.field)) row.rules.push_back(std::move(rule));
  };
  add({.field = Field::kNumImages, .minimum = 1, .maximum = 4, .default_text = "1"});
  add({.field = Field::kSplitImages, .default_text = "false"});
  add({.field = Field::kFetchImages, .default_text = "false"});
  // In the order of the fields, so that lists and JSON read alike for every model.
  std::ranges::stable_sort(row.rules, {}, &FieldRule::field);
}

}  // namespace

std::string_view NameOf(const FieldRule& rule) {
  return rule.field == Field::kExtra ? std::string_view(rule.fal_name) : RowOf(rule.field).name;
}

v1::ParameterType TypeOf(const FieldRule& rule) {
  return rule.field == Field::kExtra ? rule.type : RowOf(rule.field).type;
}

bool IsForService(const FieldRule& rule) {
  const bool service = rule.field == Field::kNumImages || rule.field == Field::kSplitImages ||
                       rule.field == Field::kFetchImages;
  return service && rule.fal_name.empty();
}

const FieldRule* FindRule(const ModelRow& row, Field field) {
  const auto rule = std::ranges::find(row.rules, field, &FieldRule::field);
  return rule == row.rules.end() ? nullptr : &*rule;
}

const FieldRule* FindExtra(const ModelRow& row, std::string_view name) {
  const auto rule = std::ranges::find_if(
      row.rules, [name](const FieldRule& one) { return one.field == Field::kExtra && one.fal_name == name; });
  return rule == row.rules.end() ? nullptr : &*rule;
}

std::uint32_t MaxImages(const ModelRow& row) {
  const FieldRule* rule = FindRule(row, Field::kNumImages);
  if (!rule || rule->fal_name.empty() || !rule->maximum) return 1;
  return static_cast<std::uint32_t>(*rule->maximum);
}

v1::ModelKind KindOf(std::string_view name) {
  const std::string_view word = name.substr(0, name.find('/'));
  const auto kind = std::ranges::find(kKinds, word, &std::pair<std::string_view, v1::ModelKind>::first);
  return kind == kKinds.end() ? v1::MODEL_KIND_UNSPECIFIED : kind->second;
}

Catalogue::Catalogue(std::vector<ModelRow> rows) : rows_(std::move(rows)) {
  std::vector<std::string> extras;
  for (ModelRow& row : rows_) {
    AddServiceRules(row);
    for (const FieldRule& rule : row.rules) {
      if (rule.field == Field::kExtra) extras.push_back(rule.fal_name);
    }
  }
  known_names_ = KnownNames(std::move(extras));
}

Catalogue Catalogue::BuiltIn() {
  std::vector<ModelRow> rows;
  for (auto* family : {&Flux1Rows, &LoraRows, &InpaintingRows, &ProRows, &KontextRows, &Flux2Rows,
                       &Flux2LoraRows, &GalleryRows, &Flux3Rows, &TransformRows}) {
    std::ranges::move(family(), std::back_inserter(rows));
  }
  std::ranges::stable_sort(rows, {}, &ModelRow::kind);
  return Catalogue(std::move(rows));
}

const ModelRow* Catalogue::Find(std::string_view name, v1::ModelKind kind) const {
  const auto row =
      std::ranges::find_if(rows_, [&](const ModelRow& one) { return one.name == name && one.kind == kind; });
  return row == rows_.end() ? nullptr : &*row;
}

std::vector<std::string> Catalogue::Names() const {
  std::vector<std::string> names;
  for (const ModelRow& row : rows_) names.push_back(row.name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());  // clang 14 has no ranges::unique
  return names;
}

}  // namespace flux::service

// Compares with every name; there are some forty.
#include "service/catalogue/known_names.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <utility>

#include "base/nearest.h"
#include "service/catalogue/field.h"

namespace flux::service {
namespace {

std::string Folded(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte)) folded += static_cast<char>(absl::ascii_tolower(byte));
  }
  return folded;
}

}  // namespace

KnownNames::KnownNames(std::vector<std::string> extras) {
  const auto add = [this](std::string_view name, std::string_view shown) {
    if (!Has(name)) entries_.push_back({std::string(name), Folded(name), std::string(shown)});
  };
  for (const FieldRow& field : Fields()) {
    if (field.field == Field::kExtra) continue;
    const std::string_view shown = field.fal_name.empty() ? field.name : field.fal_name;
    add(shown, shown);
    add(field.name, shown);
  }
  add("aspect_ratio", "aspect_ratio");
  for (const std::string& name : extras) add(name, name);
}

bool KnownNames::Has(std::string_view name) const {
  return std::ranges::find(entries_, name, &Entry::name) != entries_.end();
}

std::string_view KnownNames::NearestTo(std::string_view name) const {
  if (Has(name)) return {};
  const std::string folded = Folded(name);
  if (folded.empty()) return {};
  const auto same = std::ranges::find(entries_, folded, &Entry::folded);
  if (same != entries_.end()) return same->shown;
  std::vector<std::string_view> names;
  names.reserve(entries_.size());
  for (const Entry& entry : entries_) names.push_back(entry.name);
  const std::string_view nearest = Nearest(name, names);
  const auto found = std::ranges::find(entries_, nearest, &Entry::name);
  return found == entries_.end() ? std::string_view() : found->shown;
}

}  // namespace flux::service

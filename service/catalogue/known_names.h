// KnownNames: the names of all fields that any model of a catalogue takes, to tell a slip of the pen from a
// field of somebody else's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flux::service {

class KnownNames {
 public:
  // Nothing is known, so nothing is near.
  KnownNames() = default;

  // The fields that are the same for all models (field.h), by their names here and in public JSON, and the
  // extras of all models; they may repeat.
  explicit KnownNames(std::vector<std::string> extras);

  bool Has(std::string_view name) const;

  // The known name that this one seems to mean, by its name in public JSON: it differs in capitals, hyphens
  // and underscores only, or in one or two characters (base/nearest.h). Empty where there is none, or where
  // the name itself is known. Lives as long as this.
  std::string_view NearestTo(std::string_view name) const;

 private:
  struct Entry {
    std::string name;
    std::string folded;  // small letters and digits only
    std::string shown;   // in public JSON
  };

  std::vector<Entry> entries_;
};

}  // namespace flux::service

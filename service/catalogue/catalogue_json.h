// CatalogueJson: readers for the JSON of a catalogue file, one for each type of value. What is wrong is
// reported and passed over, so that all mistakes are told at once. Included by catalogue_file.cc alone.
#pragma once

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "service/catalogue/catalogue_file.h"

namespace flux::service::catalogue_json {

using Json = nlohmann::json;

inline constexpr std::size_t kMaxTextBytes = 200;
inline constexpr double kMaxPrice = 1e12;              // a million dollars
inline constexpr double kMaxLimit = 9007199254740992;  // 2^53: a double still counts by ones

template <typename T>
using Choice = std::pair<std::string_view, T>;

using Members = std::span<const std::string_view>;
// A member's path. Names that are no identifiers are quoted, so that a path stays one line.
inline std::string Under(std::string_view path, std::string_view member) {
  constexpr std::size_t kMost = 64;
  const bool plain =
      member.size() <= kMost && std::ranges::all_of(member, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      });
  const std::string shown = plain ? std::string(member) : QuoteJson(member.substr(0, kMost));
  return path.empty() ? shown : absl::StrCat(std::string(path), ".", shown);
}

inline std::string At(std::string_view list, std::size_t index) {
  return absl::StrCat(std::string(list), "[", index, "]");
}

// What is wrong with the file, in the order in which it was found. The first mistake of a path counts; what
// follows from it is left out.
class Mistakes {
 public:
  void Say(const std::string& path, const std::string& problem) {
    if (told_.insert(path).second) sentences_.push_back(absl::StrCat(path, ": ", problem));
  }

  std::vector<std::string> Take() && { return std::move(sentences_); }

 private:
  std::vector<std::string> sentences_;
  std::set<std::string> told_;
};

// One object of the file: its members by name, its mistakes by path.
class Object {
 public:
  // Tells what `json` has and should not have.
  Object(const Json& json, std::string path, Members known, Mistakes& mistakes)
      : json_(json), path_(std::move(path)), mistakes_(mistakes) {
    if (!json_.is_object()) {
      Say("", "must be an object");
      return;
    }
    std::string names;
    for (const std::string_view name : known) names.append(names.empty() ? "" : ", ").append(name);
    for (const auto& [name, value] : json_.items()) {
      if (std::ranges::count(known, name) == 0) Say(name, "is not a known member; known are " + names);
    }
  }

  // One whose members may have any name.
  Object(const Json& json, std::string path, Mistakes& mistakes)
      : json_(json), path_(std::move(path)), mistakes_(mistakes) {
    if (!json_.is_object()) Say("", "must be an object");
  }

  // False: it is no object at all, which has been told.
  bool IsObject() const { return json_.is_object(); }
  const Json* Find(const char* name) const { return flux::Member(json_, name); }
  const std::string& path() const { return path_; }

  void Say(std::string_view member, const std::string& problem) {
    mistakes_.Say(member.empty() ? path_ : Under(path_, member), problem);
  }

  // Each reads a member into `target`, if it is there and right; true where it is.
  bool Text(const char* name, std::string& target) {
    const Json* value = Find(name);
    if (!value) return false;
    if (!value->is_string()) return Wrong(name, "must be a string");
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > kMaxTextBytes)
      return Wrong(name, absl::StrCat("must be at most ", kMaxTextBytes, " bytes"));
    if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      return Wrong(name, "must not hold control characters");
    }
    target = text;
    return true;
  }

  bool Texts(const char* name, std::vector<std::string>& target) {
    const Json* value = Find(name);
    if (!value) return false;
    const bool texts = value->is_array() && value->size() <= kMaxModelParameters &&
                       std::ranges::all_of(*value, [](const Json& one) {
                         return one.is_string() && one.get_ref<const std::string&>().size() <= kMaxTextBytes;
                       });
    if (!texts) return Wrong(name, "must be a list of strings, at most 100 of at most 200 bytes");
    target = value->get<std::vector<std::string>>();
    return true;
  }

  bool Flag(const char* name, bool& target) {
    const Json* value = Find(name);
    if (!value) return false;
    if (!value->is_boolean()) return Wrong(name, "must be true or false");
    target = value->get<bool>();
    return true;
  }

  bool Limit(const char* name, std::optional<double>& target) {
    const Json* value = Find(name);
    if (!value) return false;
    if (value->is_null()) {
      target.reset();
      return true;
    }
    if (!value->is_number() || std::abs(value->get<double>()) > kMaxLimit) {
      return Wrong(name, "must be a number from -2^53 to 2^53, or null for no limit");
    }
    target = value->get<double>();
    return true;
  }

  bool Price(const char* name, std::uint64_t& target) {
    const Json* value = Find(name);
    if (!value) return false;
    if (!value->is_number_unsigned() || value->get<double>() > kMaxPrice) {
      return Wrong(name, "must be a whole number of millionths of a US dollar, at most 10^12");
    }
    target = value->get<std::uint64_t>();
    return true;
  }

  bool Count(const char* name, std::uint64_t most, std::uint64_t& target) {
    const Json* value = Find(name);
    if (!value) return false;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > most) {
      return Wrong(name, absl::StrCat("must be a whole number from 0 to ", most));
    }
    target = value->get<std::uint64_t>();
    return true;
  }

  template <typename T, std::size_t kCount>
  bool OneOf(const char* name, const Choice<T> (&choices)[kCount], T& target) {
    const Json* value = Find(name);
    if (!value) return false;
    std::string names;
    for (const auto& [text, choice] : choices) {
      names.append(names.empty() ? "\"" : ", \"").append(text).append("\"");
      if (*value != text) continue;
      target = choice;
      return true;
    }
    return Wrong(name, "must be one of " + names);
  }

  // The members of a list; none where it is absent or wrong.
  std::span<const Json> List(const char* name, std::size_t most) {
    const Json* value = Find(name);
    if (!value) return {};
    if (!value->is_array() || value->size() > most) {
      Say(name, absl::StrCat("must be a list of at most ", most, " objects"));
      return {};
    }
    return value->get_ref<const Json::array_t&>();
  }

 private:
  bool Wrong(const char* name, const std::string& problem) {
    Say(name, problem);
    return false;
  }

  const Json& json_;
  const std::string path_;
  Mistakes& mistakes_;
};

}  // namespace flux::service::catalogue_json

// Checks a body against the fields of any model: one function goes through a model's row and collects every
// problem.
#include "sim/apps/validate.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "sim/apps/size.h"

namespace flux::sim {
namespace {

// A value read as its kind, or why it cannot be.
using Read = std::variant<Given, Misfit>;

Read ReadInteger(const Given& given) {
  if (given.is_number_integer()) return given;
  if (given.is_boolean()) return Given(given.get<bool>() ? 1 : 0);
  if (given.is_number_float()) {
    const double value = given.get<double>();
    if (std::nearbyint(value) != value) return Misfit::kIntegerFraction;
    constexpr double kTwoTo63 = 9223372036854775808.0;
    if (std::abs(value) >= kTwoTo63) return Misfit::kIntegerSize;
    return Given(static_cast<std::int64_t>(value));
  }
  if (!given.is_string()) return Misfit::kInteger;
  std::int64_t value = 0;
  std::uint64_t large = 0;
  if (absl::SimpleAtoi(given.get_ref<const std::string&>(), &value)) return Given(value);
  if (absl::SimpleAtoi(given.get_ref<const std::string&>(), &large)) return Given(large);
  return Misfit::kIntegerText;
}

Read ReadNumber(const Given& given) {
  if (given.is_number()) return Given(given.get<double>());
  if (given.is_boolean()) return Given(given.get<bool>() ? 1.0 : 0.0);
  if (!given.is_string()) return Misfit::kNumber;
  double value = 0;
  if (!absl::SimpleAtod(given.get_ref<const std::string&>(), &value)) return Misfit::kNumberText;
  return Given(value);
}

Read ReadBoolean(const Given& given) {
  if (given.is_boolean()) return given;
  if (given.is_number()) {
    if (given == 0 || given == 1) return Given(given == 1);
    return Misfit::kBooleanText;
  }
  if (!given.is_string()) return Misfit::kBoolean;
  constexpr std::string_view kYes[] = {"1", "on", "t", "true", "y", "yes"};
  constexpr std::string_view kNo[] = {"0", "off", "f", "false", "n", "no"};
  const std::string word = absl::AsciiStrToLower(given.get_ref<const std::string&>());
  if (std::ranges::find(kYes, word) != std::end(kYes)) return Given(true);
  if (std::ranges::find(kNo, word) != std::end(kNo)) return Given(false);
  return Misfit::kBooleanText;
}

Read ReadText(const Given& given) {
  if (given.is_string()) return given;
  return Misfit::kText;
}

Json Under(const Json& loc, const Json& step) {
  Json longer = loc;
  longer.push_back(step);
  return longer;
}

class Walker {
 public:
  explicit Walker(Problems& problems) : problems_(problems) {}

  Given Object(std::span<const Field> fields, const Given& object, const Json& loc) {
    Given values = Given::object();
    for (const Field& field : fields) {
      const Given* given = Lookup(field, object);
      if (given != nullptr && !(field.nullable && given->is_null())) {
        values[std::string(field.name)] = Value(field, *given, Under(loc, std::string(field.name)));
      } else if (field.required) {
        problems_.Missing(Under(loc, std::string(field.name)), object);
      } else if (!field.fallback.empty()) {
        values[std::string(field.name)] = Given::parse(field.fallback);
      }
    }
    return values;
  }

 private:
  static const Given* Lookup(const Field& field, const Given& object) {
    auto found = object.find(std::string(field.name));
    if (found == object.end() && !field.alias.empty()) found = object.find(std::string(field.alias));
    return found == object.end() ? nullptr : &*found;
  }

  Given Value(const Field& field, const Given& given, const Json& loc) {
    switch (field.kind) {
      case FieldKind::kText:
      case FieldKind::kImage:
        return Plain(ReadText(given), given, loc);
      case FieldKind::kBoolean:
        return Plain(ReadBoolean(given), given, loc);
      case FieldKind::kInteger:
        return Ranged(field, ReadInteger(given), given, loc);
      case FieldKind::kNumber:
        return Ranged(field, ReadNumber(given), given, loc);
      case FieldKind::kChoice:
        return Choice(field, given, loc);
      case FieldKind::kImageSize:
        return ImageSize(field, given, loc);
      case FieldKind::kObject:
        return Member(field, given, loc);
      case FieldKind::kImages:
      case FieldKind::kObjects:
        return List(field, given, loc);
    }
    return {};
  }

  Given Plain(Read read, const Given& given, const Json& loc) {
    if (const Misfit* misfit = std::get_if<Misfit>(&read)) {
      problems_.WrongKind(loc, *misfit, given);
      return {};
    }
    return std::get<Given>(std::move(read));
  }

  Given Ranged(const Field& field, Read read, const Given& given, const Json& loc) {
    if (std::holds_alternative<Misfit>(read)) return Plain(std::move(read), given, loc);
    const double number = std::get<Given>(read).get<double>();
    // Negated, so that "nan" fails: every comparison with it is false.
    if (!(number >= field.least)) {
      problems_.OutOfRange(loc, Bound::kAtLeast, field.least, given);
    } else if (!(number <= field.most)) {
      problems_.OutOfRange(loc, Bound::kAtMost, field.most, given);
    }
    return std::get<Given>(std::move(read));
  }

  Given Choice(const Field& field, const Given& given, const Json& loc) {
    const bool known =
        given.is_string() &&
        std::ranges::find(field.choices, given.get_ref<const std::string&>()) != field.choices.end();
    if (!known) problems_.NotAChoice(loc, field.choices, given);
    return given;
  }

  // A union of an object and names. The newer framework tells which branch an entry belongs to in its loc.
  Given ImageSize(const Field& field, const Given& given, const Json& loc) {
    const auto names = field.choices;
    if (given.is_string() && std::ranges::find(names, given.get_ref<const std::string&>()) != names.end()) {
      return given;
    }
    const bool branches = problems_.dialect() == Dialect::kPydantic2;
    const Json object_loc = branches ? Under(loc, "ImageSize") : loc;
    const std::size_t before = problems_.items().size();
    Given size = Given::object();
    if (given.is_object()) {
      for (const char* side : {"width", "height"})
        size[side] = Side(field, given, side, Under(object_loc, side));
      if (problems_.items().size() == before) return size;
    } else {
      problems_.WrongKind(object_loc, Misfit::kObject, given);
    }
    const std::string literal = fmt::format("literal['{}']", fmt::join(names, "','"));
    problems_.NotAChoice(branches ? Under(loc, literal) : loc, names, given);
    return {};
  }

  Given Side(const Field& field, const Given& size, const char* side, const Json& loc) {
    const auto given = size.find(side);
    if (given == size.end()) return kSideWhenOmitted;
    Read read = ReadInteger(*given);
    if (std::holds_alternative<Misfit>(read)) return Plain(std::move(read), *given, loc);
    const double pixels = std::get<Given>(read).get<double>();
    if (pixels <= 0) problems_.OutOfRange(loc, Bound::kAbove, 0, *given);
    if (pixels > 0 && pixels < field.least) problems_.OutOfRange(loc, Bound::kAtLeast, field.least, *given);
    const double most = std::min<double>(kMostSide, field.most);
    if (pixels > most) problems_.OutOfRange(loc, Bound::kAtMost, most, *given);
    return std::get<Given>(std::move(read));
  }

  Given List(const Field& field, const Given& given, const Json& loc) {
    if (!given.is_array()) {
      problems_.WrongKind(loc, Misfit::kList, given);
      return {};
    }
    if (const double items = static_cast<double>(given.size()); items < field.least) {
      problems_.TooFew(loc, static_cast<std::size_t>(field.least), given.size(), given);
    }
    if (field.counted && static_cast<double>(given.size()) > field.most) {
      problems_.TooMany(loc, static_cast<std::size_t>(field.most), given.size(), given);
    }
    Given values = Given::array();
    for (std::size_t i = 0; i < given.size(); ++i) {
      const Json item_loc = Under(loc, i);
      if (field.kind == FieldKind::kImages) {
        values.push_back(Plain(ReadText(given[i]), given[i], item_loc));
      } else {
        values.push_back(Member(field, given[i], item_loc));
      }
    }
    return values;
  }

  Given Member(const Field& field, const Given& given, const Json& loc) {
    if (given.is_object()) return Object(field.members, given, loc);
    problems_.WrongKind(loc, Misfit::kObject, given);
    return {};
  }

  Problems& problems_;
};

}  // namespace

Given Validate(const Model& model, const Given& body, Problems& problems) {
  if (!body.is_object()) {
    problems.WrongKind({"body"}, Misfit::kObject, body);
    return {};
  }
  return Walker(problems).Object(model.fields, body, {"body"});
}

}  // namespace flux::sim

// Reads a catalogue file. There is one reader for each type of JSON value and one table for each kind of
// object. A reader that finds a mistake reports it and goes on, so that all mistakes are told at once.
#include "service/catalogue/catalogue_file.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "base/json.h"
#include "service/catalogue/catalogue_check.h"

namespace flux::service {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxTextBytes = 200;
constexpr double kMaxPrice = 1e12;              // a million dollars
constexpr double kMaxLimit = 9007199254740992;  // 2^53: a double still counts by ones

template <typename T>
using Choice = std::pair<std::string_view, T>;

constexpr Choice<SizeStyle> kSizeStyles[] = {{"pixels", SizeStyle::kPixels}, {"ratio", SizeStyle::kRatio}};
constexpr Choice<ToleranceStyle> kToleranceStyles[] = {
    {"forwarded", ToleranceStyle::kForwarded}, {"switches_checker", ToleranceStyle::kSwitchesChecker}};
constexpr Choice<v1::PriceUnit> kUnits[] = {{"megapixel", v1::PRICE_UNIT_MEGAPIXEL},
                                            {"image", v1::PRICE_UNIT_IMAGE},
                                            {"megapixel_in_out", v1::PRICE_UNIT_MEGAPIXEL_IN_OUT}};
constexpr Choice<v1::ParameterType> kTypes[] = {
    {"string", v1::PARAMETER_TYPE_STRING}, {"integer", v1::PARAMETER_TYPE_INTEGER},
    {"number", v1::PARAMETER_TYPE_NUMBER}, {"boolean", v1::PARAMETER_TYPE_BOOLEAN},
    {"object", v1::PARAMETER_TYPE_OBJECT}, {"objects", v1::PARAMETER_TYPE_OBJECTS},
    {"image", v1::PARAMETER_TYPE_IMAGE},
};

using Members = std::span<const std::string_view>;
constexpr std::string_view kFileMembers[] = {"models"};
constexpr std::string_view kModelMembers[] = {"name",      "base",  "fal_endpoint", "size_style",
                                              "tolerance", "price", "parameters"};
constexpr std::string_view kPriceMembers[] = {"micro_usd", "unit", "first_micro_usd"};
constexpr std::string_view kParameterMembers[] = {"name",    "fal_name", "required", "minimum",
                                                  "maximum", "allowed",  "default",  "list",
                                                  "extra",   "type",     "remove"};

// A member's path. Names that are no identifiers are quoted, so that a path stays one line.
std::string Under(std::string_view path, std::string_view member) {
  constexpr std::size_t kMost = 64;
  const bool plain =
      member.size() <= kMost && std::ranges::all_of(member, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      });
  const std::string shown = plain ? std::string(member) : QuoteJson(member.substr(0, kMost));
  return path.empty() ? shown : absl::StrCat(std::string(path), ".", shown);
}

std::string At(std::string_view list, std::size_t index) {
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

// Reads models on top of those that are known, in the file's order.
class Loader {
 public:
  explicit Loader(std::span<const ModelRow> known) : rows_(known.begin(), known.end()) {}

  CatalogueLoad Run(std::string_view bytes) && {
    if (bytes.size() > kMaxCatalogueBytes) return {{}, {"the file must be at most 1 MiB"}};
    const Result<Json> json = ParseJson(bytes);
    if (!json) return {{}, {"the file must be JSON: " + json.error().message}};
    if (!json->is_object()) return {{}, {"the file must be an object with the member models"}};
    Object file(*json, "", kFileMembers, mistakes_);
    if (!file.Find("models")) file.Say("models", "is required");
    const std::span<const Json> models = file.List("models", kMaxCatalogueModels);
    for (std::size_t i = 0; i < models.size(); ++i) {
      ReadModel(models[i], At("models", i));
    }
    CatalogueLoad load;
    load.rows = std::move(rows_);
    load.problems = std::move(mistakes_).Take();
    return load;
  }

 private:
  void ReadModel(const Json& json, const std::string& path) {
    Object model(json, path, kModelMembers, mistakes_);
    if (!model.IsObject()) return;
    std::string name;
    if (!model.Text("name", name)) return model.Say("name", "is required");
    if (const auto [first, fresh] = names_.emplace(name, path); !fresh) {
      return model.Say("name", absl::StrCat("must be given once; ", first->second, " has it too"));
    }
    ModelRow row = Base(model);
    row.name = name;
    row.kind = KindOf(name);
    model.Text("fal_endpoint", row.fal_endpoint);
    model.OneOf("size_style", kSizeStyles, row.size);
    model.OneOf("tolerance", kToleranceStyles, row.tolerance);
    ReadPrice(model, row.price);
    const std::map<std::string, std::string> parameters = ReadParameters(model, row);

    for (const RowProblem& problem : RowProblems(row)) {
      const auto parameter = parameters.find(problem.parameter);
      if (problem.parameter.empty()) {
        model.Say(problem.member, problem.message);
      } else if (parameter != parameters.end()) {
        mistakes_.Say(Under(parameter->second, problem.member), problem.message);
      } else {  // the base's, which something else in this model made wrong
        mistakes_.Say(Under(path, "parameters"),
                      absl::StrCat(problem.parameter, ".", problem.member, " ", problem.message));
      }
    }
    Put(std::move(row));
  }

  // What the model starts from.
  ModelRow Base(Object& model) {
    ModelRow row;
    row.tolerance = ToleranceStyle::kForwarded;
    std::string name;
    if (!model.Text("base", name)) return row;
    const auto base = std::ranges::find(rows_, name, &ModelRow::name);
    if (base == rows_.end()) {
      model.Say("base", "must be the name of a built-in model or of one further up in the file");
      return row;
    }
    row = *base;
    std::erase_if(row.rules, IsForService);
    return row;
  }

  void ReadPrice(Object& model, UnitPrice& price) {
    const Json* json = model.Find("price");
    if (!json) return;
    Object object(*json, Under(model.path(), "price"), kPriceMembers, mistakes_);
    price = {
        .unit = v1::PRICE_UNIT_MEGAPIXEL};  // known, so that it is not missed: whatever is wrong is told here
    if (!object.IsObject()) return;
    if (!object.Price("micro_usd", price.micro_usd)) object.Say("micro_usd", "is required");
    if (!object.OneOf("unit", kUnits, price.unit)) object.Say("unit", "is required");
    std::uint64_t first = 0;
    if (object.Price("first_micro_usd", first)) price.first_micro_usd = first;
  }

  // The paths of the parameters that the file has, by name.
  std::map<std::string, std::string> ReadParameters(Object& model, ModelRow& row) {
    std::map<std::string, std::string> paths;
    const std::span<const Json> list = model.List("parameters", kMaxModelParameters);
    for (std::size_t i = 0; i < list.size(); ++i) {
      Object parameter(list[i], At(Under(model.path(), "parameters"), i), kParameterMembers, mistakes_);
      std::string name;
      if (!parameter.IsObject()) {
        continue;
      } else if (!parameter.Text("name", name)) {
        parameter.Say("name", "is required");
      } else if (const auto [first, fresh] = paths.emplace(name, parameter.path()); !fresh) {
        parameter.Say("name", absl::StrCat("must be given once; ", first->second, " has it too"));
      } else {
        ReadParameter(parameter, name, row);
      }
    }
    return paths;
  }

  void ReadParameter(Object& parameter, const std::string& name, ModelRow& row) {
    const auto known =
        std::ranges::find_if(row.rules, [&name](const FieldRule& rule) { return NameOf(rule) == name; });
    bool remove = false;
    if (parameter.Flag("remove", remove) && remove) {
      if (known == row.rules.end())
        return parameter.Say("remove", "must be of a parameter that the base takes");
      row.rules.erase(known);
      return;
    }
    const FieldRow* field = FindField(name);
    if (field && field->fal_name.empty()) {
      return parameter.Say("name", "is answered by this service for every model; leave it out");
    }
    bool extra = known != row.rules.end() && known->field == Field::kExtra;
    parameter.Flag("extra", extra);
    if (field && extra) return parameter.Say("extra", "must be left out; the name is a field of flux.v1");
    if (!field && !extra) {
      return parameter.Say("name",
                           "is not a field of flux.v1; a parameter of another name needs \"extra\": true");
    }
    if (known != row.rules.end()) return ReadRule(parameter, *known);
    row.rules.push_back(field ? Fresh(*field, row.tolerance)
                              : FieldRule{.field = Field::kExtra, .fal_name = name});
    ReadRule(parameter, row.rules.back());
  }

  // A field under fal's usual name.
  static FieldRule Fresh(const FieldRow& field, ToleranceStyle tolerance) {
    const bool switches =
        field.field == Field::kSafetyTolerance && tolerance == ToleranceStyle::kSwitchesChecker;
    const FieldRow& named = switches ? RowOf(Field::kEnableSafetyChecker) : field;
    return {.field = field.field, .fal_name = std::string(named.fal_name)};
  }

  static void ReadRule(Object& parameter, FieldRule& rule) {
    if (rule.field == Field::kExtra) {
      if (parameter.Find("fal_name"))
        parameter.Say("fal_name", "must be left out; an extra is sent under its name");
      parameter.OneOf("type", kTypes, rule.type);
      if (rule.type == v1::PARAMETER_TYPE_UNSPECIFIED) parameter.Say("type", "is required of an extra");
    } else {
      if (parameter.Find("type")) parameter.Say("type", "must be left out; a field of flux.v1 has its type");
      parameter.Text("fal_name", rule.fal_name);
    }
    if (parameter.Find("list") && rule.field != Field::kImages) parameter.Say("list", "is only for images");
    parameter.Flag("list", rule.list);
    parameter.Flag("required", rule.required);
    parameter.Limit("minimum", rule.minimum);
    parameter.Limit("maximum", rule.maximum);
    parameter.Texts("allowed", rule.allowed);
    parameter.Text("default", rule.default_text);
  }

  void Put(ModelRow row) {
    const auto same = std::ranges::find(rows_, row.name, &ModelRow::name);
    if (same == rows_.end()) {
      rows_.push_back(std::move(row));
    } else {
      *same = std::move(row);
    }
  }

  std::vector<ModelRow> rows_;
  std::map<std::string, std::string> names_;  // of the file's models, with their paths
  Mistakes mistakes_;
};

}  // namespace

CatalogueLoad LoadCatalogue(std::string_view bytes, std::span<const ModelRow> known) {
  return Loader(known).Run(bytes);
}

CatalogueLoad LoadCatalogueFile(const std::string& path) {
  const Catalogue known = Catalogue::BuiltIn();
  if (path.empty()) return {{known.rows().begin(), known.rows().end()}, {}};
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {{}, {"\"" + path + "\" is not a file"}};
  std::ifstream in(path, std::ios::binary);
  std::string bytes(kMaxCatalogueBytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (!in.eof() && bytes.size() <= kMaxCatalogueBytes))
    return {{}, {"\"" + path + "\" cannot be read"}};
  return LoadCatalogue(bytes, known.rows());
}

}  // namespace flux::service

// Reads a catalogue file: one table for each kind of object, read with catalogue_json.h.
#include "service/catalogue/catalogue_file.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/json.h"
#include "service/catalogue/catalogue_check.h"
#include "service/catalogue/catalogue_json.h"

namespace flux::service {
namespace {

using namespace catalogue_json;  // NOLINT: the file is read in its words

constexpr std::uint64_t kMostSeconds = 86'400;
constexpr std::uint64_t kMostCount = 1'000;     // of megapixels
constexpr std::uint64_t kMostSide = 1'000'000;  // of pixels

constexpr Choice<SizeStyle> kSizeStyles[] = {
    {"pixels", SizeStyle::kPixels}, {"ratio", SizeStyle::kRatio}, {"class", SizeStyle::kClass}};
constexpr Choice<ToleranceStyle> kToleranceStyles[] = {
    {"forwarded", ToleranceStyle::kForwarded},
    {"number", ToleranceStyle::kNumber},
    {"switches_checker", ToleranceStyle::kSwitchesChecker}};
constexpr Choice<v1::PriceUnit> kUnits[] = {{"megapixel", v1::PRICE_UNIT_MEGAPIXEL},
                                            {"image", v1::PRICE_UNIT_IMAGE},
                                            {"megapixel_in_out", v1::PRICE_UNIT_MEGAPIXEL_IN_OUT}};
constexpr Choice<v1::ParameterType> kTypes[] = {
    {"string", v1::PARAMETER_TYPE_STRING}, {"integer", v1::PARAMETER_TYPE_INTEGER},
    {"number", v1::PARAMETER_TYPE_NUMBER}, {"boolean", v1::PARAMETER_TYPE_BOOLEAN},
    {"object", v1::PARAMETER_TYPE_OBJECT}, {"objects", v1::PARAMETER_TYPE_OBJECTS},
    {"image", v1::PARAMETER_TYPE_IMAGE},
};

constexpr std::string_view kFileMembers[] = {"models"};
constexpr std::string_view kModelMembers[] = {"name",        "base",      "fal_endpoint", "size_style",
                                              "tolerance",   "price",     "parameters",   "longest_seconds",
                                              "unconfirmed", "deprecated"};
constexpr std::string_view kPriceMembers[] = {"micro_usd",  "unit",        "first_micro_usd", "resizes_input",
                                              "free_input", "least_input", "resolutions"};
constexpr std::string_view kParameterMembers[] = {
    "name", "fal_name",   "required",    "minimum", "maximum", "allowed", "default",
    "list", "least_side", "most_pixels", "extra",   "type",    "remove"};

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
    const std::string before = row.fal_endpoint;
    model.Text("fal_endpoint", row.fal_endpoint);
    if (row.fal_endpoint != before) {  // what was said of the other app is not said of this one
      row.deprecated.clear();
      row.unconfirmed.clear();
    }
    model.Text("deprecated", row.deprecated);
    model.Text("unconfirmed", row.unconfirmed);
    std::uint64_t longest = 0;
    if (model.Count("longest_seconds", kMostSeconds, longest)) row.longest = std::chrono::seconds(longest);
    model.OneOf("size_style", kSizeStyles, row.size);
    model.OneOf("tolerance", kToleranceStyles, row.tolerance);
    ReadPrice(model, row);
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

  void ReadPrice(Object& model, ModelRow& row) {
    const Json* json = model.Find("price");
    if (!json) return;
    Object object(*json, Under(model.path(), "price"), kPriceMembers, mistakes_);
    UnitPrice& price = row.price;
    row.class_prices.clear();
    price = {
        .unit = v1::PRICE_UNIT_MEGAPIXEL};  // known, so that it is not missed: whatever is wrong is told here
    if (!object.IsObject()) return;
    if (!object.Price("micro_usd", price.micro_usd)) object.Say("micro_usd", "is required");
    if (!object.OneOf("unit", kUnits, price.unit)) object.Say("unit", "is required");
    std::uint64_t first = 0;
    if (object.Price("first_micro_usd", first)) price.first_micro_usd = first;
    object.Flag("resizes_input", price.resizes_input);
    std::uint64_t count = 0;
    if (object.Count("free_input", kMostCount, count)) price.free_input = static_cast<std::uint32_t>(count);
    if (object.Count("least_input", kMostCount, count)) price.least_input = static_cast<std::uint32_t>(count);
    const Json* classes = object.Find("resolutions");
    if (classes == nullptr) return;
    Object resolutions(*classes, Under(object.path(), "resolutions"), mistakes_);
    if (!resolutions.IsObject()) return;
    for (const auto& [name, value] : classes->items()) {
      ClassPrice one{.resolution = name};
      resolutions.Price(name.c_str(), one.micro_usd);
      row.class_prices.push_back(std::move(one));
    }
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
    if (parameter.Find("list") && rule.field != Field::kImages && rule.field != Field::kImage) {
      parameter.Say("list", "is only for pictures");
    }
    parameter.Flag("list", rule.list);
    std::uint64_t pixels = 0;
    if (parameter.Count("least_side", kMostSide, pixels))
      rule.least_side = static_cast<std::uint32_t>(pixels);
    if (parameter.Count("most_pixels", kMostSide * kMostSide, pixels)) rule.most_pixels = pixels;
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

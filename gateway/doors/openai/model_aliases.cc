// Reads the file's JSON row by row and collects every mistake.
#include "gateway/doors/openai/model_aliases.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/json.h"
#include "base/small_file.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostNameBytes = 128;

struct Target {
  std::string_view purpose;
  std::string AliasRow::*model;
  std::string_view kinds;  // as mistakes name them
};

constexpr std::array<Target, 3> kTargets = {{{"generate", &AliasRow::generate, "text-to-image/NAME"},
                                             {"edit", &AliasRow::edit, "edit/NAME or image-to-image/NAME"},
                                             {"inpaint", &AliasRow::inpaint, "inpainting/NAME"}}};

const Target& TargetOf(Purpose purpose) {
  return kTargets[static_cast<std::size_t>(purpose)];
}

// "kind/name", as the catalogue has it.
bool IsModelName(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && slash + 1 < text.size() && text.size() <= kMostNameBytes &&
         std::ranges::all_of(text.substr(slash + 1), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

std::string_view NameFault(std::string_view name) {
  if (name.empty() || name.size() > kMostNameBytes) return "must have 1 to 128 characters";
  if (!std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; })) {
    return "must be printable ASCII without spaces";
  }
  if (name.find('*') < name.size() - 1) return "may have a star at its end only";
  return {};
}

class Reader {
 public:
  explicit Reader(std::vector<std::string>& problems) : problems_(problems) {}

  void ReadRow(const std::string& name, const Json& value, AliasRow& row) {
    row.name = name;
    if (const std::string_view wrong = NameFault(name); !wrong.empty())
      Say(name, "the name " + std::string(wrong));
    if (value.is_string()) return ReadOne(name, value.get_ref<const std::string&>(), row);
    if (!value.is_object() || value.empty()) {
      return Say(name, R"(must be a model's name, or an object with "generate", "edit" or "inpaint")");
    }
    for (const auto& [purpose, model] : value.items()) ReadTarget(name, purpose, model, row);
  }

 private:
  // The purpose follows from the model's kind.
  void ReadOne(const std::string& name, const std::string& model, AliasRow& row) {
    for (const Purpose purpose : {Purpose::kGenerate, Purpose::kEdit, Purpose::kInpaint}) {
      if (IsModelName(model) && Serves(model, purpose)) row.*TargetOf(purpose).model = model;
    }
    if (row.generate.empty() && row.edit.empty() && row.inpaint.empty()) {
      Say(name, "\"" + model + "\" is no model's whole name, such as \"text-to-image/dev\"");
    }
  }

  void ReadTarget(const std::string& name, const std::string& purpose, const Json& model, AliasRow& row) {
    const auto target = std::ranges::find(kTargets, purpose, &Target::purpose);
    if (target == kTargets.end()) {
      return Say(name, "\"" + purpose + R"(" is not known; there are "generate", "edit" and "inpaint")");
    }
    const auto which = static_cast<Purpose>(target - kTargets.begin());
    const std::string text = model.is_string() ? model.get<std::string>() : std::string();
    if (!IsModelName(text) || !Serves(text, which)) {
      return Say(name,
                 "\"" + purpose + "\" must be the whole name of a model: " + std::string(target->kinds));
    }
    row.*target->model = text;
  }

  void Say(const std::string& name, const std::string& what) {
    problems_.push_back("row \"" + name + "\": " + what);
  }

  std::vector<std::string>& problems_;
};

}  // namespace

std::string_view Name(Purpose purpose) {
  return TargetOf(purpose).purpose;
}

bool Serves(std::string_view model, Purpose purpose) {
  const std::string_view kind = model.substr(0, model.find('/'));
  switch (purpose) {
    case Purpose::kGenerate:
      return kind == "text-to-image";
    case Purpose::kEdit:
      return kind == "edit" || kind == "image-to-image";
    case Purpose::kInpaint:
      return kind == "inpainting";
  }
  return false;
}

const std::string& AliasRow::For(Purpose purpose) const {
  return this->*TargetOf(purpose).model;
}

ModelAliases::Parsed ModelAliases::Parse(std::string_view text) {
  Parsed parsed;
  const Result<Json> json = ParseJson(text);
  if (!json || !json->is_object()) {
    parsed.problems.push_back("must be a JSON object" + (json ? "" : ": " + json.error().message));
    return parsed;
  }
  Reader reader(parsed.problems);
  for (const auto& [name, value] : json->items()) {
    reader.ReadRow(name, value, parsed.aliases.rows_.emplace_back());
  }
  return parsed;
}

const ModelAliases& ModelAliases::BuiltIn() {
  // FLUX.2 is the newest open family: it takes what OpenAI's clients say (sizes in pixels, formats, several
  // pictures to edit) and is among the cheapest.
  static const ModelAliases aliases = [] {
    ModelAliases made;
    for (const std::string_view name :
         std::array<std::string_view, 4>{"gpt-image-*", "chatgpt-image-*", "dall-e-*", kDefault}) {
      made.rows_.push_back({std::string(name), "text-to-image/flux-2", "edit/flux-2", "inpainting/general"});
    }
    return made;
  }();
  return aliases;
}

const AliasRow* ModelAliases::Find(std::string_view name) const {
  const AliasRow* best = nullptr;
  for (const AliasRow& row : rows_) {
    if (row.name == name) return &row;
    if (!row.name.ends_with('*')) continue;
    const std::string_view start = std::string_view(row.name).substr(0, row.name.size() - 1);
    if (name.starts_with(start) && (best == nullptr || row.name.size() > best->name.size())) best = &row;
  }
  return best;
}

ModelAliases::Parsed LoadAliases(const std::string& file) {
  const FileText read = ReadSmallFile(file, 1);
  if (!read.problem.empty()) return {{}, {read.problem}};
  return ModelAliases::Parse(read.text);
}

AliasFile::AliasFile(std::string file, Log& log)
    : file_(std::move(file)), log_(log), current_(std::make_shared<const ModelAliases>()) {
  if (InUse()) {
    Reload();
  } else {
    current_ = std::make_shared<const ModelAliases>(ModelAliases::BuiltIn());
  }
}

void AliasFile::Reload() {
  ModelAliases::Parsed parsed = LoadAliases(file_);
  if (!parsed.problems.empty()) {
    log_.Error("model_aliases_refused", {{"file", file_},
                                         {"message", parsed.problems.front()},
                                         {"mistakes", parsed.problems.size()},
                                         {"still_valid", Current()->rows().size()}});
    return;
  }
  auto next = std::make_shared<const ModelAliases>(std::move(parsed.aliases));
  const std::size_t count = next->rows().size();
  {
    const std::lock_guard swap(swapping_);
    current_ = std::move(next);
  }
  log_.Info("model_aliases_loaded", {{"file", file_}, {"rows", count}});
}

}  // namespace flux::gateway

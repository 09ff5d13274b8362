// ModelAliases: names of other vendors' models, for programs that cannot be changed, and which models of the
// catalogue they stand for. Immutable once parsed. Pure. AliasFile (below) keeps the ones that count now.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace flux::gateway {

// What a request wants of a model.
enum class Purpose { kGenerate, kEdit, kInpaint };

// "generate", "edit", "inpaint".
std::string_view Name(Purpose purpose);

// Whether a model of this full name ("edit/flux-2") is for it, by the kind in its name.
bool Serves(std::string_view model, Purpose purpose);

// One name and what it stands for; empty: nothing.
struct AliasRow {
  std::string name;  // "gpt-image-1"; with a star at its end ("gpt-image-*") for all that start so
  std::string generate;
  std::string edit;
  std::string inpaint;

  const std::string& For(Purpose purpose) const;
};

class ModelAliases {
 public:
  struct Parsed;

  // The name of the row that counts where a request names no model.
  static constexpr std::string_view kDefault = "default";

  // The file's text: {"NAME": {"generate": MODEL, "edit": MODEL, "inpaint": MODEL}, …}, each of the three
  // where there is one; or {"NAME": MODEL} for the purpose that MODEL's kind has.
  static Parsed Parse(std::string_view text);

  // What counts without a file: OpenAI's names, and the default.
  static const ModelAliases& BuiltIn();

  // The row of this name, else the one with a star that has most of it in common; nullptr: none.
  const AliasRow* Find(std::string_view name) const;

  const std::vector<AliasRow>& rows() const { return rows_; }

 private:
  std::vector<AliasRow> rows_;
};

struct ModelAliases::Parsed {
  ModelAliases aliases;
  std::vector<std::string> problems;  // one for each mistake; empty: `aliases` is whole
};

// The aliases in `file`, or what is wrong with it.
ModelAliases::Parsed LoadAliases(const std::string& file);

// Thread-safe.
class AliasFile {
 public:
  // `file` empty: BuiltIn(). Otherwise reads it; what is wrong is logged, and until a Reload succeeds there
  // are no aliases. Borrows the log.
  AliasFile(std::string file, Log& log);

  std::shared_ptr<const ModelAliases> Current() const {
    const std::lock_guard lock(swapping_);
    return current_;
  }

  // Reads the file again. One that is gone or has a mistake changes nothing and is logged.
  void Reload();

  bool InUse() const { return !file_.empty(); }
  const std::string& file() const { return file_; }

 private:
  const std::string file_;
  Log& log_;
  mutable std::mutex swapping_;
  std::shared_ptr<const ModelAliases> current_;  // guarded by `swapping_`
};

}  // namespace flux::gateway

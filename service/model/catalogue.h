// Catalogue: a model is data, one row each. What a model takes, where it lives at fal and what it costs is
// said here and nowhere else. Facts are from fal-api (sections 1, 8).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flux/v1/generation.pb.h"
#include "flux/v1/models.pb.h"
#include "service/model/field.h"

namespace flux::service {

// One field that a model takes. (`= {}` lets rows name only the members they set.)
struct FieldRule {
  Field field = Field::kPrompt;
  std::string fal_name = {};  // key in fal's JSON
  bool required = false;
  std::optional<double> minimum = {};  // inclusive; of an image size: of each side, in pixels
  std::optional<double> maximum = {};
  std::vector<std::string> allowed = {};  // values as public text; empty: any
  std::string default_text = {};          // what fal uses when the field is not set; never sent
};

// What `safety_tolerance` means to a model.
enum class ToleranceStyle {
  kForwarded,        // a tolerance of its own, sent as the text it is
  kSwitchesChecker,  // "6" switches the safety checker off, every other value leaves it on
};

// What one unit costs.
struct UnitPrice {
  std::uint64_t micro_usd = 0;
  v1::PriceUnit unit = v1::PRICE_UNIT_UNSPECIFIED;
};

// One model. A field without a rule is refused.
struct ModelRow {
  std::string name = {};  // public, e.g. "text-to-image/dev"
  v1::ModelKind kind = v1::MODEL_KIND_UNSPECIFIED;
  std::string fal_endpoint = {};  // e.g. "fal-ai/flux/dev"
  std::vector<FieldRule> rules = {};
  ToleranceStyle tolerance = ToleranceStyle::kSwitchesChecker;
  UnitPrice price = {};
};

// The rule of one field; nullptr where the model does not take it.
const FieldRule* FindRule(const ModelRow& row, Field field);

// An immutable set of rows; safe to read from any thread.
class Catalogue {
 public:
  // Names are unique within a kind.
  explicit Catalogue(std::vector<ModelRow> rows) : rows_(std::move(rows)) {}

  // The models this software knows by itself.
  static Catalogue BuiltIn();

  // The row of this name and kind; nullptr where there is none. Lives as long as the catalogue.
  const ModelRow* Find(std::string_view name, v1::ModelKind kind) const;

  std::span<const ModelRow> rows() const { return rows_; }

  // The public names, each once; what metrics use as labels.
  std::vector<std::string> Names() const;

 private:
  std::vector<ModelRow> rows_;
};

}  // namespace flux::service

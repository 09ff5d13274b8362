// Any bytes as a request: the first byte chooses the kind, the rest is its request message. A name that no
// model has is left to the first byte too. A field that no model knows is refused, or passed over and told
// where the request wants it so, and never sent.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "service/fal/fal_json.h"
#include "service/order/price.h"
#include "service/order/split.h"
#include "service/order/validate.h"
#include "service/order/validate_extra.h"

namespace {

using namespace flux::service;  // NOLINT: the whole file is about one room

void Require(bool holds) {
  if (!holds) std::abort();
}

// An extra of a model's own may be refused; any other one is either refused or told, never both or neither.
void CheckExtras(const ModelRow& row, const Order& order, const std::vector<flux::Violation>& violations,
                 const nlohmann::json& sent, const KnownNames& known) {
  constexpr std::size_t kMostTold = 20;  // and a sentence for the rest
  const std::vector<std::string> told = PassedOver(row, order, known);
  Require(order.warn_of_unknown_extra || told.empty());
  Require(told.size() <= kMostTold + 1);
  if (order.extra == nullptr) return Require(told.empty());
  std::size_t foreign = 0;
  std::size_t refused = 0;
  for (const auto& [name, value] : order.extra->fields()) {
    if (FindExtra(row, name) != nullptr) continue;
    const bool near = known.Has(name) || !known.NearestTo(name).empty();
    const bool passed = order.warn_of_unknown_extra && !near;
    const bool nothing = value.has_null_value() || (value.has_bool_value() && !value.bool_value()) ||
                         (value.has_string_value() && value.string_value().empty());
    foreign += passed && !nothing ? 1 : 0;
    refused += passed ? 0 : 1;
    const bool of_a_rule = std::ranges::find(row.rules, name, &FieldRule::fal_name) != row.rules.end();
    Require(of_a_rule || !sent.contains(name));
  }
  Require(refused == 0 || !violations.empty());
  Require(told.size() == std::min(foreign, kMostTold) + (foreign > kMostTold ? 1 : 0));
}

void CheckOrder(const ModelRow& row, const Order& order, const KnownNames& known) {
  const auto violations = Validate(row, order, known);
  for (const flux::Violation& violation : violations)
    Require(!violation.field.empty() && !violation.message.empty());
  Require(EstimatePrice(row, order).unit() == row.price.unit);

  // Not only valid orders: what is sent is JSON whatever comes.
  const std::string sent = ToFalJson(row, order);
  const auto parsed = nlohmann::json::parse(sent, nullptr, false);
  Require(parsed.is_object());
  CheckExtras(row, order, violations, parsed, known);
  if (!violations.empty()) return;
  for (const FieldRule& rule : row.rules) Require(!rule.required || parsed.contains(rule.fal_name));
  Require(!order.seed || parsed.at("seed") == *order.seed);

  const std::uint32_t purchases = PurchasesOf(row, order);
  Require(purchases >= 1 && purchases <= 4);
  for (std::uint32_t i = 0; i < purchases; ++i) {
    Require(Validate(row, PurchaseOf(row, order, i), known).empty());
  }
}

constexpr std::size_t kKinds = 5;

const Catalogue& BuiltIn() {
  static const auto& catalogue = *new Catalogue(Catalogue::BuiltIn());  // lives as long as the fuzzer
  return catalogue;
}

const ModelRow& Choose(std::string_view name, flux::v1::ModelKind kind, std::size_t index) {
  const Catalogue& catalogue = BuiltIn();
  if (const ModelRow* row = catalogue.Find(name, kind)) return *row;
  std::vector<const ModelRow*> rows;
  for (const ModelRow& row : catalogue.rows()) {
    if (row.kind == kind) rows.push_back(&row);
  }
  return *rows[index % rows.size()];
}

template <typename Request>
void CheckRequest(flux::v1::ModelKind kind, const std::uint8_t* data, std::size_t size) {
  Request request;
  if (!request.ParseFromArray(data + 1, static_cast<int>(size - 1))) return;
  CheckOrder(Choose(request.model(), kind, data[0] / kKinds), ToOrder(request), BuiltIn().known_names());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  switch (data[0] % kKinds) {
    case 0:
      CheckRequest<flux::v1::TextToImageRequest>(flux::v1::MODEL_KIND_TEXT_TO_IMAGE, data, size);
      break;
    case 1:
      CheckRequest<flux::v1::ImageToImageRequest>(flux::v1::MODEL_KIND_IMAGE_TO_IMAGE, data, size);
      break;
    case 2:
      CheckRequest<flux::v1::InpaintRequest>(flux::v1::MODEL_KIND_INPAINTING, data, size);
      break;
    case 3:
      CheckRequest<flux::v1::EditImageRequest>(flux::v1::MODEL_KIND_EDIT, data, size);
      break;
    default:
      CheckRequest<flux::v1::TransformRequest>(flux::v1::MODEL_KIND_TRANSFORM, data, size);
  }
  return 0;
}

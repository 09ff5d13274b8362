// Any bytes as a request: the first byte chooses the kind, the rest is its request message. A name that no
// model has is left to the first byte too.
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

namespace {

using namespace flux::service;  // NOLINT: the whole file is about one room

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckOrder(const ModelRow& row, const Order& order) {
  const auto violations = Validate(row, order);
  for (const flux::Violation& violation : violations)
    Require(!violation.field.empty() && !violation.message.empty());
  Require(EstimatePrice(row, order).unit() == row.price.unit);

  // Not only valid orders: what is sent is JSON whatever comes.
  const std::string sent = ToFalJson(row, order);
  const auto parsed = nlohmann::json::parse(sent, nullptr, false);
  Require(parsed.is_object());
  if (!violations.empty()) return;
  for (const FieldRule& rule : row.rules) Require(!rule.required || parsed.contains(rule.fal_name));
  Require(!order.seed || parsed.at("seed") == *order.seed);

  const std::uint32_t purchases = PurchasesOf(row, order);
  Require(purchases >= 1 && purchases <= 4);
  for (std::uint32_t i = 0; i < purchases; ++i) Require(Validate(row, PurchaseOf(row, order, i)).empty());
}

constexpr std::size_t kKinds = 4;

const ModelRow& Choose(std::string_view name, flux::v1::ModelKind kind, std::size_t index) {
  static const Catalogue catalogue = Catalogue::BuiltIn();
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
  CheckOrder(Choose(request.model(), kind, data[0] / kKinds), ToOrder(request));
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
    default:
      CheckRequest<flux::v1::EditImageRequest>(flux::v1::MODEL_KIND_EDIT, data, size);
  }
  return 0;
}

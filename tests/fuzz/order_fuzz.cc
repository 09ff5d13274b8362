// Any bytes as a request: the first byte chooses the model, the rest is its request message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "service/model/fal_json.h"
#include "service/model/price.h"
#include "service/model/validate.h"

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
}

template <typename Request>
void CheckRequest(const ModelRow& row, const std::uint8_t* data, std::size_t size) {
  Request request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return;
  CheckOrder(row, ToOrder(request));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Catalogue catalogue = Catalogue::BuiltIn();
  if (size == 0) return 0;
  const ModelRow& row = catalogue.rows()[data[0] % catalogue.rows().size()];
  switch (row.kind) {
    case flux::v1::MODEL_KIND_TEXT_TO_IMAGE:
      CheckRequest<flux::v1::TextToImageRequest>(row, data + 1, size - 1);
      break;
    case flux::v1::MODEL_KIND_IMAGE_TO_IMAGE:
      CheckRequest<flux::v1::ImageToImageRequest>(row, data + 1, size - 1);
      break;
    default:
      CheckRequest<flux::v1::InpaintRequest>(row, data + 1, size - 1);
  }
  return 0;
}

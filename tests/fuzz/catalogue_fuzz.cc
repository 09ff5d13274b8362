// Any bytes as a catalogue file: sentences, or rows that keep every promise of a built-in row.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "service/catalogue/catalogue_check.h"
#include "service/catalogue/catalogue_file.h"
#include "service/fal/fal_json.h"
#include "service/order/price.h"
#include "service/order/validate.h"
#include "service/rpc/model_proto.h"

namespace {

using namespace flux::service;  // NOLINT: the whole file is about one room

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckRow(const ModelRow& row) {
  Require(RowProblems(row).empty());
  Require(KindOf(row.name) == row.kind && !row.fal_endpoint.empty());
  Require(ToProto(row).parameters_size() == static_cast<int>(row.rules.size()));

  Order order;
  order.prompt = "a cat";
  order.safety_tolerance = "6";
  order.output_format = flux::v1::OUTPUT_FORMAT_PNG;
  for (const flux::Violation& violation : Validate(row, order)) Require(!violation.message.empty());
  Require(EstimatePrice(row, order).unit() == row.price.unit);
  Require(nlohmann::json::parse(ToFalJson(row, order), nullptr, false).is_object());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Catalogue known = Catalogue::BuiltIn();
  CatalogueLoad load = LoadCatalogue({reinterpret_cast<const char*>(data), size}, known.rows());
  for (const std::string& problem : load.problems) {
    Require(!problem.empty() && problem.find('\n') == std::string::npos);
    (void)nlohmann::json(problem).dump();  // throws on what is not UTF-8
  }
  if (!load.problems.empty()) return 0;
  const Catalogue catalogue(std::move(load.rows));
  Require(catalogue.rows().size() >= known.rows().size());
  Require(catalogue.Names().size() == catalogue.rows().size());
  for (const ModelRow& row : catalogue.rows()) CheckRow(row);
  return 0;
}

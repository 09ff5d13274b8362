// Copies a row, field by field.
#include "service/rpc/model_proto.h"

#include <string>
#include <utility>

#include "service/catalogue/size.h"
#include "service/order/price.h"

namespace flux::service {
namespace {

// A tolerance that fal takes as a number.
bool IsNumber(const ModelRow& row, const FieldRule& rule) {
  return rule.field == Field::kSafetyTolerance && row.tolerance == ToleranceStyle::kNumber &&
         !rule.allowed.empty();
}

// What an extra is in JSON: a picture is text there.
v1::ParameterType PublicType(const ModelRow& row, const FieldRule& rule) {
  if (IsNumber(row, rule)) return v1::PARAMETER_TYPE_INTEGER;
  const bool picture = rule.field == Field::kExtra && rule.type == v1::PARAMETER_TYPE_IMAGE;
  return picture ? v1::PARAMETER_TYPE_STRING : TypeOf(rule);
}

}  // namespace

v1::Model ToProto(const ModelRow& row, const Prices* prices) {
  v1::Model model;
  model.set_name(row.name);
  model.set_kind(row.kind);
  model.set_fal_endpoint(row.fal_endpoint);
  for (const FieldRule& rule : row.rules) {
    v1::ModelParameter& parameter = *model.add_parameters();
    parameter.set_name(std::string(NameOf(rule)));
    parameter.set_type(PublicType(row, rule));
    parameter.set_required(rule.required);
    if (rule.minimum) parameter.set_minimum(*rule.minimum);
    if (rule.maximum) parameter.set_maximum(*rule.maximum);
    if (rule.field == Field::kImageSize && row.size == SizeStyle::kPixels) {
      for (const std::string_view name : PresetNames()) parameter.add_allowed_values(std::string(name));
    }
    if (IsNumber(row, rule)) {
      parameter.set_minimum(std::stod(rule.allowed.front()));
      parameter.set_maximum(std::stod(rule.allowed.back()));
    } else {
      for (const std::string& value : rule.allowed) parameter.add_allowed_values(value);
    }
    parameter.set_default_value(rule.default_text);
    parameter.set_fal_name(rule.fal_name);
    parameter.set_extra(rule.field == Field::kExtra);
  }
  v1::PriceEstimate price = UnitPriceOf(row);
  model.set_price_source(v1::PRICE_SOURCE_CATALOGUE);
  if (prices != nullptr) {
    v1::PriceEstimate in_force = prices->InForce(row, price);
    if (in_force.micro_usd() != price.micro_usd()) *model.mutable_catalogue_price() = price;
    price = std::move(in_force);
    model.set_price_source(prices->SourceOf(row));
    model.set_price_note(prices->NoteOf(row));
  }
  *model.mutable_unit_price() = std::move(price);
  model.set_max_images(MaxImages(row));
  model.set_confirmed(row.unconfirmed.empty());
  model.set_unconfirmed(row.unconfirmed);
  model.set_deprecated(row.deprecated);
  for (const ClassPrice& each : row.class_prices) {
    v1::ResolutionPrice& one = *model.add_resolution_prices();
    one.set_resolution(each.resolution);
    one.set_micro_usd(each.micro_usd);
  }
  model.set_longest_seconds(static_cast<std::uint32_t>(row.longest.count()));
  return model;
}

}  // namespace flux::service

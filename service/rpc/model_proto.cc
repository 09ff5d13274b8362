// Copies a row, field by field.
#include "service/rpc/model_proto.h"

#include <utility>

#include "service/catalogue/size.h"
#include "service/order/price.h"

namespace flux::service {
namespace {

// What an extra is in JSON: a picture is text there.
v1::ParameterType PublicType(const FieldRule& rule) {
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
    parameter.set_type(PublicType(rule));
    parameter.set_required(rule.required);
    if (rule.minimum) parameter.set_minimum(*rule.minimum);
    if (rule.maximum) parameter.set_maximum(*rule.maximum);
    if (rule.field == Field::kImageSize && row.size == SizeStyle::kPixels) {
      for (const std::string_view name : PresetNames()) parameter.add_allowed_values(std::string(name));
    }
    for (const std::string& value : rule.allowed) parameter.add_allowed_values(value);
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
  return model;
}

}  // namespace flux::service

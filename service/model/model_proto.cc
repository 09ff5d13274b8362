// Copies a row, field by field.
#include "service/model/model_proto.h"

namespace flux::service {

v1::Model ToProto(const ModelRow& row) {
  v1::Model model;
  model.set_name(row.name);
  model.set_kind(row.kind);
  model.set_fal_endpoint(row.fal_endpoint);
  for (const FieldRule& rule : row.rules) {
    const FieldRow& field = RowOf(rule.field);
    v1::ModelParameter& parameter = *model.add_parameters();
    parameter.set_name(std::string(field.name));
    parameter.set_type(field.type);
    parameter.set_required(rule.required);
    if (rule.minimum) parameter.set_minimum(*rule.minimum);
    if (rule.maximum) parameter.set_maximum(*rule.maximum);
    for (const std::string& value : rule.allowed) parameter.add_allowed_values(value);
    parameter.set_default_value(rule.default_text);
  }
  model.mutable_unit_price()->set_micro_usd(row.price.micro_usd);
  model.mutable_unit_price()->set_unit(row.price.unit);
  model.mutable_unit_price()->set_units(1);
  return model;
}

}  // namespace flux::service

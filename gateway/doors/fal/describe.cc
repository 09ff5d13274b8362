// What /openapi.json tells of fal's own paths.
#include "gateway/doors/api_document.h"
#include "gateway/doors/fal/fal_dialect.h"

namespace flux::gateway {

ApiJson FalDialect::DescribeError(ApiDocument& document) const {
  const ApiJson schema = ApiJson::parse(R"({"type":"object","required":["detail"],"properties":{
    "detail":{"description":"A sentence; or, where fields are wrong, one entry for each.","oneOf":[
      {"type":"string"},
      {"type":"array","items":{"type":"object","required":["loc","msg","type"],"properties":{
        "loc":{"type":"array","items":{"type":["string","integer"]}},
        "msg":{"type":"string"},"type":{"type":"string"},"ctx":{"type":"object"},"input":{}}}}]},
    "error_type":{"type":"string","description":"As in the header x-fal-error-type."}}})");
  return document.AddSchema("FalFailure", schema);
}

}  // namespace flux::gateway

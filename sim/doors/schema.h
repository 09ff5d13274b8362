// Schema: what fal publishes of an app, as OpenAPI 3.0 (fal-api §14: the keyless schema of fal.ai). Made
// from the fields by which the simulator judges a body, so that whoever reads it is held against the same.
#pragma once

#include "sim/apps/models.h"
#include "sim/http/reply.h"
#include "sim/http/request.h"
#include "sim/json.h"

namespace flux::sim {

// Where fal.ai serves it: GET …?endpoint_id=fal-ai/flux/dev, no key.
inline constexpr std::string_view kSchemaPath = "/api/openapi/queue/openapi.json";

// The document of one app.
Json SchemaOf(const Model& model);

// 404 where there is no such app.
Reply AnswerSchema(const Request& request);

}  // namespace flux::sim

// The fields of today's public JSON, each read by its own reader. A room of this door; nobody else
// includes it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// What was read, before it is known which RPC it is for.
struct FluxFields {
  std::string prompt;
  std::optional<v1::ImageInput> image;
  std::optional<v1::ImageInput> mask;
  std::vector<v1::ImageInput> images;
  std::optional<double> strength;
  v1::GenerationParameters parameters;
  std::string webhook_url;
};

// Every member of a JSON object that is set, or all that is wrong with it at once. A name that is not in the
// table may be one of the chosen model's own (`GenerationParameters.extra`), a slip of the pen, or nobody's:
// it is passed on, cut to 64 bytes, for the service to judge, with what is to become of the last. Takes the
// pictures out of `body`, since they may be large. Without `webhooks` "webhook_url" is a name like any other.
Result<FluxFields> ReadFluxFields(nlohmann::json& body, UnknownFields unknown, bool webhooks);

// What a field means, in a sentence; empty where it is not in the table.
std::string_view MeaningOf(std::string_view name);

}  // namespace flux::gateway

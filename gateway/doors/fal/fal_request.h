// fal_request: fal's JSON as a request of ours, by the names that the catalogue says fal has for things; and
// what is wrong with it in the words of fal's apps. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "flux/v1/models.pb.h"
#include "gateway/backend/generation_request.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// A request to one app, as far as it is needed to say what is wrong with it.
class FalRequest {
 public:
  // The models behind the app, one at least; borrowed. Of several it is the one that takes most of what is
  // given, of equals the first.
  explicit FalRequest(std::span<const v1::Model> models) : models_(models), model_(&models.front()) {}

  // The body as our request. INVALID_JSON, or INVALID_FIELD with all violations at once, in fal's names.
  // Takes what flux.h takes, under fal's names; a tolerance only where the app has one, so that none of ours
  // switches a checker off that fal's would have left on.
  Result<GenerationRequest> Read(std::string body, UnknownFields unknown);

  // Says violations of flux.v1 fields in fal's names and, where it is known which rule they break, in its
  // words.
  void Reword(Status& status) const;

 private:
  void Reword(Violation& violation) const;

  const std::span<const v1::Model> models_;
  const v1::Model* model_;                           // of these; the first until something is read
  nlohmann::json given_ = nlohmann::json::object();  // numbers and short texts, by fal's names
};

}  // namespace flux::gateway

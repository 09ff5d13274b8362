// Renames what fal calls otherwise, then reads it as today's public JSON is read.
#include "gateway/doors/fal/fal_request.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json.h"
#include "gateway/doors/fal/parameters.h"
#include "gateway/doors/fal/words.h"
#include "gateway/doors/flux/flux.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kForbidden = "Extra inputs are not permitted";

// What says more than the name of a picture's member: "image_url.url" is "image_url".
constexpr std::string_view kOfPicture[] = {".url", ".data_uri", ".data"};

const v1::ModelParameter* ByFalName(const v1::Model& model, std::string_view name) {
  const auto found = std::ranges::find_if(model.parameters(), [name](const v1::ModelParameter& parameter) {
    return parameter.fal_name() == name && !IsSwitch(parameter);
  });
  return found == model.parameters().end() ? nullptr : &*found;
}

// How many members of the body are fields of this model.
std::ptrdiff_t Taken(const v1::Model& model, const Json& body) {
  std::ptrdiff_t taken = 0;
  for (const auto& [name, value] : body.items()) {
    if (!value.is_null() && ByFalName(model, name) != nullptr) ++taken;
  }
  return taken;
}

const v1::ModelParameter* ByPublicName(const v1::Model& model, std::string_view name) {
  const auto found = std::ranges::find_if(model.parameters(), [name](const v1::ModelParameter& parameter) {
    return PublicName(parameter.name()) == name && !IsSwitch(parameter);
  });
  return found == model.parameters().end() ? nullptr : &*found;
}

Status NotJson(std::string why) {
  Status status(Reason::kInvalidJson, "JSON decode error");
  status.violations.push_back({"", std::move(why)});
  return status;
}

std::string OneOf(const v1::ModelParameter& parameter) {
  const auto& values = parameter.allowed_values();
  std::string text = "Input should be ";
  for (int i = 0; i < values.size(); ++i) {
    if (i > 0) text += i + 1 == values.size() ? " or " : ", ";
    text += "'" + values[i] + "'";
  }
  return text;
}

}  // namespace

Result<GenerationRequest> FalRequest::Read(std::string body, UnknownFields unknown) {
  constexpr std::size_t kShort = 256;
  constexpr std::size_t kMostMembers = 256;  // far more than any app has
  Result<Json> json = ParseLargeJson(body.empty() ? std::string("{}") : std::move(body));
  if (!json) return NotJson(json.error().message);
  if (!json->is_object()) return NotJson("Input should be a valid dictionary or object");
  if (json->size() > kMostMembers) return InvalidFields({{"", "has more members than any app has fields"}});
  if (models_.size() > 1) {
    model_ = &*std::ranges::max_element(models_, {}, [&](const v1::Model& one) { return Taken(one, *json); });
  }
  Json renamed = Json::object();
  std::vector<Violation> violations;
  for (auto& [name, value] : json->items()) {
    if (value.is_number() || (value.is_string() && value.get_ref<const std::string&>().size() <= kShort)) {
      given_[name] = value;
    }
    const v1::ModelParameter* parameter = ByFalName(*model_, name);
    const std::string ours = parameter == nullptr || parameter->extra() || IsSingle(*parameter)
                                 ? name
                                 : PublicName(parameter->name());
    if (parameter == nullptr && name == "safety_tolerance") {
      if (!value.is_null()) violations.push_back({name, std::string(kForbidden)});
    } else if (renamed.contains(ours)) {
      violations.push_back({name, "must not be given together with its other name"});
    } else if (parameter != nullptr && IsListed(*parameter) && value.is_array() && value.size() == 1) {
      renamed[ours] = std::move(value[0]);
    } else {
      renamed[ours] = std::move(value);
    }
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));
  Result<GenerationRequest> request = ReadFlux(model_->kind(), model_->name(), renamed, {}, unknown);
  if (!request) Reword(request.error());
  return request;
}

void FalRequest::Reword(Status& status) const {
  if (status.violations.empty() || status.reason == Reason::kInvalidJson) return;
  RenameViolations(status);
  for (Violation& violation : status.violations) Reword(violation);
  if (status.reason == Reason::kInvalidField) status.message = InvalidFields(status.violations).message;
}

void FalRequest::Reword(Violation& violation) const {
  for (const std::string_view end : kOfPicture) {
    if (violation.field.size() > end.size() && violation.field.ends_with(end)) {
      violation.field.resize(violation.field.size() - end.size());
    }
  }
  const std::size_t head_size = std::min(violation.field.find_first_of(".["), violation.field.size());
  const std::string head = violation.field.substr(0, head_size);
  std::string& message = violation.message;
  if (message.starts_with("is not taken by")) message = Cat({kForbidden, ": it ", message});
  if (message.starts_with("is required")) message = "Field required";
  if (message == "must be a string") message = "Input should be a valid string";
  if (message == "must be a number") message = "Input should be a valid number";
  if (message == "must be true or false") message = "Input should be a valid boolean";
  if (message.starts_with("must be a whole number")) message = "Input should be a valid integer";
  const v1::ModelParameter* parameter = ByPublicName(*model_, head);
  if (parameter == nullptr) return;
  if (IsSingle(*parameter)) {
    violation.field = parameter->fal_name();
  } else if (!parameter->fal_name().empty()) {
    violation.field.replace(0, head_size, parameter->fal_name());
  }
  const Json* value = Member(given_, violation.field.c_str());
  if (value == nullptr) return;
  if (value->is_number() && parameter->has_maximum() && value->get<double>() > parameter->maximum()) {
    message = absl::StrCat("Input should be less than or equal to ", parameter->maximum());
  } else if (value->is_number() && parameter->has_minimum() && value->get<double>() < parameter->minimum()) {
    message = absl::StrCat("Input should be greater than or equal to ", parameter->minimum());
  } else if (value->is_string() && !parameter->allowed_values().empty()) {
    message = OneOf(*parameter);
  }
}

}  // namespace flux::gateway

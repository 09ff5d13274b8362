// Gives files and their names to the reader of the JSON form.
#include "gateway/doors/flux/flux_form.h"

#include <utility>

#include "gateway/doors/flux/flux.h"
#include "gateway/doors/form_fields.h"

namespace flux::gateway {
namespace {

bool IsPicture(std::string_view name) {
  return name == "image" || name == "image_url";
}

bool IsPictures(std::string_view name) {
  return name == "images" || name == "image_urls";
}

bool IsMask(std::string_view name) {
  return name == "mask" || name == "mask_url";
}

FormName NameOf(std::string_view name) {
  const bool picture = IsPicture(name) || IsPictures(name);
  return {.file = picture || IsMask(name), .repeated = picture};
}

// Text under a short name goes by the name of the JSON form; several pictures by that of a list.
void Rename(nlohmann::json& object) {
  for (const std::string_view name : {"image", "images", "image_url", "mask"}) {
    const auto member = object.find(name);
    if (member == object.end()) continue;
    nlohmann::json value = std::move(*member);
    object.erase(member);
    const bool list = value.is_array() || name == "images";
    if (list && !value.is_array()) value = nlohmann::json::array({std::move(value)});
    object[name == "mask" ? "mask_url" : list ? "image_urls" : "image_url"] = std::move(value);
  }
  const auto many = object.find("image_urls");
  if (many != object.end() && many->is_string()) *many = nlohmann::json::array({std::move(*many)});
}

}  // namespace

Result<GenerationRequest> ParseFluxForm(v1::ModelKind kind, std::string_view model,
                                        std::string_view content_type, std::string body,
                                        UnknownFields unknown, std::string* webhook_url) {
  Result<FormFields> form = ReadFormFields(content_type, std::move(body), &NameOf);
  if (!form) return std::move(form).error();
  FluxUploads uploads;
  for (FormFile& file : form->files) {
    if (!IsMask(file.field)) {
      uploads.images.push_back(std::move(file.content));
    } else if (uploads.mask) {
      return InvalidFields({{"mask_url", "is there twice"}});
    } else {
      uploads.mask = std::move(file.content);
    }
  }
  Rename(form->object);
  return ReadFlux(kind, model, form->object, std::move(uploads), unknown, webhook_url);
}

}  // namespace flux::gateway

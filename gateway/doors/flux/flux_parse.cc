// Public JSON -> flux.v1: fields to the request of the RPC that they are for.
#include <utility>
#include <vector>

#include "base/json.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/flux_fields.h"

namespace flux::gateway {
namespace {

void Reject(std::vector<Violation>& violations, std::string_view field, bool given) {
  if (given) violations.push_back({std::string(field), "is not taken by this model"});
}

template <typename Request>
Request Common(std::string_view model, FluxFields& fields) {
  Request request;
  request.set_model(std::string(model));
  *request.mutable_parameters() = std::move(fields.parameters);
  if constexpr (requires { request.mutable_prompt(); }) request.set_prompt(std::move(fields.prompt));
  if constexpr (requires { request.mutable_image(); }) {
    if (fields.image) *request.mutable_image() = std::move(*fields.image);
  }
  if constexpr (requires { request.set_strength(0); }) {
    if (fields.strength) request.set_strength(*fields.strength);
  }
  return request;
}

// One picture or several, under either name.
void MoveImages(FluxFields& fields, v1::EditImageRequest& request) {
  if (fields.image) *request.add_images() = std::move(*fields.image);
  for (v1::ImageInput& image : fields.images) *request.add_images() = std::move(image);
}

Result<GenerationRequest> Assemble(v1::ModelKind kind, std::string_view model, FluxFields fields) {
  const bool edit = kind == v1::MODEL_KIND_EDIT;
  const bool text_only = kind == v1::MODEL_KIND_TEXT_TO_IMAGE;
  const bool transform = kind == v1::MODEL_KIND_TRANSFORM;
  std::vector<Violation> violations;
  Reject(violations, "prompt", transform && !fields.prompt.empty());
  Reject(violations, "image_url", text_only && fields.image.has_value());
  Reject(violations, "image_urls", !edit && !fields.images.empty());
  Reject(violations, "strength", (text_only || edit || transform) && fields.strength.has_value());
  Reject(violations, "mask_url", kind != v1::MODEL_KIND_INPAINTING && fields.mask.has_value());
  if (edit && fields.image && !fields.images.empty()) {
    violations.push_back({"image_url", "must not be given together with image_urls"});
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));

  if (text_only) return GenerationRequest(Common<v1::TextToImageRequest>(model, fields));
  if (kind == v1::MODEL_KIND_IMAGE_TO_IMAGE) {
    return GenerationRequest(Common<v1::ImageToImageRequest>(model, fields));
  }
  if (transform) return GenerationRequest(Common<v1::TransformRequest>(model, fields));
  if (edit) {
    auto request = Common<v1::EditImageRequest>(model, fields);
    MoveImages(fields, request);
    return GenerationRequest(std::move(request));
  }
  auto request = Common<v1::InpaintRequest>(model, fields);
  if (fields.mask) *request.mutable_mask() = std::move(*fields.mask);
  return GenerationRequest(std::move(request));
}

v1::ImageInput FileOf(std::string bytes) {
  v1::ImageInput image;
  image.set_data(std::move(bytes));
  return image;
}

// Files beside what the fields say; what is wrong with that.
std::vector<Violation> AddUploads(v1::ModelKind kind, FluxUploads uploads, FluxFields& fields) {
  constexpr std::size_t kMost = 16;  // no model takes more
  constexpr std::string_view kBoth = "must not be given both as a file and as text";
  std::vector<Violation> violations;
  if (uploads.mask && fields.mask) violations.push_back({"mask_url", std::string(kBoth)});
  if (uploads.mask && !fields.mask) fields.mask = FileOf(*std::move(uploads.mask));
  const bool several = kind == v1::MODEL_KIND_EDIT;
  if (uploads.images.size() > (several ? kMost : 1)) {
    violations.push_back({"image_url", several ? "must be at most 16 files" : "must be one file"});
  } else if (!uploads.images.empty() && (fields.image || !fields.images.empty())) {
    violations.push_back({"image_url", std::string(kBoth)});
  } else if (several) {
    for (std::string& bytes : uploads.images) fields.images.push_back(FileOf(std::move(bytes)));
  } else if (!uploads.images.empty()) {
    fields.image = FileOf(std::move(uploads.images.front()));
  }
  return violations;
}

}  // namespace

v1::ModelKind KindNamed(std::string_view model) {
  const std::string_view kind = model.substr(0, model.find('/'));
  if (kind == "text-to-image") return v1::MODEL_KIND_TEXT_TO_IMAGE;
  if (kind == "image-to-image") return v1::MODEL_KIND_IMAGE_TO_IMAGE;
  if (kind == "edit") return v1::MODEL_KIND_EDIT;
  if (kind == "inpainting") return v1::MODEL_KIND_INPAINTING;
  if (kind == "transform") return v1::MODEL_KIND_TRANSFORM;
  return v1::MODEL_KIND_UNSPECIFIED;
}

Result<GenerationRequest> ParseFlux(v1::ModelKind kind, std::string_view model, std::string body,
                                    UnknownFields unknown, std::string* webhook_url) {
  Result<nlohmann::json> json = ParseLargeJson(std::move(body));
  if (!json || !json->is_object()) {
    Status status(Reason::kInvalidJson, "Invalid JSON in request body");
    status.violations.push_back({"", json ? "the body must be a JSON object" : json.error().message});
    return status;
  }
  return ReadFlux(kind, model, *json, {}, unknown, webhook_url);
}

Result<GenerationRequest> ReadFlux(v1::ModelKind kind, std::string_view model, nlohmann::json& object,
                                   FluxUploads uploads, UnknownFields unknown, std::string* webhook_url) {
  Result<FluxFields> fields = ReadFluxFields(object, unknown, /*webhooks=*/webhook_url != nullptr);
  if (!fields) return std::move(fields).error();
  std::vector<Violation> violations = AddUploads(kind, std::move(uploads), *fields);
  if (!violations.empty()) return InvalidFields(std::move(violations));
  if (webhook_url != nullptr) *webhook_url = std::move(fields->webhook_url);
  return Assemble(kind, model, *std::move(fields));
}

}  // namespace flux::gateway

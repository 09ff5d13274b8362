// One table, one reader for each of OpenAI's names; the rest is left alone.
#include "gateway/doors/openai/images_request.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "base/loose_text.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/form_fields.h"
#include "gateway/doors/loose_json.h"
#include "gateway/doors/openai/openai_dialect.h"
#include "gateway/http/multipart.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::json;
using Wrong = std::string_view;  // empty: nothing

constexpr Wrong kFine;

// A wish that FLUX has nothing for; told in a warning, or refused.
constexpr Wrong kHint = "makes no difference to FLUX models";

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

Wrong ReadModel(Json& value, ImagesRequest& out) {
  if (!value.is_string()) return "must be text";
  out.model = WordOf(value);
  return kFine;
}

Wrong ReadPrompt(Json& value, ImagesRequest& out) {
  if (!value.is_string()) return "must be text";
  out.fields["prompt"] = std::move(value);
  return kFine;
}

Wrong ReadNumber(Json& value, ImagesRequest& out) {
  constexpr std::uint64_t kMost = 10;
  const auto number = WholeNumberOf(value);
  if (!number || *number < 1 || *number > kMost) return "must be a whole number from 1 to 10";
  if (out.fields.contains("num_images")) return "must not be given together with num_images";
  out.fields["num_images"] = *number;
  if (*number > 1 && !out.fields.contains("split_images")) out.fields["split_images"] = true;
  return kFine;
}

Wrong ReadSize(Json& value, ImagesRequest& out) {
  constexpr Wrong kWanted =
      R"(must be "auto", or WIDTHxHEIGHT such as "1024x1024", or a ratio such as "16:9")";
  if (!value.is_string()) return kWanted;
  const std::string_view word = WordOf(value);
  if (out.fields.contains("image_size") || out.fields.contains("aspect_ratio")) {
    return "must not be given together with FLUX's own name for it";
  }
  if (word == "auto") return kFine;  // not sent: what the model makes by itself
  const std::size_t cross = word.find_first_of("xX");
  const auto width = DigitsIn(word.substr(0, cross));
  const auto height = cross == std::string_view::npos ? std::nullopt : DigitsIn(word.substr(cross + 1));
  if (width && height) {
    out.fields["image_size"] = {{"width", *width}, {"height", *height}};
  } else if (word.find(':') != std::string_view::npos || word.find('_') != std::string_view::npos ||
             word == "square") {
    out.fields["image_size"] = word;
  } else {
    return kWanted;
  }
  return kFine;
}

Wrong ReadResponseFormat(Json& value, ImagesRequest& out) {
  const std::string_view word = WordOf(value);
  if (!IsOneOf(word, {"url", "b64_json"})) return R"(must be "url" or "b64_json")";
  out.base64 = word == "b64_json";
  return kFine;
}

Wrong ReadOutputFormat(Json& value, ImagesRequest& out) {
  const std::string_view word = WordOf(value);
  if (!IsOneOf(word, {"png", "jpeg", "jpg", "webp"})) return R"(must be "png", "jpeg" or "webp")";
  out.fields["output_format"] = word == "jpg" ? "jpeg" : word;
  return kFine;
}

Wrong ReadCompression(Json& value, ImagesRequest&) {
  constexpr std::uint64_t kLeast = 100;
  if (WholeNumberOf(value) == kLeast) return kFine;
  return "must be 100 or left out: FLUX models do not let it be chosen";
}

Wrong ReadQuality(Json& value, ImagesRequest&) {
  const std::string_view word = WordOf(value);
  if (IsOneOf(word, {"auto", "standard"})) return kFine;
  if (IsOneOf(word, {"low", "medium", "high", "hd", "xhigh", "max"})) return kHint;
  return R"(must be "auto", "low", "medium", "high", "standard" or "hd")";
}

Wrong ReadBackground(Json& value, ImagesRequest&) {
  if (IsOneOf(WordOf(value), {"auto", "opaque"})) return kFine;
  return R"(must be "auto" or "opaque": FLUX models make no transparent backgrounds)";
}

Wrong ReadModeration(Json& value, ImagesRequest&) {
  const std::string_view word = WordOf(value);
  if (word == "auto") return kFine;
  return word == "low" ? kHint : R"(must be "auto" or "low")";
}

Wrong ReadStyle(Json& value, ImagesRequest&) {
  return IsOneOf(WordOf(value), {"vivid", "natural"}) ? kHint : R"(must be "vivid" or "natural")";
}

Wrong ReadFidelity(Json& value, ImagesRequest&) {
  return IsOneOf(WordOf(value), {"low", "high"}) ? kHint : R"(must be "low" or "high")";
}

Wrong ReadComplexity(Json& value, ImagesRequest&) {
  return IsOneOf(WordOf(value), {"low", "medium", "high"}) ? kHint : R"(must be "low", "medium" or "high")";
}

Wrong ReadUser(Json& value, ImagesRequest&) {
  return value.is_string() ? kFine : "must be text";
}

Wrong ReadStream(Json& value, ImagesRequest& out) {
  const auto truth = TruthOf(value);
  if (!truth) return "must be true or false";
  out.stream = *truth;
  return kFine;
}

Wrong ReadPartial(Json& value, ImagesRequest&) {
  constexpr std::uint64_t kMost = 3;
  const auto number = WholeNumberOf(value);
  return number && *number <= kMost ? kFine : "must be a whole number from 0 to 3";
}

Wrong NotOffered(Json&, ImagesRequest&) {
  return "is not offered here; leave it out";
}

// A URL or data URI, by itself or in the object that OpenAI's JSON has.
const Json* ReferenceIn(const Json& value) {
  if (value.is_string()) return &value;
  const Json* url = Member(value, "image_url");
  return url != nullptr && url->is_string() ? url : nullptr;
}

Wrong ReadImages(Json& value, ImagesRequest& out) {
  constexpr Wrong kWanted =
      R"(must be files of a form, or in JSON {"image_url": URL or data URI}, or a list of such; there are no file ids here)";
  constexpr std::size_t kMost = 16;
  if (!value.is_array()) value = Json::array({std::move(value)});
  for (const Json& member : value) {
    const Json* reference = ReferenceIn(member);
    if (reference == nullptr) return kWanted;
    if (out.references.size() == kMost) return "must be at most 16 pictures";
    out.references.emplace_back(WordOf(*reference));
  }
  return kFine;
}

// The bytes of a data URI; nullopt where it is none.
std::optional<std::string> BytesOf(std::string_view uri) {
  const std::size_t comma = uri.find(',');
  if (!absl::StartsWithIgnoreCase({uri.data(), uri.size()}, "data:") || comma == std::string_view::npos) {
    return std::nullopt;
  }
  std::string bytes;
  if (!AppendFromBase64(uri.substr(comma + 1), bytes)) return std::nullopt;
  return bytes;
}

Wrong ReadMask(Json& value, ImagesRequest& out) {
  constexpr Wrong kWanted =
      R"(must be a file of a form, or in JSON {"image_url": a data URI in base64}; it is turned round here, so a URL will not do)";
  const Json* reference = ReferenceIn(value);
  if (reference == nullptr) return kWanted;
  out.mask = BytesOf(WordOf(*reference));
  return out.mask ? kFine : kWanted;
}

struct Row {
  std::string_view name;
  Wrong (*read)(Json& value, ImagesRequest& out);
  std::string_view schema;  // JSON, for the document; empty: it is not offered
  bool edits_only = false;
};

constexpr std::string_view kPicturesSchema =
    R"({"anyOf":[{"$ref":"#/components/schemas/ImageReference"},{"type":"array","minItems":1,"maxItems":16,"items":{"$ref":"#/components/schemas/ImageReference"}}],"description":"What to change: URLs or data URIs. Files go into a form."})";

constexpr auto kRows = std::to_array<Row>({
    {"model", &ReadModel,
     R"({"type":"string","description":"A name of GET /v1/models, with or without its kind, or an alias such as gpt-image-1.","examples":["flux-2"]})"},
    {"prompt", &ReadPrompt,
     R"({"type":"string","description":"What to draw, or what to change; at most 32 KiB."})"},
    {"n", &ReadNumber,
     R"({"type":"integer","minimum":1,"maximum":10,"default":1,"description":"How many pictures; each is paid for."})"},
    {"size", &ReadSize,
     R"({"type":"string","default":"auto","description":"auto, WIDTHxHEIGHT, or a ratio.","examples":["1024x1024","16:9"]})"},
    {"response_format", &ReadResponseFormat,
     R"({"type":"string","enum":["url","b64_json"],"description":"Where the pictures are: at a URL, or in the reply."})"},
    {"output_format", &ReadOutputFormat,
     R"({"type":"string","enum":["png","jpeg","webp"],"description":"File format, as far as the model has it."})"},
    {"output_compression", &ReadCompression, R"({"const":100,"description":"Cannot be chosen."})"},
    {"quality", &ReadQuality,
     R"({"type":"string","enum":["auto","standard","low","medium","high","hd","xhigh","max"],"default":"auto","description":"Taken and told in warnings: it makes no difference to FLUX models."})"},
    {"background", &ReadBackground,
     R"({"type":"string","enum":["auto","opaque"],"default":"auto","description":"FLUX models make no transparent ones."})"},
    {"moderation", &ReadModeration,
     R"({"type":"string","enum":["auto","low"],"default":"auto","description":"Taken and told in warnings: it makes no difference to FLUX models."})"},
    {"style", &ReadStyle,
     R"({"type":"string","enum":["vivid","natural"],"description":"Taken and told in warnings: it makes no difference to FLUX models."})"},
    {"input_fidelity", &ReadFidelity,
     R"({"type":"string","enum":["low","high"],"description":"Taken and told in warnings: it makes no difference to FLUX models."})"},
    {"complexity", &ReadComplexity,
     R"({"type":"string","enum":["low","medium","high"],"description":"Taken and told in warnings: it makes no difference to FLUX models."})"},
    {"user", &ReadUser, R"({"type":"string","description":"Taken and not sent on."})"},
    {"safety_identifier", &ReadUser, R"({"type":"string","description":"Taken and not sent on."})"},
    {"stream", &ReadStream,
     R"({"type":"boolean","default":false,"description":"True: the reply is a stream of events, one for each picture that is done."})"},
    {"partial_images", &ReadPartial,
     R"({"type":"integer","minimum":0,"maximum":3,"description":"FLUX models tell of none, so none is sent."})"},
    {"frame_count", &NotOffered, ""},
    {"frame_duration_ms", &NotOffered, ""},
    {"svg", &NotOffered, ""},
    {"markup", &NotOffered, ""},
    {"image", &ReadImages, kPicturesSchema, true},
    {"images", &ReadImages, kPicturesSchema, true},
    {"mask", &ReadMask,
     R"({"$ref":"#/components/schemas/ImageReference","description":"A PNG as a data URI, as large as the picture: what is transparent in it is painted anew."})",
     true},
});

FormName FormNameOf(std::string_view name) {
  const bool picture = name == "image" || name == "images";
  return {.file = picture || name == "mask", .repeated = picture};
}

// Moves what has a row out of `body`; the rest is FLUX's. Rows come in their own order, so that of two that
// depend on each other the same one is refused whatever the order of the body.
std::vector<Violation> ReadRows(ImagesPath path, UnknownFields hints, Json& body, ImagesRequest& out) {
  std::vector<Violation> violations;
  const auto refuse = [&violations](std::string_view name, Wrong why) {
    violations.push_back({std::string(name), std::string(why)});
  };
  std::vector<std::pair<const Row*, Json>> found;
  for (const Row& row : kRows) {
    const auto member = body.find(row.name);
    if (member == body.end()) continue;
    found.emplace_back(&row, std::move(*member));
    body.erase(member);
  }
  out.fields = std::move(body);
  for (auto& [row, value] : found) {
    if (row->name == "prompt" ? value.is_null() : SaysNothing(value)) continue;
    if (row->edits_only && path != ImagesPath::kEdits) {
      refuse(row->name, "is not taken here; POST pictures to /v1/images/edits");
      continue;
    }
    const Wrong wrong = row->read(value, out);
    if (wrong == kHint && hints == UnknownFields::kWarn) {
      out.warnings.push_back(std::string(row->name).append(" ").append(kHint).append("; it was not used"));
    } else if (!wrong.empty()) {
      refuse(row->name, wrong);
    }
  }
  if (out.stream && out.base64 == false)
    refuse("response_format", R"(must be "b64_json" or left out with stream)");
  return violations;
}

Result<Json> ReadJsonBody(std::string_view content_type, std::string body) {
  Result<Json> json = ParseLargeJson(std::move(body));
  if (json && json->is_object()) return json;
  if (json) return Status(Reason::kInvalidJson, "the body must be a JSON object");
  const std::string why = json.error().message;
  if (const std::string type = absl::AsciiStrToLower({content_type.data(), content_type.size()});
      type.empty() || type.find("json") != std::string::npos) {
    return Status(Reason::kInvalidJson, "the body is not valid JSON: " + why);
  }
  return Status(Reason::kUnsupportedMediaType,
                "the body must be JSON (" + why +
                    "); send Content-Type: application/json, or multipart/form-data for files");
}

Result<ImagesRequest> ReadBody(ImagesPath path, std::string_view content_type, std::string body,
                               UnknownFields hints) {
  ImagesRequest out;
  std::vector<FormFile> files;
  Json object;
  if (SaysForm(content_type)) {
    Result<FormFields> form = ReadFormFields(content_type, std::move(body), &FormNameOf);
    if (!form) return std::move(form).error();
    object = std::move(form->object);
    files = std::move(form->files);
  } else {
    Result<Json> json = ReadJsonBody(content_type, std::move(body));
    if (!json) return std::move(json).error();
    object = *std::move(json);
  }
  std::vector<Violation> violations = ReadRows(path, hints, object, out);
  if (path != ImagesPath::kEdits && !files.empty()) {
    violations.push_back({files.front().field, "is not taken here; POST pictures to /v1/images/edits"});
  }
  for (FormFile& file : files) {
    if (file.field != "mask") {
      out.images.push_back(std::move(file.content));
    } else if (out.mask) {
      violations.push_back({"mask", "is there twice"});
    } else {
      out.mask = std::move(file.content);
    }
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));
  return out;
}

}  // namespace

nlohmann::ordered_json ImagesSchema(ImagesPath path) {
  const bool edits = path == ImagesPath::kEdits;
  nlohmann::ordered_json schema{{"type", "object"}, {"properties", nlohmann::ordered_json::object()}};
  for (const Row& row : kRows) {
    if (row.schema.empty() || (row.edits_only && !edits)) continue;
    schema["properties"][std::string(row.name)] = nlohmann::ordered_json::parse(row.schema);
  }
  schema["required"] = {"prompt"};
  return schema;
}

nlohmann::ordered_json ImageReferenceSchema() {
  return nlohmann::ordered_json::parse(
      R"({"anyOf":[{"type":"string","format":"uri"},{"type":"object","required":["image_url"],"properties":{"image_url":{"type":"string","format":"uri"}}}]})");
}

Result<ImagesRequest> ReadImagesRequest(ImagesPath path, std::string_view content_type, std::string body,
                                        UnknownFields hints) {
  Result<ImagesRequest> read = ReadBody(path, content_type, std::move(body), hints);
  if (!read || path != ImagesPath::kEdits) return read;
  if (read->images.empty() && read->references.empty() && !read->fields.contains("image_url") &&
      !read->fields.contains("image_urls")) {
    return InvalidFields({{"image", "is required: a file of a form, or a URL or data URI in JSON"}});
  }
  // Its extent is compared with the mask's, which needs bytes.
  if (read->mask && read->images.empty() && read->references.size() == 1) {
    if (std::optional<std::string> bytes = BytesOf(read->references.front())) {
      read->images.push_back(*std::move(bytes));
      read->references.clear();
    }
  }
  return read;
}

Result<GenerationRequest> OrderOf(ImagesRequest& request, v1::ModelKind kind, std::string_view model,
                                  UnknownFields unknown) {
  Json& fields = request.fields;
  if (!request.references.empty()) {
    if (kind == v1::MODEL_KIND_EDIT) {
      fields["image_urls"] = std::move(request.references);
    } else if (request.references.size() > 1) {
      return InvalidFields({{"image", "must be one picture for this model"}});
    } else {
      fields["image_url"] = std::move(request.references.front());
    }
  }
  if (request.base64 == true) fields["fetch_images"] = true;
  FluxUploads uploads{.images = std::move(request.images), .mask = std::move(request.mask)};
  Result<GenerationRequest> order = ReadFlux(kind, model, fields, std::move(uploads), unknown);
  if (!order) RenameForOpenAi(order.error());
  return order;
}

}  // namespace flux::gateway

// flux.v1 -> public JSON. Written straight into one string: a reply may hold a 100 MB picture.
#include <array>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "gateway/doors/flux/flux.h"

namespace flux::gateway {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {
    {{"image", "image_url"},
     {"images", "image_urls"},
     {"mask", "mask_url"},
     {"image_size", "aspect_ratio"},
     {"extra", ""}}};

void AppendUrl(const v1::GeneratedImage& image, std::string& out) {
  if (!image.has_data()) {
    out += QuoteJson(image.url());
    return;
  }
  // A media type that needs escaping is none.
  const bool plain = image.content_type().find_first_of("\"\\,; ") == std::string::npos;
  out += "\"data:";
  out += plain ? image.content_type() : "application/octet-stream";
  out += ";base64,";
  AppendBase64(image.data(), out);
  out += '"';
}

void AppendImage(const v1::GeneratedImage& image, std::string& out) {
  out += R"({"url":)";
  AppendUrl(image, out);
  if (image.has_width()) out += R"(,"width":)" + std::to_string(image.width());
  if (image.has_height()) out += R"(,"height":)" + std::to_string(image.height());
  if (!image.content_type().empty()) out += R"(,"content_type":)" + QuoteJson(image.content_type());
  out += '}';
}

}  // namespace

std::string RenderFlux(const v1::Generation& generation, std::int64_t processing_ms,
                       std::span<const std::string> further) {
  std::string out = R"({"success":true,)";
  AppendFlux(generation, processing_ms, out, further);
  out += '}';
  return out;
}

void AppendPictures(const v1::Generation& generation, std::string& out) {
  std::size_t size = out.size() + 1024 + 2 * generation.prompt().size();
  for (const auto& image : generation.images())
    size += 256 + image.url().size() + Base64Size(image.data().size());
  out.reserve(size);
  for (const auto& image : generation.images()) {
    out += &image == &generation.images(0) ? '[' : ',';
    AppendImage(image, out);
  }
  out += generation.images().empty() ? "[]" : "]";
}

void AppendFlux(const v1::Generation& generation, std::int64_t processing_ms, std::string& out,
                std::span<const std::string> further) {
  out += R"("data":{"images":)";
  AppendPictures(generation, out);
  std::string flags;
  for (const auto& image : generation.images()) {
    if (!flags.empty()) flags += ',';
    flags += image.nsfw() ? "true" : "false";
  }
  if (generation.has_seed()) out += R"(,"seed":)" + std::to_string(generation.seed());
  out += R"(,"has_nsfw_concepts":[)" + flags + ']';
  if (!generation.prompt().empty()) out += R"(,"prompt":)" + QuoteJson(generation.prompt());
  out += R"(},"processing_time":)" + std::to_string(processing_ms);
  std::string warnings;
  const auto warn = [&warnings](const std::string& warning) {
    warnings += (warnings.empty() ? R"(,"warnings":[)" : ",") + QuoteJson(warning);
  };
  for (const std::string& warning : generation.warnings()) warn(warning);
  for (const std::string& warning : further) warn(warning);
  if (!warnings.empty()) out += warnings + ']';
}

std::string PublicName(std::string_view field) {
  const std::string_view head = field.substr(0, field.find_first_of(".["));
  for (const auto& [theirs, ours] : kNames) {
    if (head != theirs) continue;
    const std::size_t rest = head.size() + (ours.empty() && head.size() < field.size() ? 1 : 0);
    return std::string(ours).append(field.substr(rest));
  }
  return std::string(field);
}

void RenameViolations(Status& status) {
  if (status.violations.empty()) return;
  for (Violation& violation : status.violations) violation.field = PublicName(violation.field);
  if (status.reason == Reason::kInvalidField) status.message = InvalidFields(status.violations).message;
}

}  // namespace flux::gateway

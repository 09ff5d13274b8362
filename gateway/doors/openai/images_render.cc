// Written straight into one string: a reply may hold a 100 MB picture.
#include "gateway/doors/openai/images_render.h"

#include "base/base64.h"
#include "base/json.h"
#include "gateway/doors/dollars.h"

namespace flux::gateway {
namespace {

// "png" of "image/png"; empty where the type is none of a picture.
std::string_view FormatOf(const v1::GeneratedImage& image) {
  constexpr std::string_view kImage = "image/";
  const std::string_view type = image.content_type();
  return type.starts_with(kImage) ? type.substr(kImage.size()) : std::string_view();
}

std::string SizeOf(const v1::GeneratedImage& image) {
  if (!image.has_width() || !image.has_height()) return {};
  return std::to_string(image.width()) + "x" + std::to_string(image.height());
}

std::string UsageOf(const v1::Generation& made, bool with_cost = true) {
  constexpr std::string_view kTokens =
      R"({"input_tokens":0,"input_tokens_details":{"image_tokens":0,"text_tokens":0},"output_tokens":0,"total_tokens":0)";
  std::string usage(kTokens);
  if (with_cost && made.has_price()) usage += ",\"cost_usd\":" + DollarsOfMicro(made.price().micro_usd());
  return usage + "}";
}

// A media type that needs escaping is none.
std::string_view DataType(const v1::GeneratedImage& image) {
  const bool plain = image.content_type().find_first_of("\"\\,; ") == std::string::npos;
  return plain ? std::string_view(image.content_type()) : "application/octet-stream";
}

void AppendPicture(const v1::GeneratedImage& image, bool base64, std::string& out) {
  if (!image.has_data()) {
    out += "\"url\":" + QuoteJson(image.url());
    return;
  }
  out +=
      base64 ? "\"b64_json\":\"" : std::string("\"url\":\"data:").append(DataType(image)).append(";base64,");
  AppendBase64(image.data(), out);
  out += '"';
}

std::size_t SizeOfReply(const v1::Generation& made) {
  std::size_t size = 2048 + 2 * made.prompt().size();
  for (const auto& image : made.images()) size += 256 + image.url().size() + Base64Size(image.data().size());
  return size;
}

}  // namespace

std::string RenderImages(const v1::Generation& made, const ImagesReply& reply) {
  std::string out = "{\"created\":" + std::to_string(reply.created) + R"(,"background":"opaque")";
  out.reserve(SizeOfReply(made));
  if (!made.images().empty()) {
    const v1::GeneratedImage& first = made.images(0);
    if (!FormatOf(first).empty()) out += ",\"output_format\":" + QuoteJson(FormatOf(first));
    if (const std::string size = SizeOf(first); !size.empty()) out += ",\"size\":\"" + size + '"';
  }
  out += ",\"data\":[";
  for (const v1::GeneratedImage& image : made.images()) {
    if (out.back() != '[') out += ',';
    out += '{';
    AppendPicture(image, reply.base64, out);
    if (!made.prompt().empty()) out += ",\"revised_prompt\":" + QuoteJson(made.prompt());
    if (image.nsfw()) out += ",\"nsfw\":true";
    out += '}';
  }
  out += "],\"usage\":" + UsageOf(made) + ",\"model\":" + QuoteJson(made.model());
  if (made.has_seed()) out += ",\"seed\":" + std::to_string(made.seed());
  std::string warnings;
  for (const std::string& warning : reply.warnings) warnings += "," + QuoteJson(warning);
  for (const std::string& warning : made.warnings()) warnings += "," + QuoteJson(warning);
  if (!warnings.empty()) out += ",\"warnings\":[" + warnings.substr(1) + ']';
  return out + "}";
}

std::string RenderCompleted(const v1::Generation& made, int index, std::string_view type,
                            const ImagesReply& reply) {
  const v1::GeneratedImage& image = made.images(index);
  std::string out;
  out.reserve(1024 + image.url().size() + Base64Size(image.data().size()));
  out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type).append("\",");
  AppendPicture(image, reply.base64, out);
  const std::string size = SizeOf(image);
  const std::string_view format = FormatOf(image);
  out += ",\"created_at\":" + std::to_string(reply.created);
  out += ",\"size\":\"" + (size.empty() ? "auto" : size) + R"(","quality":"auto","background":"opaque")";
  if (!format.empty()) out += ",\"output_format\":" + QuoteJson(format);
  const bool last = index + 1 == made.images_size();  // the price is of all pictures together, and told once
  out += ",\"usage\":" + UsageOf(made, last) + ",\"model\":" + QuoteJson(made.model()) + "}\n\n";
  return out;
}

std::string RenderErrorEvent(std::string_view error) {
  return std::string("event: error\ndata: ").append(error).append("\n\n");
}

}  // namespace flux::gateway

// Goes through the pictures of a request one after another. The first that cannot be had decides the refusal.
#include "sim/pictures/inputs.h"

#include <absl/strings/match.h>
#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <variant>

#include "sim/pictures/codec.h"
#include "sim/pictures/data_uri.h"

namespace flux::sim {
namespace {

// A size that could be read, nothing when it could not, or a refusal.
using Loaded = std::variant<std::optional<Pixels>, Reply>;

Reply Refuse(const Json& loc, std::string_view type, std::string_view message, const std::string& url) {
  return ModelErrorReply({422, type, message, loc, false, {{"input", url}}});
}

Reply DownloadError(const Json& loc, const std::string& url) {
  return Refuse(loc, "file_download_error",
                "Failed to download the file. Please check if the URL is accessible and try again.", url);
}

Loaded Inspect(std::string_view bytes, const Json& loc, const std::string& url) {
  const std::optional<Pixels> size = ReadSize(bytes);
  if (!size) {
    return Refuse(loc, "image_load_error",
                  "Failed to load the image. Please ensure the image file is not corrupted and is in a "
                  "supported format.",
                  url);
  }
  if (size->width > kMostSide || size->height > kMostSide) {
    return ModelErrorReply(
        {422,
         "image_too_large",
         "Image is too large.",
         loc,
         false,
         {{"ctx", {{"max_width", kMostSide}, {"max_height", kMostSide}}}, {"input", url}}});
  }
  return size;
}

// Empty unless `url` is an absolute http or https URL.
std::string HostOf(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* part = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_SCHEME, &part, 0) != CURLUE_OK) {
    return {};
  }
  const std::string scheme = part;
  curl_free(part);
  if ((scheme != "http" && scheme != "https") ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) {
    return {};
  }
  std::string host = part;
  curl_free(part);
  return host;
}

// What a field wants of its pictures, where the size is known.
std::optional<Reply> RefuseSize(const Field& field, const Pixels& size, const Json& loc,
                                const std::string& url) {
  if (std::min(size.width, size.height) < field.least_side) {
    return ModelErrorReply(
        {422,
         "image_too_small",
         "Image is too small.",
         loc,
         false,
         {{"ctx", {{"min_width", field.least_side}, {"min_height", field.least_side}}}, {"input", url}}});
  }
  if (field.most_pixels > 0 && size.Area() > field.most_pixels) {
    return ModelErrorReply({422,
                            "image_too_large",
                            "Image is too large.",
                            loc,
                            false,
                            {{"ctx", {{"max_resolution", field.most_pixels}}}, {"input", url}}});
  }
  return std::nullopt;
}

Loaded Load(const std::string& url, const Json& loc, const Files& files, const std::string& base_url) {
  if (url.starts_with("data:")) return Inspect(FromDataUri(url).value_or(""), loc, url);
  if (url.starts_with(base_url + "/files/")) {
    const auto file = files.Find(url.substr(base_url.size()));
    if (file == nullptr) return DownloadError(loc, url);
    return Inspect(file->bytes, loc, url);
  }
  const std::string host = HostOf(url);
  if (host.empty() || absl::EndsWithIgnoreCase(host, ".invalid")) return DownloadError(loc, url);
  return std::nullopt;
}

}  // namespace

Inputs LoadInputs(const Model& model, const Given& values, const Files& files, const std::string& base_url) {
  Inputs inputs;
  const auto take = [&](const Field& field, const Given& url, const Json& loc) {
    Loaded loaded = Load(url.get_ref<const std::string&>(), loc, files, base_url);
    if (Reply* refusal = std::get_if<Reply>(&loaded)) {
      inputs.refusal = std::move(*refusal);
      return;
    }
    const std::optional<Pixels> size = std::get<std::optional<Pixels>>(loaded);
    if (size) {
      if (auto refusal = RefuseSize(field, *size, loc, url.get_ref<const std::string&>())) {
        inputs.refusal = std::move(refusal);
        return;
      }
    }
    if (field.name == "mask_url" && size && inputs.size && *size != *inputs.size) {
      inputs.refusal = FieldReply(loc, "Image and mask must have the same dimensions.");
    }
    inputs.sizes.push_back(size);
    if (!inputs.size) inputs.size = size;
  };
  for (const Field& field : model.fields) {
    const std::string name(field.name);
    if (!values.contains(name) || inputs.refusal) continue;
    if (field.kind == FieldKind::kImage) take(field, values[name], {"body", name});
    if (field.kind != FieldKind::kImages) continue;
    const double looked_at = std::min(static_cast<double>(values[name].size()), field.most);
    for (std::size_t i = 0; static_cast<double>(i) < looked_at && !inputs.refusal; ++i) {
      take(field, values[name][i], {"body", name, i});
    }
  }
  return inputs;
}

}  // namespace flux::sim

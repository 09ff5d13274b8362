// Any bytes as a picture said in text, a URL or a data URI: what passes is one, and reaches fal in one form.
#include <absl/strings/escaping.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/loose_text.h"
#include "base/picture_type.h"
#include "service/fal/fal_json.h"
#include "service/order/data_uri.h"
#include "service/order/image_source.h"
#include "service/order/validate.h"

namespace {

using namespace flux::service;  // NOLINT: the whole file is about one room
using flux::SniffImage;

void Require(bool holds) {
  if (!holds) std::abort();
}

// One form, whatever was handed in: the type that the bytes are of, and nothing but base64.
void CheckUri(const std::string& uri) {
  constexpr std::size_t kHead = sizeof "data:" - 1;
  const std::size_t comma = uri.find(',');
  Require(comma != std::string::npos && uri.starts_with("data:"));
  std::string bytes;
  Require(absl::Base64Unescape(uri.substr(comma + 1), &bytes));
  Require(bytes.size() <= kMaxImageBytes);
  const std::string_view type = SniffImage(bytes);
  Require(!type.empty() && uri.substr(kHead, comma - kHead) == std::string(type) + ";base64");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Catalogue catalogue = Catalogue::BuiltIn();
  static const ModelRow& row = *catalogue.Find("edit/flux-2", flux::v1::MODEL_KIND_EDIT);
  const std::string text(reinterpret_cast<const char*>(data), size);

  flux::v1::EditImageRequest request;
  request.set_prompt("a cat");
  const bool uri = IsDataUri(text);
  uri ? request.add_images()->set_data_uri(text) : request.add_images()->set_url(text);
  request.add_images()->set_data(text);

  const auto problem = ImageTextProblem(text);
  Require(problem == ImageProblem(request.images(0)));
  Require(SniffImage(text).empty() == ImageProblem(request.images(1)).has_value());
  const Order order = ToOrder(request);
  const auto sent = nlohmann::json::parse(ToFalJson(row, order), nullptr, false);
  Require(sent.is_object() && sent.at("image_urls").size() == 2);
  if (problem) return 0;
  const std::string written = sent.at("image_urls")[0];
  if (uri) CheckUri(written);
  if (!uri) Require(written == flux::Trimmed(text));
  for (const char c : written) Require(c > 0x20 && c < 0x7f);
  return 0;
}

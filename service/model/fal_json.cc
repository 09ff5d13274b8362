// Requests are written piece by piece into one string, since pictures may be 50 MiB. Replies are read with
// type checks only; nothing here throws on what fal sends.
#include "service/model/fal_json.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <google/protobuf/util/time_util.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/json.h"
#include "service/fal/classify.h"
#include "service/fal/error_body.h"
#include "service/fal/json.h"
#include "service/model/field.h"
#include "service/model/image_source.h"
#include "service/model/price.h"
#include "service/model/size.h"

namespace flux::service {
namespace {

using Json = nlohmann::json;

// nlohmann writes numbers the same way in every locale.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::size_t Base64Size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

// An upper bound for everything but pictures, which are counted exactly.
std::size_t BodySize(const Order& order) {
  std::size_t size = 1024 + 2 * order.prompt.value_or("").size();
  for (const v1::ImageInput* image : {order.image, order.mask}) {
    if (!image) continue;
    size += image->url().size() + image->data_uri().size() + Base64Size(image->data().size()) + 64;
  }
  return size;
}

// Builds one JSON object.
class Writer {
 public:
  explicit Writer(const Order& order) : order_(order) { body_.reserve(BodySize(order)); }

  void Write(const FieldRule& rule, ToleranceStyle tolerance) {
    if (rule.field == Field::kSafetyTolerance && tolerance == ToleranceStyle::kSwitchesChecker) {
      WriteTolerance(rule);
      return;
    }
    std::visit([&](const auto& value) { WriteValue(rule.fal_name, value); }, ValueOf(order_, rule.field));
  }

  std::string Finish() && {
    if (body_.empty()) body_ += '{';
    body_ += '}';
    return std::move(body_);
  }

 private:
  // fal-api §1.7: fal's own default is on, so only "off" is sent. A caller who set the switch itself has said
  // it all.
  void WriteTolerance(const FieldRule& rule) {
    if (order_.safety_tolerance == "6" && !order_.enable_safety_checker) WriteValue(rule.fal_name, false);
  }

  void WriteValue(std::string_view, std::monostate) {}

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void WriteValue(std::string_view name, Number value) {
    Begin(name);
    body_ += Dump(Json(value));
  }

  void WriteValue(std::string_view name, std::string_view text) {
    Begin(name);
    AppendText(text);
  }

  void WriteValue(std::string_view name, const v1::ImageInput* image) {
    Begin(name);
    switch (image->source_case()) {
      case v1::ImageInput::kUrl:
        return AppendText(image->url());
      case v1::ImageInput::kDataUri:
        return AppendText(image->data_uri());
      case v1::ImageInput::kData:
        return AppendDataUri(image->data());
      case v1::ImageInput::SOURCE_NOT_SET:
        return AppendText("");
    }
  }

  void WriteValue(std::string_view name, const v1::ImageSize* image_size) {
    const auto size = ToFalSize(*image_size);
    if (!size) return;
    if (!size->preset.empty()) return WriteValue(name, size->preset);
    Begin(name);
    body_ += Dump(Json{{"width", size->width}, {"height", size->height}});
  }

  void Begin(std::string_view name) {
    body_ += body_.empty() ? '{' : ',';
    AppendText(name);
    body_ += ':';
  }

  // Text without anything to escape, data URIs above all, is copied once.
  void AppendText(std::string_view text) {
    const bool plain =
        std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
    if (plain) {
      body_.append(1, '"').append(text).append(1, '"');
    } else {
      body_ += Dump(Json(text));
    }
  }

  void AppendDataUri(std::string_view bytes) {
    body_.append("\"data:").append(SniffImage(bytes)).append(";base64,");
    const std::size_t start = body_.size();
    // OpenSSL ends its output with a zero byte, which the closing quote replaces.
    body_.resize(start + Base64Size(bytes.size()) + 1);
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(body_.data() + start),
                    reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    body_.back() = '"';
  }

  const Order& order_;
  std::string body_;
};

// fal-api §1.6: numbers that some apps write as floats.
std::optional<std::uint32_t> Pixels(const Json* json) {
  if (!json || !json->is_number()) return std::nullopt;
  const double pixels = std::round(json->get<double>());
  if (!(pixels >= 1 && pixels <= std::numeric_limits<std::uint32_t>::max())) return std::nullopt;
  return static_cast<std::uint32_t>(pixels);
}

// "data:TYPE;base64,CONTENT" into bytes; false where it is not that.
bool ReadDataUri(std::string_view uri, v1::GeneratedImage& image) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kEncoding = ";base64";
  const std::size_t comma = uri.find(',');
  if (comma == std::string_view::npos) return false;
  std::string_view head = uri.substr(0, comma);
  if (!head.ends_with(kEncoding)) return false;
  head.remove_suffix(kEncoding.size());
  head.remove_prefix(kScheme.size());
  const std::string_view content = uri.substr(comma + 1);
  if (!absl::Base64Unescape({content.data(), content.size()}, image.mutable_data()) || image.data().empty()) {
    return false;
  }
  image.set_content_type(std::string(head.substr(0, head.find(';'))));
  return true;
}

// fal-api §1.6: every member but `url` may be absent or null. False where there is no picture to be had.
// Takes the url out of `json`, since it may be the picture.
bool ReadImage(Json& json, v1::GeneratedImage& image) {
  if (!json.is_object()) return false;
  const auto url_member = json.find("url");
  if (url_member == json.end() || !url_member->is_string()) return false;
  std::string url = std::move(url_member->get_ref<std::string&>());
  if (url.starts_with("data:")) {
    if (!ReadDataUri(url, image)) return false;
  } else if (absl::StartsWithIgnoreCase(url, "https://") || absl::StartsWithIgnoreCase(url, "http://")) {
    image.set_url(std::move(url));
  } else {
    return false;
  }
  if (const auto width = Pixels(fal::Member(json, "width"))) image.set_width(*width);
  if (const auto height = Pixels(fal::Member(json, "height"))) image.set_height(*height);
  const Json* type = fal::Member(json, "content_type");
  if (type && type->is_string()) image.set_content_type(type->get_ref<const std::string&>());
  return true;
}

bool IsFlagged(const Json* flags, std::size_t index) {
  return flags && flags->is_array() && index < flags->size() && (*flags)[index] == true;
}

// Seconds, as `timings.inference` has them; nullopt for what no generation can take.
std::optional<google::protobuf::Duration> Inference(const Json& body) {
  const Json* timings = fal::Member(body, "timings");
  const Json* inference = timings ? fal::Member(*timings, "inference") : nullptr;
  if (!inference || !inference->is_number()) return std::nullopt;
  const double seconds = inference->get<double>();
  if (!(seconds >= 0 && seconds <= 86'400)) return std::nullopt;
  return google::protobuf::util::TimeUtil::NanosecondsToDuration(std::llround(seconds * 1e9));
}

}  // namespace

std::string ToFalJson(const ModelRow& row, const Order& order) {
  Writer writer(order);
  for (const FieldRule& rule : row.rules) writer.Write(rule, row.tolerance);
  return std::move(writer).Finish();
}

Result<v1::Generation> FromFalJson(const ModelRow& row, const v1::PriceEstimate& estimate,
                                   fal::FalReply reply) {
  if (fal::IsFailure(reply)) return fal::Classify(reply);
  Result<Json> body = ParseJson(reply.body);
  if (!body || !body->is_object()) return fal::Classify(reply);

  const auto images = body->find("images");
  const bool absent = images == body->end() || images->is_null();
  if (!absent && !images->is_array()) return fal::Classify(reply);
  if (absent || images->empty()) {
    Status status(Reason::kUpstreamNoImages);
    const Status unreadable = fal::Classify(reply);
    status.billed = unreadable.billed;
    status.upstream = unreadable.upstream;
    status.upstream->body = fal::BoundedErrorBody(*std::move(body));
    return status;
  }

  std::string().swap(reply.body);
  v1::Generation generation;
  const Json* flags = fal::Member(*body, "has_nsfw_concepts");
  for (std::size_t i = 0; i < images->size(); ++i) {
    v1::GeneratedImage image;
    if (!ReadImage((*images)[i], image)) continue;
    image.set_nsfw(IsFlagged(flags, i));
    *generation.add_images() = std::move(image);
  }
  // One picture that cannot be read does not cost the caller the others, which are paid for.
  if (generation.images().empty()) return fal::Classify(reply);

  if (const Json* seed = fal::Member(*body, "seed"); seed && seed->is_number_unsigned()) {
    generation.set_seed(seed->get<std::uint64_t>());
  }
  if (const Json* prompt = fal::Member(*body, "prompt"); prompt && prompt->is_string()) {
    generation.set_prompt(prompt->get_ref<const std::string&>());
  }
  if (const auto inference = Inference(*body))
    *generation.mutable_timings()->mutable_inference() = *inference;
  generation.set_fal_request_id(fal::RequestId(reply));
  generation.set_model(row.name);
  *generation.mutable_price() = CorrectPrice(row, estimate, fal::BillableUnits(reply));
  return generation;
}

}  // namespace flux::service

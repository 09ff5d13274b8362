// Reads fal's JSON into a Generation. Every value's type is checked before it is read, so nothing that fal
// sends makes this code throw.
#include <absl/strings/match.h>
#include <google/protobuf/util/time_util.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "service/fal/classify.h"
#include "service/fal/error_body.h"
#include "service/fal/fal_json.h"
#include "service/fal/inline_pictures.h"
#include "service/order/price.h"

namespace flux::service {
namespace {

using Json = nlohmann::json;

// fal-api §1.6: numbers that some apps write as floats.
std::optional<std::uint32_t> Pixels(const Json* json) {
  if (!json || !json->is_number()) return std::nullopt;
  const double pixels = std::round(json->get<double>());
  if (!(pixels >= 1 && pixels <= std::numeric_limits<std::uint32_t>::max())) return std::nullopt;
  return static_cast<std::uint32_t>(pixels);
}

// fal-api §1.6: every member but `url` may be absent or null. False where there is no picture to be had.
// Takes the url out of `json`, since it may be the picture.
bool ReadImage(Json& json, std::vector<fal::InlinePicture>& cut, v1::GeneratedImage& image) {
  if (!json.is_object()) return false;
  const auto url_member = json.find("url");
  if (url_member == json.end() || !url_member->is_string()) return false;
  std::string url = std::move(url_member->get_ref<std::string&>());
  if (url.starts_with("data:")) {
    fal::InlinePicture small;
    fal::InlinePicture* picture = fal::FindCut(cut, url);
    if (picture == nullptr && fal::ReadDataUri(url, small)) picture = &small;
    if (picture == nullptr) return false;
    image.set_data(std::move(picture->bytes));
    image.set_content_type(std::move(picture->content_type));
  } else if (absl::StartsWithIgnoreCase(url, "https://") || absl::StartsWithIgnoreCase(url, "http://")) {
    image.set_url(std::move(url));
  } else {
    return false;
  }
  if (const auto width = Pixels(Member(json, "width"))) image.set_width(*width);
  if (const auto height = Pixels(Member(json, "height"))) image.set_height(*height);
  const Json* type = Member(json, "content_type");
  if (type && type->is_string()) image.set_content_type(type->get_ref<const std::string&>());
  return true;
}

// fal-api §1.6: one flag per picture, under the FLUX apps' name or that of others.
bool IsFlagged(const Json& body, std::size_t index) {
  for (const char* name : {"has_nsfw_concepts", "nsfw_content_detected"}) {
    const Json* flags = Member(body, name);
    if (flags && flags->is_array() && index < flags->size() && (*flags)[index] == true) return true;
  }
  return false;
}

// Seconds, as `timings.inference` has them; nullopt for what no generation can take.
std::optional<google::protobuf::Duration> Inference(const Json& body) {
  const Json* timings = Member(body, "timings");
  const Json* inference = timings ? Member(*timings, "inference") : nullptr;
  if (!inference || !inference->is_number()) return std::nullopt;
  const double seconds = inference->get<double>();
  if (!(seconds >= 0 && seconds <= 86'400)) return std::nullopt;
  return google::protobuf::util::TimeUtil::NanosecondsToDuration(std::llround(seconds * 1e9));
}

}  // namespace

Result<v1::Generation> FromFalJson(const UnitPrice& price, const v1::PriceEstimate& estimate,
                                   fal::FalReply reply) {
  if (fal::IsFailure(reply)) return fal::Classify(reply);
  std::vector<fal::InlinePicture> cut = fal::CutPictures(reply.body);
  Result<Json> body = ParseJson(reply.body);
  if (!body || !body->is_object()) return fal::Classify(reply);

  // fal-api §13: an app that makes one picture may call it so.
  if (body->contains("image") && !body->contains("images")) {
    (*body)["images"] = Json::array({std::move((*body)["image"])});
  }
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
  for (std::size_t i = 0; i < images->size(); ++i) {
    v1::GeneratedImage image;
    if (!ReadImage((*images)[i], cut, image)) continue;
    image.set_nsfw(IsFlagged(*body, i));
    *generation.add_images() = std::move(image);
  }
  // One picture that cannot be read does not cost the caller the others, which are paid for.
  if (generation.images().empty()) return fal::Classify(reply);

  if (const Json* seed = Member(*body, "seed"); seed && seed->is_number_unsigned()) {
    generation.set_seed(seed->get<std::uint64_t>());
  }
  if (const Json* prompt = Member(*body, "prompt"); prompt && prompt->is_string()) {
    generation.set_prompt(prompt->get_ref<const std::string&>());
  }
  if (const auto inference = Inference(*body))
    *generation.mutable_timings()->mutable_inference() = *inference;
  generation.set_fal_request_id(fal::RequestId(reply));
  *generation.mutable_price() = CorrectPrice(price, estimate, fal::BillableUnits(reply));
  return generation;
}

}  // namespace flux::service

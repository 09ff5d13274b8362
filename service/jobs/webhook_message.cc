// JSON written as the gateway writes it, since receivers read both alike.
#include "service/jobs/webhook_message.h"

#include <google/protobuf/util/time_util.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace flux::service {
namespace {

using Json = nlohmann::ordered_json;
using google::protobuf::util::TimeUtil;

std::string_view NameOf(v1::Billed billed) {
  if (billed == v1::BILLED_NO) return "no";
  return billed == v1::BILLED_YES ? "yes" : "maybe";
}

std::string TimeOf(const google::protobuf::Timestamp& time) {
  return Iso8601(WallTime(std::chrono::milliseconds(TimeUtil::TimestampToMilliseconds(time))));
}

Json JobOf(const v1::Job& from) {
  const bool made = from.state() == v1::JOB_STATE_SUCCEEDED;
  Json job{{"id", from.id()}, {"state", made ? "succeeded" : "failed"}, {"model", from.model()}};
  if (from.has_created_at()) job["created_at"] = TimeOf(from.created_at());
  if (from.has_ended_at()) job["ended_at"] = TimeOf(from.ended_at());
  if (from.has_expires_at()) job["expires_at"] = TimeOf(from.expires_at());
  job["billed"] = NameOf(from.billed());
  if (!from.has_error()) return job;
  const v1::JobError& error = from.error();
  job["error"] = {{"code", error.reason()},
                  {"message", error.message()},
                  {"billed", NameOf(error.billed())},
                  {"retryable", error.retryable()}};
  if (error.fal_body().empty()) return job;
  Json said = Json::parse(error.fal_body(), nullptr, /*allow_exceptions=*/false);
  if (!said.is_discarded()) job["error"]["fal_error"] = std::move(said);
  return job;
}

Json ImageOf(const v1::GeneratedImage& from, bool with_bytes) {
  Json image{{"url", from.url()}};
  if (from.has_data()) {
    std::string url;
    if (with_bytes) {
      url = "data:" + from.content_type() + ";base64,";
      AppendBase64(from.data(), url);
    }
    image["url"] = std::move(url);
  }
  if (from.has_width()) image["width"] = from.width();
  if (from.has_height()) image["height"] = from.height();
  if (!from.content_type().empty()) image["content_type"] = from.content_type();
  return image;
}

std::size_t PictureBytes(const v1::Generation& made) {
  std::size_t bytes = 0;
  for (const auto& image : made.images()) bytes += image.data().size();
  return bytes;
}

void AddGeneration(const v1::Generation& made, Json& data) {
  const bool with_bytes = PictureBytes(made) <= kMostWebhookPictures;
  Json& pictures = data["data"];
  pictures["images"] = Json::array();
  Json flags = Json::array();
  for (const auto& image : made.images()) {
    pictures["images"].push_back(ImageOf(image, with_bytes));
    flags.push_back(image.nsfw());
  }
  if (made.has_seed()) pictures["seed"] = made.seed();
  pictures["has_nsfw_concepts"] = std::move(flags);
  if (!made.prompt().empty()) pictures["prompt"] = made.prompt();
  data["processing_time"] = TimeUtil::DurationToMilliseconds(made.timings().total());
  Json warnings = Json::array();
  for (const std::string& warning : made.warnings()) warnings.push_back(warning);
  if (!with_bytes) {
    warnings.push_back("the pictures came as bytes and are too large for a webhook; ask for the job");
  }
  if (!warnings.empty()) data["warnings"] = std::move(warnings);
}

}  // namespace

std::string WebhookBody(const v1::Job& job, WallTime ended) {
  Json data{{"success", true}, {"job", JobOf(job)}};
  if (job.has_generation()) AddGeneration(job.generation(), data);
  const bool made = job.state() == v1::JOB_STATE_SUCCEEDED;
  const Json message{{"type", made ? "job.succeeded" : "job.failed"},
                     {"timestamp", Iso8601(ended)},
                     {"data", std::move(data)}};
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool HasAllPictures(const v1::Job& job) {
  return job.has_generation() && PictureBytes(job.generation()) <= kMostWebhookPictures;
}

std::string WebhookId(std::string_view job_id) {
  return "msg_" + std::string(job_id);
}

std::string WebhookTimestamp(WallTime sent) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(sent.time_since_epoch()).count());
}

std::string WebhookSignature(const std::vector<std::string>& secrets, std::string_view id, WallTime sent,
                             std::string_view body) {
  const std::string text = std::string(id) + '.' + WebhookTimestamp(sent) + '.' + std::string(body);
  std::string signatures;
  for (const std::string& secret : secrets) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(), &size);
    signatures += signatures.empty() ? "v1," : " v1,";
    AppendBase64({reinterpret_cast<const char*>(hash.data()), size}, signatures);
  }
  return signatures;
}

}  // namespace flux::service

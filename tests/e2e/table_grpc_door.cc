// flux.v1 itself, spoken with the generated stub.
#include <google/protobuf/any.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>

#include "flux/v1/errors.pb.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/e2e/table_cases.h"
#include "tests/e2e/table_doors.h"

namespace flux::e2e {
namespace {

using nlohmann::json;

std::string Constant(const std::string& prefix, std::string word) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::toupper(c); });
  return prefix + word;
}

json SizeIn(const json& size) {
  if (size.is_object()) return {{"dimensions", size}};
  const std::string word = size;
  if (word.find(':') != std::string::npos) return {{"aspect_ratio", word}};
  return {{"preset", Constant("SIZE_PRESET_", word)}};
}

json PictureIn(const json& uri) {
  return {{"data_uri", uri}};
}

// The request in protobuf's JSON.
json MessageOf(const Question& question) {
  constexpr std::array kRequest = {"prompt", "strength"};
  constexpr std::array kParameters = {"seed",
                                      "num_images",
                                      "num_inference_steps",
                                      "guidance_scale",
                                      "negative_prompt",
                                      "safety_tolerance",
                                      "enable_safety_checker"};
  json message{{"model", question.model}};
  json parameters = json::object();
  if (!question.idempotency_key.empty()) parameters["idempotency_key"] = question.idempotency_key;
  for (const auto& [name, value] : question.fields.items()) {
    if (std::ranges::find(kRequest, name) != kRequest.end()) {
      message[name] = value;
    } else if (name == "image_url") {
      message["image"] = PictureIn(value);
    } else if (name == "mask_url") {
      message["mask"] = PictureIn(value);
    } else if (name == "image_urls") {
      for (const json& uri : value) message["images"].push_back(PictureIn(uri));
    } else if (name == "aspect_ratio") {
      parameters["image_size"] = SizeIn(value);
    } else if (name == "output_format") {
      parameters[name] = Constant("OUTPUT_FORMAT_", value);
    } else if (std::ranges::find(kParameters, name) != kParameters.end()) {
      parameters[name] = value;
    } else {
      parameters["extra"][name] = value;
      parameters["warn_of_unknown_extra"] = true;
    }
  }
  message["parameters"] = parameters;
  return message;
}

class Grpc : public TableDoor {
 public:
  explicit Grpc(const std::string& address)
      : stub_(v1::FluxService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

  std::string name() const override { return "grpc"; }
  bool takes_keys() const override { return false; }

  std::optional<Said> Ask(const Question& question) override {
    const std::string kind = question.model.substr(0, question.model.find('/'));
    if (kind == "image-to-image") {
      return Call<v1::ImageToImageRequest, v1::ImageToImageResponse>(question, &Stub::ImageToImage);
    }
    if (kind == "inpainting") {
      return Call<v1::InpaintRequest, v1::InpaintResponse>(question, &Stub::Inpaint);
    }
    if (kind == "edit") {
      return Call<v1::EditImageRequest, v1::EditImageResponse>(question, &Stub::EditImage);
    }
    return Call<v1::TextToImageRequest, v1::TextToImageResponse>(question, &Stub::TextToImage);
  }

  Spent SpentBy(const Question& question) override {
    grpc::ClientContext context;
    Prepare(question, context);
    v1::GetUsageRequest request;
    request.set_days(1);
    v1::GetUsageResponse usage;
    const grpc::Status status = stub_->GetUsage(&context, request, &usage);
    EXPECT_TRUE(status.ok()) << status.error_message();
    Spent spent;
    for (const v1::DayUsage& day : usage.days()) {
      spent.spent += day.spent_nano_usd();
      spent.reserved += day.reserved_nano_usd();
      spent.purchases += static_cast<std::int64_t>(day.purchases());
    }
    return spent;
  }

 private:
  using Stub = v1::FluxService::Stub;

  static void Prepare(const Question& question, grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    if (!question.caller.empty()) context.AddMetadata("x-flux-caller", question.caller);
  }

  template <typename Request, typename Response>
  std::optional<Said> Call(const Question& question,
                           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
    Request request;
    if (!google::protobuf::util::JsonStringToMessage(MessageOf(question).dump(), &request).ok()) return {};
    grpc::ClientContext context;
    Prepare(question, context);
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return Failure(status);
    const v1::Generation& made = response.generation();
    return Said{.code = kOk,
                .micro_usd = static_cast<std::int64_t>(made.price().micro_usd()),
                .replayed = made.replayed()};
  }

  static Said Failure(const grpc::Status& status) {
    google::rpc::Status packed;
    google::rpc::ErrorInfo info;
    v1::ErrorDetail detail;
    EXPECT_TRUE(packed.ParseFromString(status.error_details())) << status.error_message();
    for (const auto& any : packed.details()) {
      if (!any.UnpackTo(&info)) any.UnpackTo(&detail);
    }
    return {.code = info.reason(), .free = detail.billed() == v1::BILLED_NO, .retryable = detail.retryable()};
  }

  const std::unique_ptr<Stub> stub_;
};

}  // namespace

std::unique_ptr<TableDoor> GrpcDoor(const std::string& address) {
  return std::make_unique<Grpc>(address);
}

}  // namespace flux::e2e

// Makes one picture over gRPC with the stubs that protoc makes.
//
// Usage: generate PROMPT [MODEL]
// Environment: FLUX_SERVICE (default 127.0.0.1:50051); FLUX_SERVICE_CA, a PEM file, for TLS;
// FLUX_SERVICE_TOKEN where one is wanted.
#include <google/protobuf/any.pb.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "flux/v1/errors.pb.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "google/rpc/status.pb.h"

namespace {

std::string Setting(const char* name, const char* otherwise = "") {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
  return value == nullptr ? otherwise : value;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials() {
  const std::string authority = Setting("FLUX_SERVICE_CA");
  if (authority.empty()) return grpc::InsecureChannelCredentials();
  std::stringstream pem;
  pem << std::ifstream(authority).rdbuf();
  return grpc::SslCredentials({.pem_root_certs = pem.str(), .pem_private_key = {}, .pem_cert_chain = {}});
}

// What a failed call tells beside its sentence: the reason, and whether it was billed.
void Report(const grpc::Status& status) {
  google::rpc::Status packed;
  google::rpc::ErrorInfo info;
  flux::v1::ErrorDetail detail;
  packed.ParseFromString(status.error_details());
  for (const google::protobuf::Any& any : packed.details()) {
    if (!any.UnpackTo(&info)) any.UnpackTo(&detail);
  }
  std::cerr << info.reason() << ": " << status.error_message() << " ("
            << flux::v1::Billed_Name(detail.billed()) << ")\n";
}

}  // namespace

int main(int count, char** arguments) {
  flux::v1::TextToImageRequest request;
  request.set_prompt(count > 1 ? arguments[1] : "");
  request.set_model(count > 2 ? arguments[2] : "text-to-image/dev");
  request.mutable_parameters()->mutable_image_size()->set_aspect_ratio("16:9");

  const auto stub = flux::v1::FluxService::NewStub(
      grpc::CreateChannel(Setting("FLUX_SERVICE", "127.0.0.1:50051"), Credentials()));
  grpc::ClientContext context;
  // A deadline is a must: a picture takes seconds, and a call without one waits for as long as the server
  // allows.
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
  const std::string token = Setting("FLUX_SERVICE_TOKEN");
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);

  flux::v1::TextToImageResponse response;
  const grpc::Status status = stub->TextToImage(&context, request, &response);
  if (!status.ok()) {
    Report(status);
    return 1;
  }
  const flux::v1::Generation& made = response.generation();
  for (const flux::v1::GeneratedImage& image : made.images()) {
    std::cout << image.url() << ' ' << image.width() << 'x' << image.height() << ", seed " << made.seed()
              << ", about $" << static_cast<double>(made.price().micro_usd()) / 1e6 << '\n';
  }
  return 0;
}

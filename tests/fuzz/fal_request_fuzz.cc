// Any bytes as the address for fal's proxy, and as the body for one of fal's apps: the first byte chooses. An
// address that is taken leads to one of fal's hosts and holds nothing that another reader could take for
// another place; a body that is taken is a request for the model of its app, and never says less safety than
// its sender; what is refused is said in fal's shape.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "gateway/doors/fal/fal_dialect.h"
#include "gateway/doors/fal/fal_request.h"
#include "gateway/doors/fal/target.h"
#include "gateway/doors/fal/uploads.h"
#include "service/catalogue/catalogue.h"
#include "service/rpc/model_proto.h"

namespace {

using namespace flux;           // NOLINT: the file is about one room
using namespace flux::gateway;  // NOLINT

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckRefusal(const Status& status) {
  static const auto& dialect = *new FalDialect;  // lives as long as the fuzzer
  Require(status.billed == Billed::kNo && !status.violations.empty());
  const Reply reply = dialect.Render(status, "id", WallTime());
  const auto body = nlohmann::json::parse(reply.body, nullptr, false);
  Require(body.is_object() && (reply.status == 412 ? body["detail"].is_string() : body["detail"].is_array()));
  Require(reply.status == 412 || reply.status == 422);
}

void CheckTarget(std::string_view url) {
  const Result<FalTarget> target = ReadTarget(url);
  if (!target) return CheckRefusal(target.error());
  constexpr const char* kHosts[] = {"https://fal.run/", "https://queue.fal.run/", "https://rest.fal.ai/"};
  const std::string_view host = kHosts[static_cast<std::size_t>(target->host)];
  std::string lower(url.substr(0, host.size()));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  Require(lower == host);
  Require(target->path.find_first_of("%\\@:#? ") == std::string::npos && !target->path.empty());
  Require(target->path.find("//") == std::string::npos && target->path.find("/../") == std::string::npos);
  if (const auto request = RequestIn(target->path)) {
    Require(!request->id.empty() && request->id.find('/') == std::string_view::npos && !request->app.empty());
  }
  Require(target->path.starts_with(OwnerAndAlias(target->path)));
  UploadIn(url);
}

bool Says(const nlohmann::json& body, const char* name, const nlohmann::json& value) {
  const nlohmann::json* member = Member(body, name);
  return member != nullptr && *member == value;
}

void CheckBody(const v1::Model& model, std::string_view body) {
  FalRequest request(std::span(&model, 1));
  Result<GenerationRequest> read = request.Read(std::string(body), UnknownFields::kWarn);
  if (!read) {
    request.Reword(read.error());
    return CheckRefusal(read.error());
  }
  const Result<nlohmann::json> json = ParseJson(body.empty() ? "{}" : body);
  std::visit(
      [&](const auto& typed) {
        Require(typed.model() == model.name());
        const v1::GenerationParameters& parameters = typed.parameters();
        if (parameters.has_enable_safety_checker() && !parameters.enable_safety_checker()) {
          Require(Says(*json, "enable_safety_checker", false));
        }
        if (parameters.safety_tolerance() == "6") Require(Says(*json, "safety_tolerance", "6"));
      },
      *read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto& models = *[] {
    const service::Catalogue catalogue = service::Catalogue::BuiltIn();
    auto* all = new std::vector<v1::Model>;
    for (const service::ModelRow& row : catalogue.rows()) all->push_back(service::ToProto(row));
    return all;
  }();
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t which = data[0];
  if (which >= 128) {
    CheckTarget(rest);
  } else {
    CheckBody(models[which % models.size()], rest);
  }
  return 0;
}

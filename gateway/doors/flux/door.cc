// Reads, buys, renders.
#include "gateway/doors/flux/door.h"

#include <absl/strings/ascii.h>
#include <google/protobuf/util/time_util.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/loose_text.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/flux_form.h"
#include "gateway/doors/flux/models.h"
#include "gateway/doors/render.h"
#include "gateway/http/multipart.h"

namespace flux::gateway {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::array<std::string_view, 10> kPatterns = {"/api/v1/flux/text-to-image/pro",
                                                        "/api/v1/flux/text-to-image/dev",
                                                        "/api/v1/flux/text-to-image/schnell",
                                                        "/api/v1/flux/image-to-image",
                                                        "/api/v1/flux/inpainting",
                                                        "/api/v1/flux/text-to-image/{model}",
                                                        "/api/v1/flux/image-to-image/{model}",
                                                        "/api/v1/flux/inpainting/{model}",
                                                        "/api/v1/flux/edit/{model}",
                                                        "/api/v1/flux/transform/{model}"};

// Whether a type says JSON, or is what browsers (text/plain) and curl -d (a form) send when nobody sets one.
// Today's service reads JSON whatever the type says, so any type may hold some; this only decides how a body
// is refused that is none.
bool SaysJson(std::string_view content_type) {
  const std::string_view essence = Trimmed(content_type.substr(0, content_type.find_first_of(";,")));
  const std::string type = absl::AsciiStrToLower({essence.data(), essence.size()});
  return type.empty() || type == "application/json" || type.ends_with("+json") || type == "text/json" ||
         type == "text/plain" || type == "application/x-www-form-urlencoded";
}

// Whether a body begins as the JSON object of a request does. No form begins so.
bool BeginsAsJson(std::string_view body) {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '{';
}

// A body that is no JSON, under a type that does not say so either.
Status OtherType(const Status& not_json) {
  const std::string cause =
      not_json.violations.empty() ? "" : " (" + not_json.violations.front().message + ")";
  return Status(Reason::kUnsupportedMediaType,
                "the body must be JSON" + cause +
                    "; send Content-Type: application/json, or multipart/form-data for files");
}

}  // namespace

std::span<const std::string_view> FluxDoor::Patterns() {
  return kPatterns;
}

Result<std::string> FluxDoor::ModelOf(std::string_view path) const {
  return std::string(path.substr(kBeforeModel.size()));
}

Result<GenerationRequest> FluxDoor::Parse(const Exchange& exchange, std::string& webhook_url) const {
  std::string body = std::exchange(exchange.request.body, std::string());
  const v1::ModelKind kind = KindNamed(exchange.model);
  // What may be JSON is read as JSON, whatever its type says.
  const std::string_view type = exchange.request.Header("content-type");
  if (SaysForm(type) && !BeginsAsJson(body)) {
    return ParseFluxForm(kind, exchange.model, type, std::move(body), parts_.unknown_fields, &webhook_url);
  }
  Result<GenerationRequest> parsed =
      ParseFlux(kind, exchange.model, std::move(body), parts_.unknown_fields, &webhook_url);
  if (!parsed && parsed.error().reason == Reason::kInvalidJson && !SaysJson(type)) {
    return OtherType(parsed.error());
  }
  return parsed;
}

// No coroutine of its own: the wait is long, and its frame would stand beside the next one's.
FluxDoor::Answer FluxDoor::Serve(Exchange& exchange) {
  std::string webhook_url;
  Result<GenerationRequest> parsed = Parse(exchange, webhook_url);
  const bool as_always =
      webhook_url.empty() && exchange.buyer.Webhook().empty() && !exchange.request.Has("Prefer");
  if (!parsed || as_always) return Buy(std::move(parsed), exchange);
  return BuyAsAsked(std::move(parsed), std::move(webhook_url), exchange);
}

FluxDoor::Answer FluxDoor::Buy(Result<GenerationRequest> request, Exchange& exchange) {
  if (!request) co_return std::move(request).error();
  Result<v1::Generation> made = co_await parts_.generator.Buy(*request, exchange);
  if (!made) {
    RenameViolations(made.error());
    co_return std::move(made).error();
  }
  co_return Made(*made, exchange);
}

Served FluxDoor::Made(const v1::Generation& made, const Exchange& exchange,
                      std::span<const std::string> warnings) const {
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.Now() - exchange.request.arrived);
  Served served{
      .reply = JsonReply(200, RenderFlux(made, elapsed.count(), warnings)),
      .billed = BilledBy(made),
      .upstream = std::chrono::nanoseconds(TimeUtil::DurationToNanoseconds(made.timings().upstream()))};
  AddParticulars(made, served.reply.headers);
  return served;
}

asio::awaitable<Result<Served>> ModelsDoor::Serve(Exchange& exchange) {
  const Result<v1::ListModelsResponse> models = co_await backend_.ListModels(exchange.context);
  if (!models) co_return models.error();
  Served served{.reply = JsonReply(200, RenderModels(*models))};
  co_return served;
}

}  // namespace flux::gateway

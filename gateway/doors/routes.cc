// The table, and what its rows do.
#include "gateway/doors/routes.h"

#include <absl/strings/ascii.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "gateway/doors/flux/flux.h"
#include "gateway/doors/flux/models.h"
#include "gateway/doors/inline_pictures.h"
#include "gateway/doors/render.h"
#include "gateway/http/line.h"

namespace flux::gateway {
namespace {

using google::protobuf::util::TimeUtil;

// Whether a body of this type may be JSON. Today's service reads JSON whatever the type says, and that is
// what browsers (text/plain) and curl -d (a form) send when nobody sets one; only types that cannot be JSON
// are refused.
bool MayBeJson(std::string_view content_type) {
  const std::string_view essence = content_type.substr(0, content_type.find(';'));
  const std::string type =
      absl::AsciiStrToLower(absl::StripAsciiWhitespace({essence.data(), essence.size()}));
  return type.empty() || type == "application/json" || type.ends_with("+json") || type == "text/json" ||
         type == "text/plain" || type == "application/x-www-form-urlencoded";
}

constexpr std::string_view kAnyModel = "{model}";

// What a public model name may be made of; anything else has no row.
bool MayBeModel(std::string_view name) {
  constexpr std::size_t kMost = 64;
  return !name.empty() && name.size() <= kMost && std::ranges::all_of(name, [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '.';
  });
}

// "0.025": dollars without rounding and without trailing zeros.
std::string Dollars(std::uint64_t micro_usd) {
  constexpr std::uint64_t kMicro = 1'000'000;
  std::string fraction = std::to_string(kMicro + micro_usd % kMicro).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(micro_usd / kMicro) + (fraction.empty() ? "" : "." + fraction);
}

// What a caller may want to know that the body has no member for.
HeaderList Particulars(const v1::Generation& made) {
  HeaderList headers;
  if (!made.fal_request_id().empty()) headers.emplace_back("x-fal-request-id", made.fal_request_id());
  if (made.has_price()) headers.emplace_back("x-cost-usd", Dollars(made.price().micro_usd()));
  if (made.attempts() > 1) headers.emplace_back("x-fal-attempts", std::to_string(made.attempts()));
  const std::int64_t waited = TimeUtil::DurationToMilliseconds(made.timings().queued());
  if (waited > 0 || made.queue_position() > 0) {
    headers.emplace_back("x-queue-position", std::to_string(made.queue_position()));
    headers.emplace_back("x-queue-wait-ms", std::to_string(waited));
  }
  return headers;
}

// Checks the type, transcodes, calls the backend, transcodes back.
asio::awaitable<Result<Served>> Generate(const RouteMatch& match, Request& request,
                                         const CallContext& context, FluxBackend& backend,
                                         const Clock& clock) {
  if (!MayBeJson(request.Header("content-type"))) {
    co_return Status(Reason::kUnsupportedMediaType,
                     "the body must be JSON; send Content-Type: application/json");
  }
  Result<GenerationRequest> parsed =
      ParseFlux(match.route->kind, match.model, std::exchange(request.body, std::string()));
  if (!parsed) co_return std::move(parsed).error();
  const std::uint64_t expected = InlineBytes(*parsed);
  if (expected != 0 && request.line != nullptr) {
    const bool room = co_await request.line->Reserve(expected);
    if (!room) co_return NoRoomForPictures();
  }
  Result<v1::Generation> made = co_await backend.Generate(*parsed, context);
  if (!made) {
    RenameViolations(made.error());
    co_return std::move(made).error();
  }
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.Now() - request.arrived);
  Served served{JsonReply(200, RenderFlux(*made, elapsed.count())),
                std::chrono::nanoseconds(TimeUtil::DurationToNanoseconds(made->timings().upstream()))};
  HeaderList particulars = Particulars(*made);
  std::ranges::move(particulars, std::back_inserter(served.reply.headers));
  co_return served;
}

asio::awaitable<Result<Served>> ListModels(const RouteMatch&, Request&, const CallContext& context,
                                           FluxBackend& backend, const Clock&) {
  const Result<v1::ListModelsResponse> models = co_await backend.ListModels(context);
  if (!models) co_return models.error();
  co_return Served{JsonReply(200, RenderModels(*models)), {}};
}

}  // namespace

const std::vector<Route>& Routes() {
  static const std::vector<Route> kRoutes = {
      {"POST", "/api/v1/flux/text-to-image/pro", &Generate, v1::MODEL_KIND_TEXT_TO_IMAGE,
       "text-to-image/pro"},
      {"POST", "/api/v1/flux/text-to-image/dev", &Generate, v1::MODEL_KIND_TEXT_TO_IMAGE,
       "text-to-image/dev"},
      {"POST", "/api/v1/flux/text-to-image/schnell", &Generate, v1::MODEL_KIND_TEXT_TO_IMAGE,
       "text-to-image/schnell"},
      {"POST", "/api/v1/flux/image-to-image", &Generate, v1::MODEL_KIND_IMAGE_TO_IMAGE, "image-to-image"},
      {"POST", "/api/v1/flux/inpainting", &Generate, v1::MODEL_KIND_INPAINTING, "inpainting"},
      {"POST", "/api/v1/flux/text-to-image/{model}", &Generate, v1::MODEL_KIND_TEXT_TO_IMAGE,
       "text-to-image/"},
      {"POST", "/api/v1/flux/image-to-image/{model}", &Generate, v1::MODEL_KIND_IMAGE_TO_IMAGE,
       "image-to-image/"},
      {"POST", "/api/v1/flux/inpainting/{model}", &Generate, v1::MODEL_KIND_INPAINTING, "inpainting/"},
      {"POST", "/api/v1/flux/edit/{model}", &Generate, v1::MODEL_KIND_EDIT, "edit/"},
      {"GET", "/api/v1/models", &ListModels},
  };
  return kRoutes;
}

RouteMatch FindRoute(std::string_view path) {
  for (const Route& route : Routes()) {
    if (!route.path.ends_with(kAnyModel)) {
      if (route.path == path) return {&route, std::string(route.model)};
      continue;
    }
    const std::string_view before = route.path.substr(0, route.path.size() - kAnyModel.size());
    if (!path.starts_with(before) || !MayBeModel(path.substr(before.size()))) continue;
    return {&route, std::string(route.model).append(path.substr(before.size()))};
  }
  return {};
}

}  // namespace flux::gateway

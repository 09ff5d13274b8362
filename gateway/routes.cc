// The table, and the one way through it.
#include "gateway/routes.h"

#include <absl/strings/ascii.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "gateway/render.h"
#include "gateway/transcode/flux.h"

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

}  // namespace

const std::vector<Route>& Routes() {
  static const std::vector<Route> kRoutes = {
      {"POST", "/api/v1/flux/text-to-image/pro", v1::MODEL_KIND_TEXT_TO_IMAGE, "text-to-image/pro"},
      {"POST", "/api/v1/flux/text-to-image/dev", v1::MODEL_KIND_TEXT_TO_IMAGE, "text-to-image/dev"},
      {"POST", "/api/v1/flux/text-to-image/schnell", v1::MODEL_KIND_TEXT_TO_IMAGE, "text-to-image/schnell"},
      {"POST", "/api/v1/flux/image-to-image", v1::MODEL_KIND_IMAGE_TO_IMAGE, "image-to-image"},
      {"POST", "/api/v1/flux/inpainting", v1::MODEL_KIND_INPAINTING, "inpainting"},
  };
  return kRoutes;
}

const Route* FindRoute(std::string_view path) {
  const auto found = std::ranges::find(Routes(), path, &Route::path);
  return found == Routes().end() ? nullptr : &*found;
}

asio::awaitable<Result<Served>> Serve(const Route& route, const Request& request, CallContext context,
                                      FluxBackend& backend, const Clock& clock) {
  if (!MayBeJson(request.Header("content-type"))) {
    co_return Status(Reason::kUnsupportedMediaType,
                     "the body must be JSON; send Content-Type: application/json");
  }
  Result<GenerationRequest> parsed = ParseFlux(route.kind, route.model, request.body);
  if (!parsed) co_return std::move(parsed).error();
  Result<v1::Generation> made = co_await backend.Generate(*std::move(parsed), std::move(context));
  if (!made) {
    RenameViolations(made.error());
    co_return std::move(made).error();
  }
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.Now() - request.arrived);
  Served served{JsonReply(200, RenderFlux(*made, elapsed.count())),
                std::chrono::nanoseconds(TimeUtil::DurationToNanoseconds(made->timings().upstream()))};
  if (!made->fal_request_id().empty()) {
    served.reply.headers.emplace_back("x-fal-request-id", made->fal_request_id());
  }
  co_return served;
}

}  // namespace flux::gateway

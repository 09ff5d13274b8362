// routes: the table of public paths and what stands behind each. Nothing else.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flux/v1/models.pb.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// A finished request, before the guard adds what every reply carries.
struct Served {
  Reply reply;
  std::optional<std::chrono::nanoseconds> upstream;  // the wait for fal within it, where there was one
};

struct RouteMatch;

// Serves one request of a row. What it is given outlives the awaitable. May take the body out of the request,
// since it may be large and the wait is long.
using Serve = asio::awaitable<Result<Served>> (*)(const RouteMatch& match, Request& request,
                                                  const CallContext& context, FluxBackend& backend,
                                                  const Clock& clock);

// One row. `path` is also the metrics label, so it is a literal, never what a client sent. A path that ends
// in
// "/{model}" stands for every model of its kind; `model` is then what comes before the model's own name.
struct Route {
  std::string_view method;
  std::string_view path;
  Serve serve;
  v1::ModelKind kind = v1::MODEL_KIND_UNSPECIFIED;  // of generation routes
  std::string_view model = {};
};

// A row and the model that the path at hand names.
struct RouteMatch {
  const Route* route = nullptr;
  std::string model = {};
};

// All rows, in the order in which they are told to clients.
const std::vector<Route>& Routes();

// The row of a path, whatever the method; no route where there is none. Whether the service has such a model
// is its to say.
RouteMatch FindRoute(std::string_view path);

}  // namespace flux::gateway

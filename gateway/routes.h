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
#include "gateway/flux_backend.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// A finished request, before the guard adds what every reply carries.
struct Served {
  Reply reply;
  std::optional<std::chrono::nanoseconds> upstream;  // the wait for fal within it, where there was one
};

// One row. `path` is also the metrics label, so it is a literal, never what a client sent.
struct Route {
  std::string_view method;
  std::string_view path;
  v1::ModelKind kind;
  std::string_view model;
};

// All rows, in the order in which they are told to clients.
const std::vector<Route>& Routes();

// The row of a path, whatever the method; nullptr where there is none.
const Route* FindRoute(std::string_view path);

// Serves a generation route: checks the type, transcodes, calls the backend, transcodes back.
asio::awaitable<Result<Served>> Serve(const Route& route, const Request& request, CallContext context,
                                      FluxBackend& backend, const Clock& clock);

}  // namespace flux::gateway

// Door: what stands behind a route. A door only translates: its dialect's request into flux.v1, and the
// answer back. It knows neither keys nor limits; whatever it buys, it buys through generate.h.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/doors/dialect.h"
#include "gateway/http/message.h"

namespace flux::gateway {

class ApiDocument;
struct Route;

// Who asks, as far as doors may know.
class Buyer {
 public:
  virtual ~Buyer() = default;
  // Whether this public model name is among those that the caller's key is for.
  virtual bool MayBuy(std::string_view model) const = 0;
  // Where the end of its jobs is told unless they say where; empty: nowhere.
  virtual std::string_view Webhook() const { return {}; }
};

// One request in its door's hands. What it refers to outlives Serve.
struct Exchange {
  const Route& route;
  Request& request;        // a door may take the body out of it, since that may be large and the wait is long
  std::string_view model;  // as Door::ModelOf said
  const Buyer& buyer;
  CallContext context;
};

// What has become of a purchase whose reply was begun before it ended (Served::later). Written on the
// connection's loop; the caller has left, unless something else is said.
struct Outcome {
  std::optional<Status> failure = Status(Reason::kCancelled);
  Billed billed = Billed::kMaybe;
  std::optional<std::chrono::nanoseconds> upstream = {};
  std::uint64_t bytes = 0;  // of the reply's body
};

// A finished request, before the guard adds what every reply carries.
struct Served {
  Reply reply;
  Billed billed = Billed::kNo;                            // whether it cost money
  std::optional<std::chrono::nanoseconds> upstream = {};  // the wait for fal within it, where there was one
  // Where the reply is a stream that begins before the purchase has ended: what counts instead of the two
  // above, once the stream has. The request and its buyer live as long as the stream.
  std::shared_ptr<const Outcome> later = {};
};

// Called on every loop at once.
class Door {
 public:
  virtual ~Door() = default;

  virtual const Dialect& Speaks() const = 0;

  // What a request to this path would buy, as far as that can be told without its body; empty where it
  // cannot, or where nothing is bought. A failure where the path, though it fits a row, stands for nothing.
  virtual Result<std::string> ModelOf(std::string_view) const { return std::string(); }

  // Whether a purchase here may say by the header Prefer how its caller wants to wait.
  virtual bool TakesPreferences() const { return false; }

  // Says what this route is for, to people and programs that ask for it (api_document.h), path by path. A
  // route of which nothing is said is in no document.
  virtual void Describe(const Route&, ApiDocument&) const {}

  // Serves one request. A failure is rendered by the dialect, after the guard has counted it.
  virtual asio::awaitable<Result<Served>> Serve(Exchange& exchange) = 0;
};

}  // namespace flux::gateway

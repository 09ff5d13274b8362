// ApiDoor: GET /openapi.json, the whole API as one OpenAPI 3.1 document. The routes are this gateway's; the
// models are those that flux-service tells, since its operator may have added some.
#pragma once

#include <asio/thread_pool.hpp>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "gateway/doors/door.h"
#include "gateway/doors/routes.h"
#include "gateway/doors/site/content.h"

namespace flux::gateway {

// Writes the document for these routes and models; every row's door says what there is to say of it.
std::string WriteApi(const RouteTable& routes, const v1::ListModelsResponse& models);

// The document is written when it is first asked for, on a thread of its own, and again when the models have
// changed; flux-service is asked for them every few seconds at most, and only while somebody asks here. While
// it cannot be reached, what was written last is told. One document is held.
class ApiDoor final : public Door {
 public:
  // Everything is borrowed; `routes` may be made later, before the first request.
  ApiDoor(const Dialect& dialect, FluxBackend& backend, const Clock& clock, const RouteTable& routes)
      : dialect_(dialect), backend_(backend), clock_(clock), routes_(routes), writer_(1) {}

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  struct Written {
    std::string models;  // as bytes, to be compared
    Content content;
  };
  struct Job;

  asio::awaitable<Result<std::shared_ptr<const Written>>> Current(const CallContext& context);
  // What may be told without asking; null: nothing.
  std::shared_ptr<const Written> Fresh();
  std::shared_ptr<const Written> Known() const;
  std::shared_ptr<const Written> Write(const v1::ListModelsResponse& models);

  const Dialect& dialect_;
  FluxBackend& backend_;
  const Clock& clock_;
  const RouteTable& routes_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Written> written_;  // guarded by `mutex_`
  SteadyTime asked_;                        // guarded by `mutex_`: when the models were last asked for
  asio::thread_pool writer_;                // last: it ends before what it writes to
};

}  // namespace flux::gateway

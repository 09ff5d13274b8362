// The doors of today's API: FluxDoor makes pictures, ModelsDoor lists the models.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/doors/door.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/generate.h"
#include "gateway/doors/job_counters.h"
#include "gateway/doors/job_watchers.h"
#include "gateway/doors/prefer.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// POST a JSON object (flux.h), or a form with files (flux_form.h), to the path that names the model. How the
// caller wants to wait is in the header Prefer (prefer.h): without it, until the picture is there.
class FluxDoor final : public Door {
 public:
  // Everything is borrowed.
  struct Parts {
    const FluxDialect& dialect;
    Generator& generator;
    JobWatchers& watchers;
    JobCounters& counters;
    const Clock& clock;
    UnknownFields unknown_fields;
    std::chrono::milliseconds max_wait;  // longest that a reply is held because Prefer asks for it
  };

  explicit FluxDoor(const Parts& parts) : parts_(parts) {}

  // The paths of its routes, in the order in which clients are told of them.
  static std::span<const std::string_view> Patterns();

  const Dialect& Speaks() const override { return parts_.dialect; }
  bool TakesPreferences() const override { return true; }
  Result<std::string> ModelOf(std::string_view path) const override;
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  using Answer = asio::awaitable<Result<Served>>;

  Result<GenerationRequest> Parse(const Exchange& exchange, std::string& webhook_url) const;
  Answer Buy(Result<GenerationRequest> request, Exchange& exchange);

  // waiting.cc: as Prefer says, or as a job since somebody is to be told of its end.
  Answer BuyAsAsked(Result<GenerationRequest> request, std::string webhook_url, Exchange& exchange);
  Answer BuyAsJob(GenerationRequest& request, std::string webhook_url, const Preferences& wanted,
                  Exchange& exchange);
  // The pictures, with what else there is to say.
  Served Made(const v1::Generation& made, const Exchange& exchange,
              std::span<const std::string> warnings = {}) const;

  const Parts parts_;
};

// GET the catalogue (models.h). Buys nothing.
class ModelsDoor final : public Door {
 public:
  ModelsDoor(const FluxDialect& dialect, FluxBackend& backend) : dialect_(dialect), backend_(backend) {}

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const FluxDialect& dialect_;
  FluxBackend& backend_;
};

}  // namespace flux::gateway

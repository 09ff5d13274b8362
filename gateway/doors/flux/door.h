// The doors of today's API: FluxDoor makes pictures, ModelsDoor lists the models.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/doors/door.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/generate.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// POST a JSON object (flux.h), or a form with files (flux_form.h), to the path that names the model.
class FluxDoor final : public Door {
 public:
  // Everything is borrowed.
  FluxDoor(const FluxDialect& dialect, Generator& generator, const Clock& clock, UnknownFields unknown_fields)
      : dialect_(dialect), generator_(generator), clock_(clock), unknown_fields_(unknown_fields) {}

  // The paths of its routes, in the order in which clients are told of them.
  static std::span<const std::string_view> Patterns();

  const Dialect& Speaks() const override { return dialect_; }
  Result<std::string> ModelOf(std::string_view path) const override;
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  Result<GenerationRequest> Parse(const Exchange& exchange) const;

  const FluxDialect& dialect_;
  Generator& generator_;
  const Clock& clock_;
  const UnknownFields unknown_fields_;
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

// EstimateDoor: tells what a generation would cost, and what would be wrong with it, before anybody buys it.
#pragma once

#include <array>
#include <string_view>

#include "gateway/doors/door.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/generate.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// POST the JSON of a generation (flux.h) to the path that names the model:
//   {"success":true,"price":{"usd":0.025,"unit":"megapixel","units":1},"warnings":[…]}
// or the error with which the generation would be refused before anything is sent. Buys nothing.
class EstimateDoor final : public Door {
 public:
  static constexpr std::array<std::string_view, 2> kPatterns = {"/api/v1/estimate/{kind}",
                                                                "/api/v1/estimate/{kind}/{model}"};

  // Everything is borrowed.
  EstimateDoor(const FluxDialect& dialect, Generator& generator, UnknownFields unknown_fields)
      : dialect_(dialect), generator_(generator), unknown_fields_(unknown_fields) {}

  const Dialect& Speaks() const override { return dialect_; }
  Result<std::string> ModelOf(std::string_view path) const override;
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const FluxDialect& dialect_;
  Generator& generator_;
  const UnknownFields unknown_fields_;
};

}  // namespace flux::gateway

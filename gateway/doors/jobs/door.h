// The doors to what is remembered of purchases: JobsDoor tells what has become of one, UsageDoor what all of
// a caller's have cost. Neither buys anything.
#pragma once

#include "base/result.h"
#include "gateway/doors/door.h"
#include "gateway/doors/flux/flux_dialect.h"

namespace flux::gateway {

// GET the path of a job (job_json.h): UNKNOWN_JOB where there is none that the caller may see.
class JobsDoor final : public Door {
 public:
  // Everything is borrowed.
  JobsDoor(const FluxDialect& dialect, FluxBackend& backend) : dialect_(dialect), backend_(backend) {}

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const FluxDialect& dialect_;
  FluxBackend& backend_;
};

// GET what was spent (usage_json.h): INVALID_FIELD where the query asks for days that nobody can be told of.
class UsageDoor final : public Door {
 public:
  // Everything is borrowed.
  UsageDoor(const FluxDialect& dialect, FluxBackend& backend) : dialect_(dialect), backend_(backend) {}

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const FluxDialect& dialect_;
  FluxBackend& backend_;
};

}  // namespace flux::gateway

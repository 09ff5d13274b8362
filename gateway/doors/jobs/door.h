// The doors to what is remembered of purchases: JobDoor tells what has become of one, and ends it;
// JobListDoor tells which there are; RedeliverDoor has the end of one told again; UsageDoor tells what all of
// a caller's have cost. None of them buys anything.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "gateway/doors/door.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/job_watchers.h"

namespace flux::gateway {

// GET the path of a job (job_json.h): UNKNOWN_JOB where there is none that the caller may see. Whoever
// accepts text/event-stream, or asks for ?stream=true, is told of each change (job_events.h). DELETE ends it
// as far as that is possible: 200 where nothing had been sent, 202 where fal was asked to end it, JOB_OVER,
// OUTCOME_UNKNOWN.
class JobDoor final : public Door {
 public:
  // Everything is borrowed.
  JobDoor(const FluxDialect& dialect, FluxBackend& backend, JobWatchers& watchers, const Clock& clock)
      : dialect_(dialect), backend_(backend), watchers_(watchers), clock_(clock) {}

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  asio::awaitable<Result<Served>> Look(const std::string& id, const Exchange& exchange);
  asio::awaitable<Result<Served>> Follow(const std::string& id, const Exchange& exchange);
  asio::awaitable<Result<Served>> Cancel(const std::string& id, const Exchange& exchange);

  const FluxDialect& dialect_;
  FluxBackend& backend_;
  JobWatchers& watchers_;
  const Clock& clock_;
};

// GET the caller's own jobs, newest first, page by page (job_query.h).
class JobListDoor final : public Door {
 public:
  // Everything is borrowed.
  JobListDoor(const FluxDialect& dialect, FluxBackend& backend) : dialect_(dialect), backend_(backend) {}

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const FluxDialect& dialect_;
  FluxBackend& backend_;
};

// POST to have the webhook of a job sent once more: UNKNOWN_JOB, NOTHING_TO_REDELIVER.
class RedeliverDoor final : public Door {
 public:
  // Everything is borrowed.
  RedeliverDoor(const FluxDialect& dialect, FluxBackend& backend) : dialect_(dialect), backend_(backend) {}

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

// FalDoor: fal's own paths, so that clients of fal are served by this gateway where their hosts can be set,
// and its proxy protocol where they can be told of a proxy. Both end in the same handlers; nothing is ever
// passed on as it came.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/doors/door.h"
#include "gateway/doors/fal/apps.h"
#include "gateway/doors/fal/fal_dialect.h"
#include "gateway/doors/fal/fal_reply.h"
#include "gateway/doors/fal/target.h"
#include "gateway/doors/fal/uploads.h"
#include "gateway/doors/generate.h"
#include "gateway/doors/job_watchers.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// A row of the table of routes.
struct FalRow {
  std::string_view method;
  std::string_view pattern;
  bool spends = false;  // it may buy
  bool open = false;    // its path has an unguessable name in it: nobody is asked who they are
  bool large = false;   // its body may have pictures in it
};

class FalDoor final : public Door {
 public:
  // Everything is borrowed. `https`: the public listener speaks TLS itself, which the addresses that clients
  // are told say; x-forwarded-proto wins.
  FalDoor(const FalDialect& dialect, Generator& generator, FluxBackend& backend, JobWatchers& watchers,
          const Clock& clock, UnknownFields unknown_fields, bool https);

  //   /fal/run/{app}    /fal/queue/{app}[/requests/…]    /fal/rest/storage/…    /fal/upload/{name}
  //   /api/fal/proxy    with x-fal-target-url
  //   /fal-ai/…, /blackforestlabs/…   as on fal's own hosts: the queue where the Host begins with "queue."
  static std::span<const FalRow> Rows();

  const Dialect& Speaks() const override { return dialect_; }
  // A failure where nothing is awaited at the path of an upload.
  Result<std::string> ModelOf(std::string_view path) const override;
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  using Answer = asio::awaitable<Result<Served>>;

  Result<FalTarget> TargetOf(const Exchange& exchange) const;
  Answer Run(Exchange& exchange, const FalTarget& target, const AppTable& apps);
  Answer Submit(Exchange& exchange, const FalTarget& target, const AppTable& apps);
  Answer Look(Exchange& exchange, const FalTarget& target, const AppTable& apps);
  // What the model has written so far of a job that is not over, as far as that is known soon.
  asio::awaitable<LogLines> LogsOf(const v1::Job& job, const CallContext& context);
  Answer Cancel(Exchange& exchange, const FalTarget& target, const AppTable& apps);
  Result<Served> Initiate(const Exchange& exchange, const FalTarget& target);
  Result<Served> Receive(Exchange& exchange);

  // Why uploads that a request names cannot be had; else their bytes are in it.
  std::optional<Status> Inline(GenerationRequest& request, const std::string& caller) const;
  QueueUrls UrlsFor(const Exchange& exchange, std::string_view app) const;
  // Where clients reach this gateway, "https://api.example"; empty where the Host is none.
  std::string Origin(const Request& request) const;

  const FalDialect& dialect_;
  Generator& generator_;
  FluxBackend& backend_;
  JobWatchers& watchers_;
  const Clock& clock_;
  const UnknownFields unknown_fields_;
  const bool https_;
  Apps apps_;
  Uploads uploads_;
};

}  // namespace flux::gateway

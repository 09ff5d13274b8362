// PublicDoors: every door there is, and the one list of routes that lead to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/doors/job_counters.h"
#include "gateway/doors/job_watchers.h"
#include "gateway/doors/openai/model_aliases.h"
#include "gateway/doors/routes.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

struct PublicDoorsOptions {
  std::uint64_t max_body = 100ULL << 20;  // the largest body, in bytes, of routes that take pictures
  UnknownFields unknown_fields = UnknownFields::kWarn;
  bool https = false;                          // the listener speaks TLS itself
  bool docs = true;                            // there are routes that describe the API
  bool playground = true;                      // there is a page to try the models on
  bool hooks = false;                          // there is a route for fal's webhooks
  std::chrono::milliseconds max_wait{55'000};  // longest that a reply is held because Prefer asks for it
  JobWatchersOptions watchers = {};
};

class PublicDoors {
 public:
  // What is borrowed outlives the doors.
  PublicDoors(FluxBackend& backend, const Clock& clock, const AliasFile& aliases,
              const PublicDoorsOptions& options = {});
  ~PublicDoors();

  const RouteTable& routes() const;
  const JobCounters& jobs() const;
  // This program is about to stop: whoever waits for a job is told to come again, and will find another
  // server. Thread-safe.
  void LetGo();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace flux::gateway

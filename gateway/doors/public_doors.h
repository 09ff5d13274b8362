// PublicDoors: every door there is, and the one list of routes that lead to them.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/doors/openai/model_aliases.h"
#include "gateway/doors/routes.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

class PublicDoors {
 public:
  // `max_body`: the largest body, in bytes, of routes that take pictures. `https`: the listener speaks TLS
  // itself. `docs`: whether there are routes that describe the API; `playground`:
  // whether there is a page to try it on. What is borrowed outlives the doors.
  PublicDoors(FluxBackend& backend, const Clock& clock, std::uint64_t max_body, UnknownFields unknown_fields,
              const AliasFile& aliases, bool https = false, bool docs = true, bool playground = true);
  ~PublicDoors();

  const RouteTable& routes() const;

 private:
  struct Impl;
  const std::unique_ptr<const Impl> impl_;
};

}  // namespace flux::gateway

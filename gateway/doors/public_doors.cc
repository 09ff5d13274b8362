// A new door is a member and its rows.
#include "gateway/doors/public_doors.h"

#include <string_view>
#include <vector>

#include "gateway/doors/fal/door.h"
#include "gateway/doors/flux/door.h"
#include "gateway/doors/generate.h"
#include "gateway/doors/jobs/door.h"

namespace flux::gateway {

struct PublicDoors::Impl {
  Impl(FluxBackend& backend, const Clock& clock, std::uint64_t max_body, UnknownFields unknown_fields,
       bool https)
      : generator(backend),
        flux(flux_dialect, generator, clock, unknown_fields),
        models(flux_dialect, backend),
        jobs(flux_dialect, backend),
        usage(flux_dialect, backend),
        fal(fal_dialect, generator, backend, clock, unknown_fields, https),
        routes(Rows(max_body), flux_dialect) {}

  std::vector<Route> Rows(std::uint64_t max_body) {
    constexpr std::uint64_t kNoBody = 64 * 1024;  // what a client may send to a route that reads none
    std::vector<Route> rows;
    for (const std::string_view pattern : FluxDoor::Patterns()) {
      rows.push_back({"POST", pattern, flux, Access::kSpends, max_body});
    }
    rows.push_back({"GET", "/api/v1/models", models, Access::kKey, kNoBody});
    rows.push_back({"GET", "/api/v1/jobs/{id}", jobs, Access::kKey, kNoBody});
    rows.push_back({"GET", "/api/v1/usage", usage, Access::kKey, kNoBody});
    for (const FalRow& row : FalDoor::Rows()) {
      const Access access = row.open ? Access::kOpen : row.spends ? Access::kSpends : Access::kKey;
      rows.push_back({row.method, row.pattern, fal, access, row.large ? max_body : kNoBody});
    }
    return rows;
  }

  Generator generator;
  const FluxDialect flux_dialect;
  FluxDoor flux;
  ModelsDoor models;
  JobsDoor jobs;
  UsageDoor usage;
  const FalDialect fal_dialect;
  FalDoor fal;
  const RouteTable routes;
};

PublicDoors::PublicDoors(FluxBackend& backend, const Clock& clock, std::uint64_t max_body,
                         UnknownFields unknown_fields, bool https)
    : impl_(std::make_unique<Impl>(backend, clock, max_body, unknown_fields, https)) {}

PublicDoors::~PublicDoors() = default;

const RouteTable& PublicDoors::routes() const {
  return impl_->routes;
}

}  // namespace flux::gateway

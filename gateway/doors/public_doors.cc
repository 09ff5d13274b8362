// A new door is a member and its rows.
#include "gateway/doors/public_doors.h"

#include <string_view>
#include <vector>

#include "gateway/doors/fal/door.h"
#include "gateway/doors/flux/door.h"
#include "gateway/doors/flux/estimate_door.h"
#include "gateway/doors/generate.h"
#include "gateway/doors/jobs/door.h"
#include "gateway/doors/jobs/hooks_door.h"
#include "gateway/doors/openai/door.h"
#include "gateway/doors/site/api_door.h"
#include "gateway/doors/site/pages_door.h"
#include "gateway/doors/site/site_dialect.h"

namespace flux::gateway {

struct PublicDoors::Impl {
  Impl(FluxBackend& backend, const Clock& clock, const AliasFile& aliases, const PublicDoorsOptions& options)
      : watchers(backend, clock, options.watchers, counters),
        generator(backend),
        flux({flux_dialect, generator, watchers, counters, clock, options.unknown_fields, options.max_wait}),
        estimate(flux_dialect, generator, options.unknown_fields),
        models(flux_dialect, backend),
        job(flux_dialect, backend, watchers, clock),
        jobs(flux_dialect, backend),
        redeliver(flux_dialect, backend),
        usage(flux_dialect, backend),
        hooks(flux_dialect, backend, counters),
        fal(fal_dialect, generator, backend, watchers, clock, options.unknown_fields, options.https),
        images({openai_dialect, generator, backend, aliases, masks, clock, options.unknown_fields}),
        generations(ImagesPath::kGenerations, images),
        edits(ImagesPath::kEdits, images),
        openai_models(openai_dialect, backend, aliases),
        site_dialect(flux_dialect),
        api(site_dialect, backend, clock, routes),
        docs_page(site_dialect, DocsPage()),
        playground_page(site_dialect, PlaygroundPage()),
        routes(Rows(options), {{"/v1/", openai_dialect}, {"/fal/", fal_dialect}, {"/api/fal/", fal_dialect}},
               flux_dialect) {}

  std::vector<Route> Rows(const PublicDoorsOptions& options) {
    const std::uint64_t max_body = options.max_body;
    constexpr std::uint64_t kNoBody = 64 * 1024;  // what a client may send to a route that reads none
    std::vector<Route> rows;
    for (const std::string_view pattern : FluxDoor::Patterns()) {
      rows.push_back({"POST", pattern, flux, Access::kSpends, max_body});
    }
    for (const std::string_view pattern : EstimateDoor::kPatterns) {
      rows.push_back({"POST", pattern, estimate, Access::kLooks, max_body});
    }
    rows.push_back({"GET", "/api/v1/models", models, Access::kKey, kNoBody});
    rows.push_back({"GET", "/api/v1/jobs", jobs, Access::kLooks, kNoBody});
    rows.push_back({"GET", "/api/v1/jobs/{id}", job, Access::kLooks, kNoBody});
    rows.push_back({"DELETE", "/api/v1/jobs/{id}", job, Access::kLooks, kNoBody});
    rows.push_back({"POST", "/api/v1/jobs/{id}/redeliver", redeliver, Access::kLooks, kNoBody});
    rows.push_back({"GET", "/api/v1/usage", usage, Access::kLooks, kNoBody});
    if (options.hooks) rows.push_back({"POST", "/hooks/fal", hooks, Access::kSigned, HooksDoor::kMostBytes});
    for (const FalRow& row : FalDoor::Rows()) {
      const Access access = row.open ? Access::kOpen : row.spends ? Access::kSpends : Access::kKey;
      rows.push_back({row.method, row.pattern, fal, access, row.large ? max_body : kNoBody});
    }
    rows.push_back({"POST", "/v1/images/generations", generations, Access::kSpends, max_body});
    rows.push_back({"POST", "/v1/images/edits", edits, Access::kSpends, max_body});
    rows.push_back({"GET", "/v1/models", openai_models, Access::kKey, kNoBody});
    rows.push_back({"GET", "/v1/models/{id}", openai_models, Access::kKey, kNoBody});
    rows.push_back({"GET", "/v1/models/{kind}/{id}", openai_models, Access::kKey, kNoBody});
    if (options.docs) {
      rows.push_back({"GET", "/openapi.json", api, Access::kOpen, kNoBody});
      rows.push_back({"GET", "/docs", docs_page, Access::kOpen, kNoBody});
      rows.push_back({"GET", "/docs/{file}", docs_page, Access::kOpen, kNoBody});
    }
    if (options.playground) {
      rows.push_back({"GET", "/", playground_page, Access::kOpen, kNoBody});
      rows.push_back({"GET", "/playground/{file}", playground_page, Access::kOpen, kNoBody});
    }
    return rows;
  }

  JobCounters counters;
  JobWatchers watchers;
  Generator generator;
  const FluxDialect flux_dialect;
  FluxDoor flux;
  EstimateDoor estimate;
  ModelsDoor models;
  JobDoor job;
  JobListDoor jobs;
  RedeliverDoor redeliver;
  UsageDoor usage;
  HooksDoor hooks;
  const FalDialect fal_dialect;
  FalDoor fal;
  const OpenAiDialect openai_dialect;
  MaskWorker masks;
  const ImagesDoor::Parts images;
  ImagesDoor generations;
  ImagesDoor edits;
  OpenAiModelsDoor openai_models;
  const SiteDialect site_dialect;
  ApiDoor api;
  PagesDoor docs_page;
  PagesDoor playground_page;
  const RouteTable routes;
};

PublicDoors::PublicDoors(FluxBackend& backend, const Clock& clock, const AliasFile& aliases,
                         const PublicDoorsOptions& options)
    : impl_(std::make_unique<Impl>(backend, clock, aliases, options)) {}

PublicDoors::~PublicDoors() = default;

const RouteTable& PublicDoors::routes() const {
  return impl_->routes;
}

const JobCounters& PublicDoors::jobs() const {
  return impl_->counters;
}

void PublicDoors::LetGo() {
  impl_->watchers.Leave();
}

}  // namespace flux::gateway

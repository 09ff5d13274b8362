// The RPCs that follow jobs, list them, and deal with their webhooks.
#pragma once

#include <string>

#include "service/rpc/flux_service.h"
#include "service/rpc/methods.h"

namespace flux::service {

// Adds WatchJob, ListJobs, RedeliverWebhook and AcceptFalWebhook of the service, "/flux.v1.FluxService/".
void AddJobMethods(Methods& methods, const std::string& service, const ServiceParts& parts);

}  // namespace flux::service

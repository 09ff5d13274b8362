// job_query: what the query of a request for jobs asks for. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "flux/v1/jobs.pb.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// ?state=succeeded&limit=20&cursor=…, each optional and at most once: INVALID_FIELD with all that is wrong.
// Cursors are flux-service's to judge.
Result<v1::ListJobsRequest> ReadJobQuery(const HeaderList& query);

// The path of the page after one that was asked for like this.
std::string NextPage(const v1::ListJobsRequest& asked, std::string_view cursor);

// Gives the violations of flux-service the names of the query.
void RenamePage(Status& status);

// Whether a request to a job's path wants events: its Accept header has text/event-stream, or its query
// stream=true.
bool WantsEvents(const Request& request);

}  // namespace flux::gateway

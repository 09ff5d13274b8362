// Asks the service and renders.
#include "gateway/doors/jobs/door.h"

#include <string>
#include <utility>

#include "gateway/doors/job_id.h"
#include "gateway/doors/jobs/job_json.h"
#include "gateway/doors/jobs/usage_json.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
asio::awaitable<Result<Served>> JobsDoor::Serve(Exchange& exchange) {
  const std::string id = exchange.request.path.substr(kBeforeJob.size());
  if (!IsJobId(id)) co_return Status(Reason::kUnknownJob);
  const Result<v1::Job> job = co_await backend_.GetJob(id, exchange.context);
  if (!job) co_return job.error();
  Served served{.reply = JsonReply(200, RenderJob(*job))};
  HeaderList& headers = served.reply.headers;
  if (!IsOver(*job)) headers.emplace_back("Retry-After", "2");
  if (job->has_generation()) AddParticulars(job->generation(), headers);
  co_return served;
}

asio::awaitable<Result<Served>> UsageDoor::Serve(Exchange& exchange) {
  const Result<std::uint32_t> days = ReadDays(exchange.request.query);
  if (!days) co_return days.error();
  const Result<v1::GetUsageResponse> usage = co_await backend_.GetUsage(*days, exchange.context);
  if (!usage) co_return usage.error();
  Served served{.reply = JsonReply(200, RenderUsage(*usage))};
  co_return served;
}

}  // namespace flux::gateway

// Looks at the status and at who answered.
#include "service/wire/submit_transport.h"

#include "service/fal/classify.h"
#include "service/fal/queue_reply.h"

namespace flux::fal {
namespace {

bool MayBeTaken(const FalReply& reply) {
  if (reply.status < 500 || BillableUnits(reply)) return false;
  return reply.status != 503 || !IsFromFal(reply);
}

}  // namespace

asio::awaitable<Result<FalReply>> SubmitTransport::Send(const FalCall& call) {
  Result<FalReply> result = co_await next_.Send(call);
  if (!result || !MayBeTaken(*result)) co_return result;
  Status status(Reason::kUpstreamError,
                "fal's queue failed while it took the request, and may be at work on it.");
  status.billed = Billed::kMaybe;
  status.upstream = Classify(*result).upstream;
  co_return status;
}

}  // namespace flux::fal

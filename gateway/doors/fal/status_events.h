// StatusEvents: how far a job is, as the stream of events that fal's queue makes of it.
#pragma once

#include <asio/awaitable.hpp>
#include <string>

#include "base/clock.h"
#include "flux/v1/jobs.pb.h"
#include "gateway/backend/flux_backend.h"
#include "gateway/doors/fal/fal_reply.h"
#include "gateway/http/reply_stream.h"

namespace flux::gateway {

// One event for each change, a comment every ten seconds in between, and the end after COMPLETED. Looks a few
// times a second while the job is young and every two seconds later, and only as fast as its reader reads; a
// look that fails is tried again.
class StatusEvents final : public ReplyStream {
 public:
  // `backend` and `clock` are borrowed. `job` is how it is now.
  StatusEvents(FluxBackend& backend, const Clock& clock, CallContext context, v1::Job job, QueueUrls urls,
               bool logs);

  asio::awaitable<std::string> Next() override;

 private:
  FluxBackend& backend_;
  const Clock& clock_;
  CallContext context_;
  v1::Job job_;
  const QueueUrls urls_;
  const bool logs_;
  const SteadyTime begun_;
  std::string told_;  // the last status
  bool over_ = false;
};

}  // namespace flux::gateway

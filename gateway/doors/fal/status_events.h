// StatusEvents: how far a job is, as the stream of events that fal's queue makes of it.
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "flux/v1/jobs.pb.h"
#include "gateway/doors/fal/fal_reply.h"
#include "gateway/doors/job_watchers.h"
#include "gateway/http/reply_stream.h"

namespace flux::gateway {

// One event for each change, a comment every ten seconds in between, and the end after COMPLETED. Written
// only as fast as its reader reads: who is slow is told the newest state and nothing of those before.
class StatusEvents final : public ReplyStream {
 public:
  // `clock` is borrowed. `watcher` knows the job. `place`: of the stream, see JobWatchers::TakePlace.
  StatusEvents(std::unique_ptr<JobWatcher> watcher, std::shared_ptr<void> place, const Clock& clock,
               QueueUrls urls, bool logs);

  asio::awaitable<std::string> Next() override;

 private:
  const std::unique_ptr<JobWatcher> watcher_;
  const std::shared_ptr<void> place_;
  const Clock& clock_;
  const QueueUrls urls_;
  const bool logs_;
  std::string told_;  // the last status
  bool over_ = false;
};

}  // namespace flux::gateway

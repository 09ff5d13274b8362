// JobEvents: what becomes of a job, as Server-Sent Events: "status" for each change, "log" for each line of
// the model's log, then "result" or "error", and the end. A comment every ten seconds keeps proxies from
// taking the connection for dead.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/job_watchers.h"
#include "gateway/http/reply_stream.h"

namespace flux::gateway {

// Where a reader of the events of one job is. As an event's id: the job's own, how many of its log lines were
// told, and at its end "end": "5f0c….12", "5f0c….12.end".
struct EventPlace {
  std::uint32_t logs = 0;
  bool end = false;
};
// What the header Last-Event-ID says of this job; nullopt where that is another job's, or no id.
std::optional<EventPlace> ReadPlace(std::string_view last_event_id, std::string_view job);
std::string EventId(std::string_view job, EventPlace place);

// What a stream begins with: when a reader whose connection is lost comes again, in milliseconds.
inline constexpr std::string_view kRetryEvents = "retry: 2000\n\n";

// Written as fast as its reader reads, from what is known then: what has changed meanwhile is told as one. A
// large result is told in pieces, of a text that all readers share.
class JobEvents final : public ReplyStream {
 public:
  struct Parts {
    std::unique_ptr<JobWatcher> watcher;  // that has heard of the job
    std::shared_ptr<void> place;          // among the streams
    const FluxDialect& dialect;           // borrowed, as the clock
    const Clock& clock;
    std::string id;
    std::string request_id;
    std::uint32_t logs_seen = 0;
  };
  explicit JobEvents(Parts parts) : parts_(std::move(parts)), begun_(std::chrono::steady_clock::now()) {}

  asio::awaitable<std::string> Next() override;

 private:
  // What is new; empty where nothing is.
  std::string News();
  void AppendStatus(const v1::Job& job, std::string& out);
  // Whether there may be more lines than were appended.
  bool AppendLogs(std::string& out);
  // The last event, where there is no result.
  std::string FailureEvent(const Status& status) const;
  std::string NextPiece();

  Parts parts_;
  const SteadyTime begun_;
  std::string told_;                         // of the last status, without its time
  std::shared_ptr<const std::string> last_;  // the last event, once there is one
  std::size_t sent_ = 0;                     // of it
  bool greeted_ = false;
};

}  // namespace flux::gateway

// Queue: queue.fal.run. A submit is taken at once and answered with an id; status, result and cancel follow
// by that id, under owner/alias or under the full endpoint (fal-api §4, §15). It never answers 429.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/doors/jobs.h"
#include "sim/doors/run.h"
#include "sim/http/request.h"

namespace flux::sim {

// Borrowed; all of them outlive the door.
struct QueueParts {
  Generator& generator;
  Jobs& jobs;
  Pause& pause;
  ArmedFaults& armed;
  Ledger& ledger;
};

// Thread-safe.
class Queue {
 public:
  // `base_url` is of pictures; the URLs of a request use the host that was asked. `runner_id` is told with
  // results as x-fal-served-from.
  Queue(QueueParts parts, Run::BaseUrl base_url, std::string runner_id);

  Reply Answer(Request& request);

  // What happens to a submit before its body is read.
  std::optional<Reply> Unread(const Request& head);

 private:
  // What a path below …/requests/ asks for.
  struct Target;
  using Handler = Reply (Queue::*)(const Request& request, const JobView& job);
  struct Verb {
    std::string_view tail;  // of the path, after the id
    std::string_view method;
    Handler handler;
  };
  static const Verb kVerbs[];

  Reply Submit(Request& request);
  Reply Status(const Request& request, const JobView& job);
  Reply Stream(const Request& request, const JobView& job);
  Reply Result(const Request& request, const JobView& job);
  Reply Cancel(const Request& request, const JobView& job);
  Reply Fetched(const JobView& job);

  const QueueParts parts_;
  const Run::BaseUrl base_url_;
  const std::string runner_id_;
};

}  // namespace flux::sim

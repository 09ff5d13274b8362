// Metrics: every series about fal. Resolved once, so that nothing is looked up by text while calls run.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/fal/message.h"

namespace prometheus {
class Registry;
}

namespace flux::fal {

// Series (labels are closed: models of the catalogue, outcomes and reasons of fixed lists):
//   flux_fal_requests_total{model,outcome}   flux_fal_requests_in_flight
//   flux_fal_request_duration_seconds{model} flux_fal_resends_total{model,reason}
//   flux_fal_submit_duration_seconds{model}, of fal's queue, in the place of the one before it
//   flux_fal_slots_limit   flux_fal_slots_in_use
//   flux_fal_queue_length  flux_fal_queue_wait_seconds  flux_fal_queue_refused_total{reason}
// Thread-safe. `model` is always one of those given to the constructor.
class Metrics {
 public:
  // Why a call left the queue without a slot.
  enum class Unserved { kFull, kWait, kDeadline, kCancelled };

  // What an exchange is: a picture, or fal's word that it has taken a request into its queue. Both may be in
  // one registry; they share all series but the duration.
  enum class Route { kDirect, kQueue };

  Metrics(prometheus::Registry& registry, const std::vector<std::string>& models,
          Route route = Route::kDirect);
  ~Metrics();

  void Begin();
  void End(const std::string& model, const Result<FalReply>& result);

  void Exchanged(const std::string& model, SteadyTime::duration took);
  void Resent(const std::string& model, Reason why);

  void Slots(std::uint32_t limit, std::uint32_t in_use);
  void Waiting(std::size_t calls);
  void Served(SteadyTime::duration waited);
  void Left(Unserved why);

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace flux::fal

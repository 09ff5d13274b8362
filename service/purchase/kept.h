// KeptPurchases: purchases that are remembered, so that whatever breaks they happen once and their pictures
// are not lost: jobs, those with an idempotency key, those of callers with a budget, and those that are to be
// finished though their caller leaves. Each is recorded before it is sent, and its outcome before anybody
// hears of it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/shared_event.h"
#include "flux/v1/flux_service.pb.h"
#include "flux/v1/generation.pb.h"
#include "flux/v1/jobs.pb.h"
#include "service/delivery/delivery.h"
#include "service/purchase/budget.h"
#include "service/purchase/job_log.h"
#include "service/purchase/kept_metrics.h"
#include "service/purchase/plan.h"
#include "service/purchase/purchase_context.h"
#include "service/store/store.h"
#include "service/wire/platform_client.h"
#include "service/wire/queue_client.h"
#include "service/wire/transport.h"

namespace flux::service {

struct KeptOptions {
  bool through_queue = true;                        // fal's queue, else fal.run
  std::chrono::seconds result_ttl{86'400};          // how long a job is remembered after its end
  std::uint64_t most_result_bytes = 16ULL << 20;    // of pictures that are kept as bytes
  std::uint64_t most_input_bytes = 16ULL << 20;     // of a job that is kept to be sent by another process
  std::chrono::seconds unknown_for{1'800};          // how long fal's history is asked for what was lost
  std::chrono::milliseconds first_look{2'000};      // after a lost answer
  std::chrono::milliseconds direct_time{120'000};   // longest exchange with fal.run
  std::chrono::milliseconds queue_time{3'600'000};  // longest wait for fal's queue; then somebody looks later
  // What fal charged is told with what was spent, findings not before they are so old. Nothing: fal is not
  // asked.
  std::optional<std::chrono::milliseconds> bill_lag = {};
};

struct KeptParts {
  asio::any_io_executor loop;
  Store& store;
  fal::FalTransport& transport;
  fal::FalQueue& queue;
  fal::FalHistory* history;  // null: fal is never asked what became of a purchase
  Delivery& delivery;
  const BudgetBook& budgets;
  KeptMetrics& metrics;
  Log& log;
  const Clock& clock;
};

// Is told what a job has come to, unless this process ends before that.
using JobEnded = std::function<void(const Result<v1::Generation>& result)>;

// A job, as whoever follows it is shown it.
struct JobSight {
  v1::Job job;
  std::string caller;
  bool over = false;  // nothing of it will change any more
};

// Lives on the event loop; borrows its parts.
class KeptPurchases {
 public:
  // Hears what other processes have done, from the store's OnChange, until the loop stops.
  KeptPurchases(KeptParts parts, KeptOptions options);
  ~KeptPurchases();
  KeptPurchases(const KeptPurchases&) = delete;
  KeptPurchases& operator=(const KeptPurchases&) = delete;

  // Whether a purchase with this context has to be remembered.
  bool Wanted(const PurchaseContext& context) const;

  // Buys it, joins it where it runs, or answers what was bought before. INVALID_IDEMPOTENCY_KEY,
  // IDEMPOTENCY_KEY_REUSED, OUTCOME_UNKNOWN, BUDGET_EXCEEDED, STORE_UNAVAILABLE, or how it failed. A caller
  // who leaves does not end it, unless it has no key and was not to be finished.
  asio::awaitable<Result<v1::Generation>> Buy(Plan plan, PurchaseContext context);

  // Begins it as a job, and answers without waiting for it; or answers the job of the same key, or of the
  // first attempt where `context.resent`. Fails as Buy does, OUTCOME_UNKNOWN aside, which is a job like any
  // other. Also a job that was not sent before this process ended goes on in the next, unless it is larger
  // than `most_input_bytes`. `ended` may be null, and is called only where this began it.
  asio::awaitable<Result<v1::CreateJobResponse>> Create(Plan plan, PurchaseContext context, JobEnded ended);

  // Ends a job as far as that is possible. UNKNOWN_JOB; OUTCOME_UNKNOWN where nobody can ask for it at fal;
  // UPSTREAM_BUSY where fal has not told its id yet; or why fal cannot be asked. Except for the first, the
  // job goes on then.
  asio::awaitable<Result<v1::CancelJobResponse>> Cancel(std::string id, std::string caller);

  // For a request without a key that was sent before: what its first attempt came to, where that is
  // remembered and may have been paid for. Nothing: it may be bought.
  asio::awaitable<std::optional<Result<v1::Generation>>> FirstAttempt(const Plan& plan,
                                                                      PurchaseContext context);

  // Makes a record of a purchase that was sent without one, and whose answer was lost: its outcome is asked
  // of fal. Its job's id; empty where there is no store now.
  asio::awaitable<std::string> Remember(const Plan& plan, std::size_t purchase,
                                        const PurchaseContext& context, SteadyTime sent);

  // What has become of a job. UNKNOWN_JOB where there is none, or it is somebody else's.
  asio::awaitable<Result<v1::Job>> Find(std::string id, std::string caller);

  // A job, whoever asks, without taking its result for delivered. Nothing: there is none.
  asio::awaitable<Result<std::optional<JobSight>>> See(std::string id);

  // Somebody who could be shown its result was: `true` the first time.
  asio::awaitable<void> MarkDelivered(std::string id);

  // The caller's jobs that the query asks for, without their pictures, each with its number.
  asio::awaitable<Result<std::vector<std::pair<std::int64_t, v1::Job>>>> List(JobQuery query);

  // Makes the webhook of a job that is over due again. UNKNOWN_JOB, NOTHING_TO_REDELIVER.
  asio::awaitable<Result<v1::Job>> Redeliver(std::string id, std::string caller);

  // fal says that there is news of a request with one of these ids: whoever drives its job looks at once.
  // `false`: it is about no job.
  asio::awaitable<Result<bool>> Heard(std::vector<std::string> fal_request_ids);

  // `told` is called on the loop with the id of a job that may have changed, here or in another process. Set
  // once.
  void OnJobChange(std::function<void(const std::string& id)> told) { changed_ = std::move(told); }

  // Whether this process drives the job.
  bool Drives(const std::string& id) const { return running_.contains(id); }

  // Its log, where it is driven here; else null. Until the loop goes on.
  const JobLog* LogOf(const std::string& id) const;

  // Somebody follows the job: where it is driven here, fal is asked for its log and for each change.
  void Follow(const std::string& id);

  // What the caller has spent since that many days, and how it stands with its budgets.
  // The bill is everybody's where that is wanted.
  asio::awaitable<Result<v1::GetUsageResponse>> Usage(std::string caller, std::uint32_t days,
                                                      bool everybodys_bill);

  // Takes up what another process, or this one before, has left open. Called with jobs that were claimed.
  void Resume(StoredJob job);

  // Jobs that are driven here now.
  std::size_t driven() const { return running_.size(); }

 private:
  struct Running;
  class SentMark;
  using Outcomes = std::vector<Result<v1::Generation>>;

  NewJob Describe(const Plan& plan, const PurchaseContext& context) const;
  // What its record says; every kind but kOverBudget, which is BUDGET_EXCEEDED.
  asio::awaitable<Result<Begun>> Record(const Plan& plan, const PurchaseContext& context, NewJob job);
  asio::awaitable<std::optional<StoredJob>> FirstJob(const Plan& plan, const PurchaseContext& context);
  std::shared_ptr<Running> Start(Plan plan, PurchaseContext context, StoredJob job, bool resumed);
  asio::awaitable<Result<v1::Generation>> Existing(StoredJob job, std::string fingerprint,
                                                   PurchaseContext context,
                                                   std::optional<std::int64_t> budget_left);

  // kept_jobs.cc
  asio::awaitable<Result<StoredJob>> ForCancel(const std::string& id, const std::string& caller);
  asio::awaitable<Result<v1::CancelOutcome>> CancelAtFal(const StoredJob& job);
  v1::Job Shown(const StoredJob& job) const;

  // kept_follow.cc
  void Changed(const std::string& id) const;
  void Hint(const std::string& id) const;

  // kept_drive.cc
  asio::awaitable<void> Drive(std::shared_ptr<Running> running);
  asio::awaitable<Result<v1::Generation>> DrivePart(Running& running, std::size_t part);
  asio::awaitable<Result<v1::Generation>> Send(Running& running, std::size_t part);
  asio::awaitable<Result<v1::Generation>> Follow(Running& running, std::size_t part, fal::QueueTicket ticket);
  // The result of a request that fal's history has and its queue may have.
  asio::awaitable<Result<v1::Generation>> FetchKept(Running& running, std::size_t part,
                                                    const std::string& request_id);
  asio::awaitable<Result<v1::Generation>> LookInHistory(Running& running, std::size_t part);
  // Writes the outcome down. `last_word`: whatever it is, fal will not tell more.
  asio::awaitable<Result<v1::Generation>> Ended(Running& running, std::size_t part,
                                                Result<v1::Generation> result, bool last_word = false);
  asio::awaitable<void> Settle(const std::string& id, std::size_t part, Outcome outcome);
  asio::awaitable<void> LetGo(std::string id, std::chrono::milliseconds due_in);
  asio::awaitable<void> Pause(std::chrono::milliseconds& pause);
  std::chrono::milliseconds NextLook(const StoredPurchase& purchase) const;

  asio::awaitable<Result<v1::Generation>> WaitFor(std::shared_ptr<Running> running, PurchaseContext context,
                                                  bool replayed, std::optional<std::int64_t> budget_left);
  asio::awaitable<Event::Outcome> ChangeElsewhere(const std::string& id, SteadyTime deadline);
  asio::awaitable<Result<v1::Generation>> WaitElsewhere(StoredJob job, PurchaseContext context);
  // Makes a kept result the answer to this caller: fetches what is to be fetched, says where it is kept.
  asio::awaitable<Result<v1::Generation>> Hand(Result<v1::Generation> result, const Plan& plan,
                                               std::string id, PurchaseContext context);

  const KeptParts parts_;
  const KeptOptions options_;
  std::map<std::string, std::shared_ptr<Running>> running_;  // by job
  std::map<std::string, std::shared_ptr<SharedEvent>>
      elsewhere_;  // jobs of other processes that are waited for
  std::function<void(const std::string& id)> changed_;
};

// What a stored purchase has come to; OUTCOME_UNKNOWN where that is open.
Result<v1::Generation> OutcomeOf(const StoredPurchase& purchase);

// The stored job as its caller is shown it; in a list it has no pictures.
v1::Job ToProto(const StoredJob& job);
v1::Job ToListed(const StoredJob& job);

// Whether this caller may be told of it, or of what belongs to `owner`.
bool MaySee(const StoredJob& job, const std::string& caller);
bool MaySee(const std::string& owner, const std::string& caller);

// Whether nothing of it will change any more.
bool IsAllOver(const StoredJob& job);

}  // namespace flux::service

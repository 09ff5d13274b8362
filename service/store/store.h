// Store: what is remembered of purchases, whatever breaks in between. It speaks in the steps of a purchase,
// not in rows. A job is what one request asks for: one purchase, or several under one idempotency key
// (`split_images`).
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/reason.h"
#include "base/result.h"
#include "service/store/bill_records.h"

namespace flux::service {

// How far a purchase has come. It only ever moves down this list, but for what Begin says of a freed key.
enum class PurchaseState {
  kReserved,   // nothing has left this machine
  kSent,       // a byte of it may have left
  kAccepted,   // fal gave it an id, and keeps its result for a while
  kUnknown,    // sent, the answer was lost, and fal has not been able to say yet what became of it
  kSucceeded,  // there are pictures, and they are paid for
  kFailed,     // there are none; `billed` says whether they are paid for all the same
};

// "RESERVED" and so on, as it is stored and shown.
std::string_view Name(PurchaseState state);
std::optional<PurchaseState> FindPurchaseState(std::string_view name);

// Whether nothing will change any more.
constexpr bool IsOver(PurchaseState state) {
  return state == PurchaseState::kSucceeded || state == PurchaseState::kFailed;
}

// What fal's queue handed out for a purchase (fal-api "Queue API"). A purchase that was found in fal's
// history has the id alone.
struct FalTicket {
  std::string request_id;
  std::string status_url;
  std::string response_url;
  std::string cancel_url;
};

struct StoredPurchase {
  PurchaseState state = PurchaseState::kReserved;
  std::int64_t reserved_nano_usd = 0;  // what it holds of budgets until it is over: the upper estimate
  std::int64_t charged_nano_usd = 0;   // what it cost, by what fal said; 0 until it is over
  Billed billed = Billed::kNo;         // for kFailed and kUnknown
  FalTicket ticket = {};
  std::string input_sha256 = {};  // of what fal is sent, in canonical form; how fal's history is searched
  std::optional<WallTime> sent_at = {};  // for the last time
  std::optional<WallTime> ended_at = {};
  // kSucceeded: a serialized flux.v1.Generation; only where a verb says so, and empty where the store had to
  // make room.
  std::string result = {};
  std::string error = {};  // kFailed: a JSON object; opaque to the store
};

// How it stands with telling a caller's receiver that a job is over.
enum class WebhookState { kPending, kDelivered, kFailed };

// "PENDING" and so on, as it is stored.
std::string_view Name(WebhookState state);
std::optional<WebhookState> FindWebhookState(std::string_view name);

struct StoredWebhook {
  std::string url;
  WebhookState state = WebhookState::kPending;
  std::uint32_t tries = 0;              // since it was due for the first time
  std::string attempts = {};            // a JSON array: the last of them; opaque to the store, empty: none
  std::optional<WallTime> due_at = {};  // of the next attempt; the job is over
  std::optional<WallTime> give_up_at = {};  // when there is to be no other
};

struct StoredJob {
  std::string id;           // unguessable; 32 hex digits
  std::string caller;       // who asked
  std::string key;          // idempotency key; empty: none
  std::string fingerprint;  // of the request's meaning; 64 hex digits
  std::string request_id;   // of the call that began it, for logs
  std::string model;        // public name
  std::string endpoint;     // fal application
  std::string plan;         // a JSON object: what is needed to finish it; opaque to the store
  WallTime created_at = {};
  WallTime expires_at = {};
  std::optional<WallTime> delivered_at = {};  // when its caller was first answered with its result
  std::vector<StoredPurchase> purchases;      // not empty
  std::optional<StoredWebhook> webhook = {};
  std::int64_t number = 0;  // order of beginning
};

// A budget that a job counts against.
enum class BudgetPeriod { kDay, kMonth };  // of the store's clock, in UTC
struct BudgetLine {
  std::string account;  // whose spending is counted
  BudgetPeriod period = BudgetPeriod::kDay;
  std::int64_t limit_nano_usd = 0;
};

// How it stands with one budget.
struct BudgetState {
  BudgetLine line;
  std::int64_t spent_nano_usd = 0;     // by purchases that are over
  std::int64_t reserved_nano_usd = 0;  // by those that are not
  WallTime resets_at = {};
  std::int64_t Left() const { return line.limit_nano_usd - spent_nano_usd - reserved_nano_usd; }
};

struct NewPurchase {
  std::int64_t reserved_nano_usd = 0;
  std::string input_sha256;
  // What fal is to be sent, any bytes, where another process shall be able to send it; kept while it is
  // RESERVED and no longer. Empty: nothing is kept.
  std::string input = {};
};

struct NewJob {
  std::string id;
  std::string caller;
  std::string key;  // empty: none
  std::string fingerprint;
  std::string request_id;
  std::string model;
  std::string endpoint;
  std::string plan;
  std::vector<NewPurchase> purchases;
  std::chrono::seconds keep{86'400};  // how long it is remembered from now on, and again from its end on
  // What it counts against. The spending of every account is kept by day and by month, whether or not there
  // is a limit.
  std::vector<std::string> accounts;
  std::vector<BudgetLine> limits;  // each of an account above
  // kReserved; or kUnknown for a purchase that was sent without a record, when its answer is lost.
  PurchaseState state = PurchaseState::kReserved;
  std::chrono::milliseconds due_in{0};    // kUnknown: when ClaimDue is to tell of it for the first time
  std::chrono::milliseconds sent_ago{0};  // kUnknown: how long ago it was sent
  std::string webhook_url = {};           // who is told of its end; empty: nobody
  std::string webhook_host = {};          // of it, as ClaimWebhooks is told of hosts
};

// What Begin found.
struct Begun {
  enum class Kind {
    kNew,         // the job is there now, and this process drives it
    kRevived,     // it was there; what has cost nothing is RESERVED again, and this process drives it
    kExisting,    // it was there, and goes its way; nothing was changed
    kOverBudget,  // nothing was changed; `budget` is what stood in the way
  };
  Kind kind = Kind::kNew;
  StoredJob job;                      // with results; all but kOverBudget
  std::optional<BudgetState> budget;  // of the limits the one with least left, after this
};

// How a purchase ended.
struct Outcome {
  PurchaseState state = PurchaseState::kFailed;  // kSucceeded, kFailed or kUnknown
  Billed billed = Billed::kNo;
  std::int64_t charged_nano_usd = 0;
  std::string result = {};
  std::string error = {};
  std::chrono::milliseconds due_in{0};  // kUnknown: when ClaimDue is to tell of it
  // fal's id for it, where its answer is the first that tells it. Left out where it is another purchase's.
  std::string fal_request_id = {};
};

// What the owner of records wants to know at a glance.
struct StoreTotals {
  std::uint64_t open = 0;                       // purchases RESERVED, SENT or ACCEPTED
  std::uint64_t unknown = 0;                    // purchases UNKNOWN
  std::uint64_t undelivered = 0;                // jobs with pictures that nobody was answered with
  std::optional<WallTime> oldest_unknown = {};  // when it was sent
  std::uint64_t reserved = 0;                   // of `open`: those of which nothing was sent
  std::uint64_t sent = 0;
  std::uint64_t accepted = 0;
  std::optional<WallTime> oldest_open = {};  // of those SENT or ACCEPTED: when it was sent
  std::uint64_t webhooks = 0;                // that are to be delivered, of jobs that are over
};

struct Spending {
  std::string account;
  std::string day;  // "2026-11-25", UTC
  std::int64_t spent_nano_usd = 0;
  std::int64_t reserved_nano_usd = 0;
  std::uint64_t purchases = 0;  // that are over and were charged
};

struct JobQuery {
  std::string caller;
  // Jobs that have come so far: of their purchases' states the first of RESERVED, SENT, ACCEPTED, UNKNOWN,
  // SUCCEEDED, FAILED. Nothing: all.
  std::optional<PurchaseState> state = {};
  std::int64_t before = 0;  // what began before the job of this number; 0: from the newest on
  std::uint32_t limit = 50;
};

// A webhook that is to be delivered, claimed.
struct DueWebhook {
  std::string job;
  std::string host;
  std::string claim;
  StoredWebhook webhook;
};

// What has come of a claimed webhook.
struct WebhookNote {
  WebhookState state = WebhookState::kPending;
  std::chrono::milliseconds due_in{0};  // kPending: when the next attempt is due
  std::uint32_t tries = 0;
  std::string attempts = {};
};

// Verbs are called on the event loop that the store was made with, and resume on it. Failure of every verb:
// STORE_UNAVAILABLE, which says in words for operators why; then nothing has changed, or, where the
// connection was lost meanwhile, may have: asking again is harmless for every verb. What a verb has answered
// is durable (memory: as long as the process); what Begin of a RESERVED job, Postpone, ClaimDue,
// MarkDelivered and the verbs of webhooks have answered outlives a killed process at once, and a power
// failure with the next verb that is durable, since nothing has left by them. A coroutine that is cancelled
// does not undo its verb, and gets CANCELLED; but what Begin or ClaimDue has claimed for somebody who does
// not hear of it is let go again, due at once. Begin refuses texts that are no UTF-8 with INVALID_FIELD.
//
// Who drives: a process claims a job by Begin or ClaimDue, for as long as the lease is renewed. Verbs that
// advance a purchase answer `false` and change nothing where this process does not drive its job (any more),
// or where its state does not allow the step.
class Store {
 public:
  virtual ~Store() = default;

  // Makes the record of a job, reserves what it may cost in all its accounts, and claims it, in one
  // transaction; or finds the one with the same caller and key. One all of whose purchases failed without
  // having been billed frees its key, also for another fingerprint: it is forgotten and the job begins anew,
  // with the id given. Otherwise one whose fingerprint is another is kExisting. One that has such purchases
  // beside others is revived when all are over, with the plan it has; so is one of which nothing was sent and
  // that nobody drives any more. What the revived purchases send is `job`'s. Asked again with the same id,
  // after an answer that was lost, it answers the same and reserves once. A job that begins kUnknown is not
  // driven, and no budget refuses it.
  virtual asio::awaitable<Result<Begun>> Begin(NewJob job) = 0;

  // A byte is about to leave. From RESERVED.
  virtual asio::awaitable<Result<bool>> MarkSent(std::string id, std::uint32_t purchase) = 0;

  // fal has told its id for it. From SENT or UNKNOWN; the same id again is `true`. Each id of fal belongs to
  // one purchase: `false` also where it is another's.
  virtual asio::awaitable<Result<bool>> MarkAccepted(std::string id, std::uint32_t purchase,
                                                     FalTicket ticket) = 0;

  // The outcome; settles the budgets: what was reserved is let go, what was charged is spent. kUnknown keeps
  // the reservation, and lets the job go until it is due, once none of its purchases is RESERVED, SENT or
  // ACCEPTED. From every state that is not over; from SUCCEEDED, FAILED: `false`, except that the same
  // outcome again is `true`. What is spent counts for the day of Begin.
  virtual asio::awaitable<Result<bool>> Finish(std::string id, std::uint32_t purchase, Outcome outcome) = 0;

  // What was kept of a purchase to be sent; empty where nothing was, or it is not RESERVED any more.
  virtual asio::awaitable<Result<std::string>> Input(std::string id, std::uint32_t purchase) = 0;

  // Ends every purchase of a job of which nothing has left this machine, whoever drives it: RESERVED becomes
  // FAILED, not billed, with this error (Outcome::error), and what it held of budgets is let go. Nobody can
  // send it afterwards. `false`: there was none.
  virtual asio::awaitable<Result<bool>> Cancel(std::string id, std::string error) = 0;

  // Lets go of a job until it is due, without a change of state: another look later, by whoever claims it.
  // Also for a driver that gives up: its process renews all its jobs, and nobody else would ever look at this
  // one.
  virtual asio::awaitable<Result<bool>> Postpone(std::string id, std::chrono::milliseconds due_in) = 0;

  // Its caller was answered with its result; `true` the first time. Need not be durable before later verbs
  // are.
  virtual asio::awaitable<Result<bool>> MarkDelivered(std::string id) = 0;

  // Claims up to `limit` jobs that have a purchase which is not over, are due, and are driven by nobody whose
  // lease holds. Without results.
  virtual asio::awaitable<Result<std::vector<StoredJob>>> ClaimDue(std::uint32_t limit) = 0;

  // Keeps all jobs that this process drives for another lease; how many there are.
  virtual asio::awaitable<Result<std::uint32_t>> Renew() = 0;

  // With results. Nothing: there is no such job.
  virtual asio::awaitable<Result<std::optional<StoredJob>>> Get(std::string id) = 0;
  // The job of a key; without results.
  virtual asio::awaitable<Result<std::optional<StoredJob>>> Find(std::string caller, std::string key) = 0;
  // The caller's newest job with this fingerprint and any key or none, begun at or after `since`; without
  // results.
  virtual asio::awaitable<Result<std::optional<StoredJob>>> FindLike(std::string caller,
                                                                     std::string fingerprint,
                                                                     WallTime since) = 0;
  // Newest first; without results.
  virtual asio::awaitable<Result<std::vector<StoredJob>>> List(JobQuery query) = 0;

  // The job of a request of fal's; without results.
  virtual asio::awaitable<Result<std::optional<StoredJob>>> FindByFal(std::string fal_request_id) = 0;

  // Tells OnChange of every other process that this job is to be looked at.
  virtual asio::awaitable<Result<bool>> Nudge(std::string id) = 0;

  // Claims up to `limit` webhooks that are due, of other hosts than `busy`, for `hold`: who has said nothing
  // of one by then has died, and it is due again.
  virtual asio::awaitable<Result<std::vector<DueWebhook>>> ClaimWebhooks(std::uint32_t limit,
                                                                         std::vector<std::string> busy,
                                                                         std::chrono::milliseconds hold) = 0;
  // Ends a claim. `false`: it is another's by now, or the job began anew.
  virtual asio::awaitable<Result<bool>> NoteWebhook(std::string id, std::string claim, WebhookNote note) = 0;
  // Makes the webhook of a job that is over due now, as if it were new. `false`: there is none, or the job is
  // not over.
  virtual asio::awaitable<Result<bool>> Redeliver(std::string id) = 0;

  // How it stands with these budgets now.
  virtual asio::awaitable<Result<std::vector<BudgetState>>> Budgets(std::vector<BudgetLine> lines) = 0;
  // What an account spent on each day from `first_day` ("2026-11-25") on, oldest first.
  virtual asio::awaitable<Result<std::vector<Spending>>> Usage(std::string account,
                                                               std::string first_day) = 0;

  virtual asio::awaitable<Result<StoreTotals>> Totals() = 0;

  // Forgets up to `limit` jobs that are over, or UNKNOWN, and whose time is up; what is UNKNOWN then counts
  // as spent. Returns how many.
  virtual asio::awaitable<Result<std::uint64_t>> Expire(std::uint32_t limit) = 0;

  // What fal charged for what was bought. Lives as long as the store.
  virtual BillRecords& bill() = 0;

  // `told` is called on the loop with the id of a job that another process has advanced, or wants to be
  // looked at (Nudge); now and then twice. What was missed while there was no connection is told of ends
  // alone. Set once, before the first verb.
  virtual void OnChange(std::function<void(const std::string& id)> told) = 0;

  // "" while the store answers; else why not, in words for operators. Any thread.
  virtual std::string Problem() const = 0;

  // Transactions that have changed something, since the store was opened. Any thread.
  virtual std::uint64_t Commits() const = 0;
};

}  // namespace flux::service

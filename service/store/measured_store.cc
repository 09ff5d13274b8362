// All series exist from the start: verbs are a closed list.
#include "service/store/measured_store.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <utility>

#include "base/clock.h"

namespace flux::service {

using asio::awaitable;

struct MeasuredStore::Verb {
  Verb(prometheus::Family<prometheus::Histogram>& durations, prometheus::Family<prometheus::Counter>& errors,
       const char* name)
      : duration(durations.Add(
            {{"verb", name}},
            prometheus::Histogram::BucketBoundaries{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                    0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5})),
        error(errors.Add({{"verb", name}})) {}

  prometheus::Histogram& duration;
  prometheus::Counter& error;
};

struct MeasuredStore::Series {
  explicit Series(prometheus::Registry& registry)
      : durations(prometheus::BuildHistogram()
                      .Name("flux_store_verb_duration_seconds")
                      .Help("Time until the store has answered a verb; what it has answered is durable.")
                      .Register(registry)),
        errors(prometheus::BuildCounter()
                   .Name("flux_store_errors_total")
                   .Help("Verbs that the store could not carry out.")
                   .Register(registry)),
        commits(prometheus::BuildCounter()
                    .Name("flux_store_commits_total")
                    .Help("Transactions of the store that have changed something.")
                    .Register(registry)
                    .Add({})) {}

  // What was committed since the last time.
  void Follow(std::uint64_t committed) {
    commits.Increment(static_cast<double>(committed - counted));
    counted = committed;
  }

  prometheus::Family<prometheus::Histogram>& durations;
  prometheus::Family<prometheus::Counter>& errors;
  prometheus::Counter& commits;
  std::uint64_t counted = 0;
  Verb begin{durations, errors, "begin"};
  Verb mark_sent{durations, errors, "mark_sent"};
  Verb mark_accepted{durations, errors, "mark_accepted"};
  Verb finish{durations, errors, "finish"};
  Verb input{durations, errors, "input"};
  Verb cancel{durations, errors, "cancel"};
  Verb postpone{durations, errors, "postpone"};
  Verb mark_delivered{durations, errors, "mark_delivered"};
  Verb claim_due{durations, errors, "claim_due"};
  Verb renew{durations, errors, "renew"};
  Verb get{durations, errors, "get"};
  Verb find{durations, errors, "find"};
  Verb find_like{durations, errors, "find_like"};
  Verb list{durations, errors, "list"};
  Verb find_by_fal{durations, errors, "find_by_fal"};
  Verb nudge{durations, errors, "nudge"};
  Verb claim_webhooks{durations, errors, "claim_webhooks"};
  Verb note_webhook{durations, errors, "note_webhook"};
  Verb redeliver{durations, errors, "redeliver"};
  Verb budgets{durations, errors, "budgets"};
  Verb usage{durations, errors, "usage"};
  Verb totals{durations, errors, "totals"};
  Verb expire{durations, errors, "expire"};
  Verb take_turn{durations, errors, "take_bill_turn"};
  Verb note_bought{durations, errors, "note_bought"};
  Verb keep_charges{durations, errors, "keep_charges"};
  Verb end_turn{durations, errors, "end_bill_turn"};
  Verb view{durations, errors, "view_bill"};
};

MeasuredStore::MeasuredStore(std::unique_ptr<Store> store, prometheus::Registry& registry)
    : store_(std::move(store)), series_(std::make_unique<Series>(registry)) {}

MeasuredStore::~MeasuredStore() = default;

template <typename T>
awaitable<Result<T>> MeasuredStore::Time(Verb& verb, awaitable<Result<T>> work) {
  const SteadyTime begun = std::chrono::steady_clock::now();
  Result<T> answer = co_await std::move(work);
  series_->Follow(store_->Commits());
  if (!answer && answer.error().reason == Reason::kCancelled) co_return answer;
  verb.duration.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  if (!answer && answer.error().reason == Reason::kStoreUnavailable) verb.error.Increment();
  co_return answer;
}

awaitable<Result<Begun>> MeasuredStore::Begin(NewJob job) {
  return Time(series_->begin, store_->Begin(std::move(job)));
}

awaitable<Result<bool>> MeasuredStore::MarkSent(std::string id, std::uint32_t purchase) {
  return Time(series_->mark_sent, store_->MarkSent(std::move(id), purchase));
}

awaitable<Result<bool>> MeasuredStore::MarkAccepted(std::string id, std::uint32_t purchase,
                                                    FalTicket ticket) {
  return Time(series_->mark_accepted, store_->MarkAccepted(std::move(id), purchase, std::move(ticket)));
}

awaitable<Result<bool>> MeasuredStore::Finish(std::string id, std::uint32_t purchase, Outcome outcome) {
  return Time(series_->finish, store_->Finish(std::move(id), purchase, std::move(outcome)));
}

awaitable<Result<std::string>> MeasuredStore::Input(std::string id, std::uint32_t purchase) {
  return Time(series_->input, store_->Input(std::move(id), purchase));
}

awaitable<Result<bool>> MeasuredStore::Cancel(std::string id, std::string error) {
  return Time(series_->cancel, store_->Cancel(std::move(id), std::move(error)));
}

awaitable<Result<bool>> MeasuredStore::Postpone(std::string id, std::chrono::milliseconds due_in) {
  return Time(series_->postpone, store_->Postpone(std::move(id), due_in));
}

awaitable<Result<bool>> MeasuredStore::MarkDelivered(std::string id) {
  return Time(series_->mark_delivered, store_->MarkDelivered(std::move(id)));
}

awaitable<Result<std::vector<StoredJob>>> MeasuredStore::ClaimDue(std::uint32_t limit) {
  return Time(series_->claim_due, store_->ClaimDue(limit));
}

awaitable<Result<std::uint32_t>> MeasuredStore::Renew() {
  return Time(series_->renew, store_->Renew());
}

awaitable<Result<std::optional<StoredJob>>> MeasuredStore::Get(std::string id) {
  return Time(series_->get, store_->Get(std::move(id)));
}

awaitable<Result<std::optional<StoredJob>>> MeasuredStore::Find(std::string caller, std::string key) {
  return Time(series_->find, store_->Find(std::move(caller), std::move(key)));
}

awaitable<Result<std::optional<StoredJob>>> MeasuredStore::FindLike(std::string caller,
                                                                    std::string fingerprint, WallTime since) {
  return Time(series_->find_like, store_->FindLike(std::move(caller), std::move(fingerprint), since));
}

awaitable<Result<std::vector<StoredJob>>> MeasuredStore::List(JobQuery query) {
  return Time(series_->list, store_->List(std::move(query)));
}

awaitable<Result<std::optional<StoredJob>>> MeasuredStore::FindByFal(std::string fal_request_id) {
  return Time(series_->find_by_fal, store_->FindByFal(std::move(fal_request_id)));
}

awaitable<Result<bool>> MeasuredStore::Nudge(std::string id) {
  return Time(series_->nudge, store_->Nudge(std::move(id)));
}

awaitable<Result<std::vector<DueWebhook>>> MeasuredStore::ClaimWebhooks(std::uint32_t limit,
                                                                        std::vector<std::string> busy,
                                                                        std::chrono::milliseconds hold) {
  return Time(series_->claim_webhooks, store_->ClaimWebhooks(limit, std::move(busy), hold));
}

awaitable<Result<bool>> MeasuredStore::NoteWebhook(std::string id, std::string claim, WebhookNote note) {
  return Time(series_->note_webhook, store_->NoteWebhook(std::move(id), std::move(claim), std::move(note)));
}

awaitable<Result<bool>> MeasuredStore::Redeliver(std::string id) {
  return Time(series_->redeliver, store_->Redeliver(std::move(id)));
}

awaitable<Result<std::vector<BudgetState>>> MeasuredStore::Budgets(std::vector<BudgetLine> lines) {
  return Time(series_->budgets, store_->Budgets(std::move(lines)));
}

awaitable<Result<std::vector<Spending>>> MeasuredStore::Usage(std::string account, std::string first_day) {
  return Time(series_->usage, store_->Usage(std::move(account), std::move(first_day)));
}

awaitable<Result<StoreTotals>> MeasuredStore::Totals() {
  return Time(series_->totals, store_->Totals());
}

awaitable<Result<std::uint64_t>> MeasuredStore::Expire(std::uint32_t limit) {
  return Time(series_->expire, store_->Expire(limit));
}

awaitable<Result<std::optional<BillTurn>>> MeasuredStore::TakeTurn(std::chrono::milliseconds hold) {
  return Time(series_->take_turn, store_->bill().TakeTurn(hold));
}

awaitable<Result<bool>> MeasuredStore::NoteBought(std::vector<Bought> bought) {
  return Time(series_->note_bought, store_->bill().NoteBought(std::move(bought)));
}

awaitable<Result<std::optional<KeptCharges>>> MeasuredStore::KeepCharges(std::string claim,
                                                                         std::chrono::milliseconds hold,
                                                                         std::vector<Charge> charges) {
  return Time(series_->keep_charges, store_->bill().KeepCharges(std::move(claim), hold, std::move(charges)));
}

awaitable<Result<std::vector<Finding>>> MeasuredStore::EndTurn(std::string claim, BillNote note) {
  return Time(series_->end_turn, store_->bill().EndTurn(std::move(claim), note));
}

awaitable<Result<BillView>> MeasuredStore::View(BillQuery query) {
  return Time(series_->view, store_->bill().View(std::move(query)));
}

void MeasuredStore::OnChange(std::function<void(const std::string& id)> told) {
  store_->OnChange(std::move(told));
}

}  // namespace flux::service

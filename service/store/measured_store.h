// MeasuredStore: another store, whose verbs are timed and whose failures are counted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "service/store/store.h"

namespace prometheus {
class Registry;
}

namespace flux::service {

// Series, of verbs by name (begin, mark_sent, …):
//   flux_store_verb_duration_seconds{verb}   flux_store_errors_total{verb}   flux_store_commits_total
// A verb that its caller gave up is neither timed nor an error.
class MeasuredStore final : public Store, private BillRecords {
 public:
  // `registry` is borrowed until the store is gone.
  MeasuredStore(std::unique_ptr<Store> store, prometheus::Registry& registry);
  ~MeasuredStore() override;

  asio::awaitable<Result<Begun>> Begin(NewJob job) override;
  asio::awaitable<Result<bool>> MarkSent(std::string id, std::uint32_t purchase) override;
  asio::awaitable<Result<bool>> MarkAccepted(std::string id, std::uint32_t purchase,
                                             FalTicket ticket) override;
  asio::awaitable<Result<bool>> Finish(std::string id, std::uint32_t purchase, Outcome outcome) override;
  asio::awaitable<Result<std::string>> Input(std::string id, std::uint32_t purchase) override;
  asio::awaitable<Result<bool>> Cancel(std::string id, std::string error) override;
  asio::awaitable<Result<bool>> Postpone(std::string id, std::chrono::milliseconds due_in) override;
  asio::awaitable<Result<bool>> MarkDelivered(std::string id) override;
  asio::awaitable<Result<std::vector<StoredJob>>> ClaimDue(std::uint32_t limit) override;
  asio::awaitable<Result<std::uint32_t>> Renew() override;
  asio::awaitable<Result<std::optional<StoredJob>>> Get(std::string id) override;
  asio::awaitable<Result<std::optional<StoredJob>>> Find(std::string caller, std::string key) override;
  asio::awaitable<Result<std::optional<StoredJob>>> FindLike(std::string caller, std::string fingerprint,
                                                             WallTime since) override;
  asio::awaitable<Result<std::vector<StoredJob>>> List(JobQuery query) override;
  asio::awaitable<Result<std::optional<StoredJob>>> FindByFal(std::string fal_request_id) override;
  asio::awaitable<Result<bool>> Nudge(std::string id) override;
  asio::awaitable<Result<std::vector<DueWebhook>>> ClaimWebhooks(std::uint32_t limit,
                                                                 std::vector<std::string> busy,
                                                                 std::chrono::milliseconds hold) override;
  asio::awaitable<Result<bool>> NoteWebhook(std::string id, std::string claim, WebhookNote note) override;
  asio::awaitable<Result<bool>> Redeliver(std::string id) override;
  asio::awaitable<Result<std::vector<BudgetState>>> Budgets(std::vector<BudgetLine> lines) override;
  asio::awaitable<Result<std::vector<Spending>>> Usage(std::string account, std::string first_day) override;
  asio::awaitable<Result<StoreTotals>> Totals() override;
  asio::awaitable<Result<std::uint64_t>> Expire(std::uint32_t limit) override;
  BillRecords& bill() override { return *this; }
  void OnChange(std::function<void(const std::string& id)> told) override;
  std::string Problem() const override { return store_->Problem(); }
  std::uint64_t Commits() const override { return store_->Commits(); }

 private:
  asio::awaitable<Result<std::optional<BillTurn>>> TakeTurn(std::chrono::milliseconds hold) override;
  asio::awaitable<Result<bool>> NoteBought(std::vector<Bought> bought) override;
  asio::awaitable<Result<std::optional<KeptCharges>>> KeepCharges(std::string claim,
                                                                  std::chrono::milliseconds hold,
                                                                  std::vector<Charge> charges) override;
  asio::awaitable<Result<std::vector<Finding>>> EndTurn(std::string claim, BillNote note) override;
  asio::awaitable<Result<BillView>> View(BillQuery query) override;

  struct Series;
  struct Verb;
  template <typename T>
  asio::awaitable<Result<T>> Time(Verb& verb, asio::awaitable<Result<T>> work);

  const std::unique_ptr<Store> store_;
  const std::unique_ptr<Series> series_;
};

}  // namespace flux::service

// flux-service that kills itself at a step of a purchase, as kill -9 would: before or after the store has
// done the verb that DIE_AT names, "VERB:before" or "VERB:after". A program for tests alone.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "service/run_service.h"

namespace flux::service {
namespace {

class DyingStore final : public Store {
 public:
  DyingStore(std::unique_ptr<Store> store, std::string moment)
      : store_(std::move(store)), moment_(std::move(moment)) {}

  asio::awaitable<Result<Begun>> Begin(NewJob job) override {
    return Around("Begin", store_->Begin(std::move(job)));
  }
  asio::awaitable<Result<bool>> MarkSent(std::string id, std::uint32_t purchase) override {
    return Around("MarkSent", store_->MarkSent(std::move(id), purchase));
  }
  asio::awaitable<Result<bool>> MarkAccepted(std::string id, std::uint32_t purchase,
                                             FalTicket ticket) override {
    return Around("MarkAccepted", store_->MarkAccepted(std::move(id), purchase, std::move(ticket)));
  }
  asio::awaitable<Result<bool>> Finish(std::string id, std::uint32_t purchase, Outcome outcome) override {
    return Around("Finish", store_->Finish(std::move(id), purchase, std::move(outcome)));
  }
  asio::awaitable<Result<std::string>> Input(std::string id, std::uint32_t purchase) override {
    return store_->Input(std::move(id), purchase);
  }
  asio::awaitable<Result<bool>> Cancel(std::string id, std::string error) override {
    return Around("Cancel", store_->Cancel(std::move(id), std::move(error)));
  }
  asio::awaitable<Result<bool>> Postpone(std::string id, std::chrono::milliseconds due_in) override {
    return Around("Postpone", store_->Postpone(std::move(id), due_in));
  }
  asio::awaitable<Result<bool>> MarkDelivered(std::string id) override {
    return Around("MarkDelivered", store_->MarkDelivered(std::move(id)));
  }
  asio::awaitable<Result<std::vector<StoredJob>>> ClaimDue(std::uint32_t limit) override {
    return store_->ClaimDue(limit);
  }
  asio::awaitable<Result<std::uint32_t>> Renew() override { return store_->Renew(); }
  asio::awaitable<Result<std::optional<StoredJob>>> Get(std::string id) override {
    return store_->Get(std::move(id));
  }
  asio::awaitable<Result<std::optional<StoredJob>>> Find(std::string caller, std::string key) override {
    return store_->Find(std::move(caller), std::move(key));
  }
  asio::awaitable<Result<std::optional<StoredJob>>> FindLike(std::string caller, std::string fingerprint,
                                                             WallTime since) override {
    return store_->FindLike(std::move(caller), std::move(fingerprint), since);
  }
  asio::awaitable<Result<std::vector<StoredJob>>> List(JobQuery query) override {
    return store_->List(std::move(query));
  }
  asio::awaitable<Result<std::optional<StoredJob>>> FindByFal(std::string fal_request_id) override {
    return store_->FindByFal(std::move(fal_request_id));
  }
  asio::awaitable<Result<bool>> Nudge(std::string id) override { return store_->Nudge(std::move(id)); }
  asio::awaitable<Result<std::vector<DueWebhook>>> ClaimWebhooks(std::uint32_t limit,
                                                                 std::vector<std::string> busy,
                                                                 std::chrono::milliseconds hold) override {
    return store_->ClaimWebhooks(limit, std::move(busy), hold);
  }
  asio::awaitable<Result<bool>> NoteWebhook(std::string id, std::string claim, WebhookNote note) override {
    return Around("NoteWebhook", store_->NoteWebhook(std::move(id), std::move(claim), std::move(note)));
  }
  asio::awaitable<Result<bool>> Redeliver(std::string id) override {
    return store_->Redeliver(std::move(id));
  }
  asio::awaitable<Result<std::vector<BudgetState>>> Budgets(std::vector<BudgetLine> lines) override {
    return store_->Budgets(std::move(lines));
  }
  asio::awaitable<Result<std::vector<Spending>>> Usage(std::string account, std::string first_day) override {
    return store_->Usage(std::move(account), std::move(first_day));
  }
  asio::awaitable<Result<StoreTotals>> Totals() override { return store_->Totals(); }
  asio::awaitable<Result<std::uint64_t>> Expire(std::uint32_t limit) override {
    return store_->Expire(limit);
  }
  BillRecords& bill() override { return store_->bill(); }
  void OnChange(std::function<void(const std::string& id)> told) override {
    store_->OnChange(std::move(told));
  }
  std::string Problem() const override { return store_->Problem(); }
  std::uint64_t Commits() const override { return store_->Commits(); }

 private:
  // A verb is a coroutine that has not begun before it is awaited.
  template <typename Answer>
  asio::awaitable<Answer> Around(std::string verb, asio::awaitable<Answer> work) {
    DieAt(verb + ":before");
    Answer answer = co_await std::move(work);
    DieAt(verb + ":after");
    co_return answer;
  }

  void DieAt(const std::string& moment) const {
    if (moment == moment_) kill(getpid(), SIGKILL);
  }

  const std::unique_ptr<Store> store_;
  const std::string moment_;
};

}  // namespace
}  // namespace flux::service

int main(int argc, char** argv) {
  using namespace flux::service;
  ServiceHooks hooks;
  hooks.store = [](std::unique_ptr<Store> store) -> std::unique_ptr<Store> {
    const char* moment = std::getenv("DIE_AT");  // NOLINT(concurrency-mt-unsafe): nobody changes it
    return std::make_unique<DyingStore>(std::move(store), moment == nullptr ? "" : moment);
  };
  return RunService(argc, argv, hooks);
}

// PostgresStore: the store that replicas share.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/store/postgres_bill.h"
#include "service/store/postgres_link.h"
#include "service/store/store.h"

namespace flux::service {

// Times, days and leases are the server's. May be destroyed on any thread.
class PostgresStore final : public Store {
 public:
  // `link` was started or will be.
  PostgresStore(std::shared_ptr<PostgresLink> link, std::chrono::milliseconds lease);
  ~PostgresStore() override;

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
  BillRecords& bill() override { return bill_; }
  void OnChange(std::function<void(const std::string& id)> told) override;
  std::string Problem() const override { return link_->problem(); }
  std::uint64_t Commits() const override { return link_->commits(); }

 private:
  const std::shared_ptr<PostgresLink> link_;
  const std::chrono::milliseconds lease_;
  PostgresBill bill_;
};

}  // namespace flux::service

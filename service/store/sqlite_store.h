// SqliteStore: the store in an SQLite file of one process, or in its memory.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "service/store/sqlite_thread.h"
#include "service/store/store.h"

namespace flux::service {

// There is one process with the file, so leases are not needed: what it drives is its own until it ends, and
// its next life finds all of it due. OnChange has nothing to tell.
class SqliteStore final : public Store, private BillRecords {
 public:
  // `loop` and `clock` are borrowed. `driver` and `max_bytes` as SqliteVerbs has them.
  SqliteStore(asio::io_context& loop, std::unique_ptr<SqliteFile> file, const std::string& driver,
              std::uint64_t max_bytes, const Clock& clock)
      : loop_(loop), clock_(clock), thread_(loop, std::move(file), driver, max_bytes) {}

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
  void OnChange(std::function<void(const std::string& id)>) override {}
  std::string Problem() const override { return thread_.problem(); }
  std::uint64_t Commits() const override { return thread_.commits(); }

 private:
  asio::awaitable<Result<std::optional<BillTurn>>> TakeTurn(std::chrono::milliseconds hold) override;
  asio::awaitable<Result<bool>> NoteBought(std::vector<Bought> bought) override;
  asio::awaitable<Result<std::optional<KeptCharges>>> KeepCharges(std::string claim,
                                                                  std::chrono::milliseconds hold,
                                                                  std::vector<Charge> charges) override;
  asio::awaitable<Result<std::vector<Finding>>> EndTurn(std::string claim, BillNote note) override;
  asio::awaitable<Result<BillView>> View(BillQuery query) override;

  // Runs `verb` on the thread. `claim`: as SqliteVerbs::Release has it, where the answer is lost. `flush`: as
  // SqliteCall has it.
  template <typename T>
  asio::awaitable<Result<T>> Ask(std::function<T(SqliteVerbs&)> verb, std::string claim = {},
                                 bool flush = true);

  asio::io_context& loop_;
  const Clock& clock_;
  SqliteThread thread_;
};

}  // namespace flux::service

// SqliteVerbs: the store's verbs as SQL, each within a transaction that somebody else begins and commits.
// Runs on SqliteThread's thread; has no clock: each verb is told what time it was when it was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/store/sqlite_bill.h"
#include "service/store/sqlite_database.h"
#include "service/store/store.h"

namespace flux::service {

// The store's bound is reached and nothing may be forgotten. Thrown to SqliteThread.
struct StoreFull : std::exception {
  const char* what() const noexcept override {
    return "the store is full: what it keeps is not delivered yet, or has not expired (see "
           "--store-max-bytes)";
  }
};

class SqliteVerbs {
 public:
  // `driver` is the name of this process in records; `max_bytes` 0: no bound. Borrows `database`.
  SqliteVerbs(SqliteDatabase& database, std::string driver, std::uint64_t max_bytes)
      : database_(database), driver_(std::move(driver)), max_bytes_(max_bytes), bill_(database) {}

  // Of an earlier process with this file: nobody drives its jobs any more, and all are due.
  void Adopt();

  // As in store.h. They throw SqliteFailure or StoreFull, and then their transaction is rolled back.
  Begun Begin(WallTime now, const NewJob& job);
  bool MarkSent(WallTime now, const std::string& id, std::uint32_t purchase);
  bool MarkAccepted(const std::string& id, std::uint32_t purchase, const FalTicket& ticket);
  bool Finish(WallTime now, const std::string& id, std::uint32_t purchase, const Outcome& outcome);
  std::string Input(const std::string& id, std::uint32_t purchase);
  bool Cancel(WallTime now, const std::string& id, const std::string& error);
  bool Postpone(WallTime now, const std::string& id, std::chrono::milliseconds due_in);
  bool MarkDelivered(WallTime now, const std::string& id);
  // `claim` is a word that Release can find them by.
  std::vector<StoredJob> ClaimDue(WallTime now, std::uint32_t limit, const std::string& claim);
  // Lets go of what was claimed by a call that nobody heard the answer of: a job that was begun with the id
  // `claim`, or the jobs of a ClaimDue.
  void Release(const std::string& claim);
  std::uint32_t Renew();
  std::optional<StoredJob> Get(const std::string& id);
  std::optional<StoredJob> Find(const std::string& caller, const std::string& key);
  std::optional<StoredJob> FindByFal(const std::string& fal_request_id);
  std::vector<DueWebhook> ClaimWebhooks(WallTime now, std::uint32_t limit,
                                        const std::vector<std::string>& busy, std::chrono::milliseconds hold,
                                        const std::string& claim);
  bool NoteWebhook(WallTime now, const std::string& id, const std::string& claim, const WebhookNote& note);
  bool Redeliver(WallTime now, const std::string& id);
  std::optional<StoredJob> FindLike(const std::string& caller, const std::string& fingerprint,
                                    WallTime since);
  std::vector<StoredJob> List(const JobQuery& query);
  std::vector<BudgetState> Budgets(WallTime now, const std::vector<BudgetLine>& lines);
  std::vector<Spending> Usage(const std::string& account, const std::string& first_day);
  StoreTotals Totals();
  std::uint64_t Expire(WallTime now, std::uint32_t limit);

  SqliteBill& bill() { return bill_; }

  // Whether the last job that wanted to begin found no room.
  bool full() const { return full_; }

 private:
  // A job as far as its steps need it.
  struct Row {
    std::int64_t number = 0;
    bool driven_here = false;
    bool driven = false;
    std::int64_t keep_s = 0;
    bool letting_go = false;  // it was asked to be let go while others of its purchases go on
  };

  std::optional<Row> RowOf(const std::string& id);
  StoredJob Load(std::int64_t number, bool with_results);
  void LoadPurchases(std::int64_t number, bool with_results, std::vector<StoredPurchase>& purchases);
  std::vector<StoredJob> LoadAll(SqliteQuery& numbers);

  Begun BeginAnew(WallTime now, const NewJob& job, std::optional<std::int64_t> forgotten);
  Begun Revive(WallTime now, const NewJob& job, std::int64_t number, const StoredJob& found);
  // Claims a job that has RESERVED purchases and is driven by nobody; what they send is now this request's.
  Begun TakeUp(WallTime now, const NewJob& job, std::int64_t number);
  std::int64_t Insert(WallTime now, const NewJob& job);
  void KeepInputs(std::int64_t number, const NewJob& job);
  void KeepWebhook(std::int64_t number, const NewJob& job);
  std::optional<StoredWebhook> LoadWebhook(std::int64_t number);
  void Reserve(std::int64_t job, const std::string& day, std::int64_t nano_usd);
  void Settle(std::int64_t job, const std::string& day, std::int64_t reserved, std::int64_t charged);
  BudgetState StateOf(WallTime now, const BudgetLine& line);
  std::optional<BudgetState> Tightest(WallTime now, const std::vector<BudgetLine>& lines);
  void End(std::int64_t number, std::int64_t keep_s, WallTime now);
  void CheckClock(WallTime now);
  void MakeRoom(std::uint64_t bytes, bool required);
  std::uint64_t UsedBytes();

  SqliteDatabase& database_;
  const std::string driver_;
  const std::uint64_t max_bytes_;
  SqliteBill bill_;
  WallTime last_now_ = {};
  bool full_ = false;
};

}  // namespace flux::service

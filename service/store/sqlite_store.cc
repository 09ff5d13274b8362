// Each verb is taken to the thread, with the time at which it was asked, and its answer back.
#include "service/store/sqlite_store.h"

#include <utility>

#include "base/request_id.h"
#include "service/store/heard.h"
#include "service/store/texts.h"

namespace flux::service {
namespace {

using asio::awaitable;

template <typename T>
class Call final : public SqliteCall {
 public:
  Call(const asio::any_io_executor& loop, std::function<T(SqliteVerbs&)> verb, std::string claim)
      : SqliteCall(loop), loop_(loop), verb_(std::move(verb)), claim_(std::move(claim)) {}

  void Run(SqliteVerbs& verbs) override { answer = verb_(verbs); }

  std::shared_ptr<SqliteCall> Undo() override {
    if (claim_.empty()) return nullptr;
    std::function<bool(SqliteVerbs&)> release = [claim = claim_](SqliteVerbs& verbs) {
      verbs.Release(claim);
      return true;
    };
    return std::make_shared<Call<bool>>(loop_, std::move(release), std::string());
  }

  T answer{};

 private:
  const asio::any_io_executor loop_;
  const std::function<T(SqliteVerbs&)> verb_;
  const std::string claim_;
};

}  // namespace

template <typename T>
awaitable<Result<T>> SqliteStore::Ask(std::function<T(SqliteVerbs&)> verb, std::string claim, bool flush) {
  const auto call = std::make_shared<Call<T>>(loop_.get_executor(), std::move(verb), std::move(claim));
  call->flush = flush;
  Heard heard(call->unheard);
  thread_.Submit(call);
  if (co_await call->done.Wait(SteadyTime::max()) != Event::Outcome::kHappened) {
    co_return Status(Reason::kCancelled);
  }
  heard.Set();
  if (call->failure) co_return *std::move(call->failure);
  co_return std::move(call->answer);
}

awaitable<Result<Begun>> SqliteStore::Begin(NewJob job) {
  if (auto refused = RefusedJob(job)) co_return *std::move(refused);
  std::string claim = job.id;
  const bool sent = job.state != PurchaseState::kReserved;
  std::function<Begun(SqliteVerbs&)> verb =
      [now = clock_.WallNow(), job = std::move(job)](SqliteVerbs& verbs) { return verbs.Begin(now, job); };
  co_return co_await Ask(std::move(verb), std::move(claim), sent);
}

awaitable<Result<bool>> SqliteStore::MarkSent(std::string id, std::uint32_t purchase) {
  return Ask<bool>([now = clock_.WallNow(), id = std::move(id), purchase](SqliteVerbs& verbs) {
    return verbs.MarkSent(now, id, purchase);
  });
}

awaitable<Result<bool>> SqliteStore::MarkAccepted(std::string id, std::uint32_t purchase, FalTicket ticket) {
  return Ask<bool>([id = std::move(id), purchase, ticket = std::move(ticket)](SqliteVerbs& verbs) {
    return verbs.MarkAccepted(id, purchase, ticket);
  });
}

awaitable<Result<bool>> SqliteStore::Finish(std::string id, std::uint32_t purchase, Outcome outcome) {
  return Ask<bool>([now = clock_.WallNow(), id = std::move(id), purchase, outcome = std::move(outcome)](
                       SqliteVerbs& verbs) { return verbs.Finish(now, id, purchase, outcome); });
}

awaitable<Result<std::string>> SqliteStore::Input(std::string id, std::uint32_t purchase) {
  return Ask<std::string>(
      [id = std::move(id), purchase](SqliteVerbs& verbs) { return verbs.Input(id, purchase); });
}

awaitable<Result<bool>> SqliteStore::Cancel(std::string id, std::string error) {
  return Ask<bool>([now = clock_.WallNow(), id = std::move(id),
                    error = std::move(error)](SqliteVerbs& verbs) { return verbs.Cancel(now, id, error); });
}

awaitable<Result<bool>> SqliteStore::Postpone(std::string id, std::chrono::milliseconds due_in) {
  return Ask<bool>([now = clock_.WallNow(), id = std::move(id),
                    due_in](SqliteVerbs& verbs) { return verbs.Postpone(now, id, due_in); },
                   {}, false);
}

awaitable<Result<bool>> SqliteStore::MarkDelivered(std::string id) {
  return Ask<bool>([now = clock_.WallNow(),
                    id = std::move(id)](SqliteVerbs& verbs) { return verbs.MarkDelivered(now, id); },
                   {}, false);
}

awaitable<Result<std::vector<StoredJob>>> SqliteStore::ClaimDue(std::uint32_t limit) {
  const std::string claim = NewRequestId();
  return Ask<std::vector<StoredJob>>([now = clock_.WallNow(), limit, claim](
                                         SqliteVerbs& verbs) { return verbs.ClaimDue(now, limit, claim); },
                                     claim, false);
}

awaitable<Result<std::uint32_t>> SqliteStore::Renew() {
  return Ask<std::uint32_t>([](SqliteVerbs& verbs) { return verbs.Renew(); });
}

awaitable<Result<std::optional<StoredJob>>> SqliteStore::Get(std::string id) {
  return Ask<std::optional<StoredJob>>([id = std::move(id)](SqliteVerbs& verbs) { return verbs.Get(id); });
}

awaitable<Result<std::optional<StoredJob>>> SqliteStore::Find(std::string caller, std::string key) {
  return Ask<std::optional<StoredJob>>([caller = std::move(caller), key = std::move(key)](
                                           SqliteVerbs& verbs) { return verbs.Find(caller, key); });
}

awaitable<Result<std::optional<StoredJob>>> SqliteStore::FindByFal(std::string fal_request_id) {
  return Ask<std::optional<StoredJob>>([fal_request_id = std::move(fal_request_id)](SqliteVerbs& verbs) {
    return verbs.FindByFal(fal_request_id);
  });
}

// There is no other process.
awaitable<Result<bool>> SqliteStore::Nudge(std::string) {
  co_return true;
}

awaitable<Result<std::vector<DueWebhook>>> SqliteStore::ClaimWebhooks(std::uint32_t limit,
                                                                      std::vector<std::string> busy,
                                                                      std::chrono::milliseconds hold) {
  return Ask<std::vector<DueWebhook>>(
      [now = clock_.WallNow(), limit, busy = std::move(busy), hold, claim = NewRequestId()](
          SqliteVerbs& verbs) { return verbs.ClaimWebhooks(now, limit, busy, hold, claim); },
      {}, false);
}

awaitable<Result<bool>> SqliteStore::NoteWebhook(std::string id, std::string claim, WebhookNote note) {
  return Ask<bool>(
      [now = clock_.WallNow(), id = std::move(id), claim = std::move(claim),
       note = std::move(note)](SqliteVerbs& verbs) { return verbs.NoteWebhook(now, id, claim, note); },
      {}, false);
}

awaitable<Result<bool>> SqliteStore::Redeliver(std::string id) {
  return Ask<bool>(
      [now = clock_.WallNow(), id = std::move(id)](SqliteVerbs& verbs) { return verbs.Redeliver(now, id); });
}

awaitable<Result<std::optional<StoredJob>>> SqliteStore::FindLike(std::string caller, std::string fingerprint,
                                                                  WallTime since) {
  return Ask<std::optional<StoredJob>>(
      [caller = std::move(caller), fingerprint = std::move(fingerprint), since](SqliteVerbs& verbs) {
        return verbs.FindLike(caller, fingerprint, since);
      });
}

awaitable<Result<std::vector<StoredJob>>> SqliteStore::List(JobQuery query) {
  return Ask<std::vector<StoredJob>>(
      [query = std::move(query)](SqliteVerbs& verbs) { return verbs.List(query); });
}

awaitable<Result<std::vector<BudgetState>>> SqliteStore::Budgets(std::vector<BudgetLine> lines) {
  return Ask<std::vector<BudgetState>>([now = clock_.WallNow(), lines = std::move(lines)](
                                           SqliteVerbs& verbs) { return verbs.Budgets(now, lines); });
}

awaitable<Result<std::vector<Spending>>> SqliteStore::Usage(std::string account, std::string first_day) {
  return Ask<std::vector<Spending>>([account = std::move(account), first_day = std::move(first_day)](
                                        SqliteVerbs& verbs) { return verbs.Usage(account, first_day); });
}

awaitable<Result<StoreTotals>> SqliteStore::Totals() {
  return Ask<StoreTotals>([](SqliteVerbs& verbs) { return verbs.Totals(); });
}

awaitable<Result<std::uint64_t>> SqliteStore::Expire(std::uint32_t limit) {
  return Ask<std::uint64_t>(
      [now = clock_.WallNow(), limit](SqliteVerbs& verbs) { return verbs.Expire(now, limit); });
}

awaitable<Result<std::optional<BillTurn>>> SqliteStore::TakeTurn(std::chrono::milliseconds hold) {
  return Ask<std::optional<BillTurn>>(
      [now = clock_.WallNow(), hold, claim = NewRequestId()](SqliteVerbs& verbs) {
        return verbs.bill().TakeTurn(now, hold, claim);
      },
      {}, false);
}

awaitable<Result<bool>> SqliteStore::NoteBought(std::vector<Bought> bought) {
  return Ask<bool>([now = clock_.WallNow(), bought = std::move(bought)](
                       SqliteVerbs& verbs) { return verbs.bill().NoteBought(now, bought); },
                   {}, false);
}

awaitable<Result<std::optional<KeptCharges>>> SqliteStore::KeepCharges(std::string claim,
                                                                       std::chrono::milliseconds hold,
                                                                       std::vector<Charge> charges) {
  return Ask<std::optional<KeptCharges>>(
      [now = clock_.WallNow(), claim = std::move(claim), hold, charges = std::move(charges)](
          SqliteVerbs& verbs) { return verbs.bill().KeepCharges(now, claim, hold, charges); },
      {}, false);
}

awaitable<Result<std::vector<Finding>>> SqliteStore::EndTurn(std::string claim, BillNote note) {
  return Ask<std::vector<Finding>>([now = clock_.WallNow(), claim = std::move(claim), note](
                                       SqliteVerbs& verbs) { return verbs.bill().EndTurn(now, claim, note); },
                                   {}, false);
}

awaitable<Result<BillView>> SqliteStore::View(BillQuery query) {
  return Ask<BillView>([now = clock_.WallNow(), query = std::move(query)](
                           SqliteVerbs& verbs) { return verbs.bill().View(now, query); },
                       {}, false);
}

}  // namespace flux::service

// PostgreSQL: replicas that share it, and what becomes of it meanwhile.
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <thread>

#include "tests/service/store/conformance.h"
#include "tests/service/store/documented.h"
#include "tests/service/store/postgres_kind.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using Kind = Begun::Kind;

class PostgresStoreTest : public OnALoop, public testing::Test {
 protected:
  PostgresStoreTest() { options_.lease = 15s; }

  Result<std::unique_ptr<Store>> TryOpen(const std::string& instance) {
    options_.instance = instance;
    return OpenStore(loop_.context(), options_, clock_);
  }
  std::unique_ptr<Store> Open(const std::string& instance) {
    auto store = TryOpen(instance);
    if (!store) Die(store.error().message);
    return *std::move(store);
  }

  // Whether it comes to be so within half a minute.
  static bool Becomes(const std::function<bool()>& so) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (so()) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
  bool Works(Store& store) {
    return Becomes([&] { return static_cast<bool>(Do(store.Totals())); }) && store.Problem().empty();
  }

  // Begins a hundred jobs at once in both stores in turn; how many were begun.
  int BeginHundred(Store& one, Store& two, const std::function<NewJob(int)>& job) {
    std::vector<std::unique_ptr<fakes::Spawned<Result<Begun>>>> asked;
    for (int i = 0; i < 100; ++i) {
      asked.push_back(
          std::make_unique<fakes::Spawned<Result<Begun>>>(loop_, (i % 2 == 0 ? one : two).Begin(job(i))));
    }
    int begun = 0;
    for (const auto& ask : asked) {
      const Result<Begun> answer = ask->Get();
      if (!answer) Die(answer.error().message);
      begun += answer->kind == Kind::kNew ? 1 : 0;
    }
    return begun;
  }

  StoreOptions options_ = EmptyStore("postgres", "");
};

TEST_F(PostgresStoreTest, TwoReplicasShareABudgetExactly) {
  const auto one = Open("one");
  const auto two = Open("two");
  const int begun = BeginHundred(*one, *two, [](int i) {
    NewJob job = MakeJob("j" + std::to_string(i), "alice", "");
    job.limits = {{"alice", BudgetPeriod::kDay, kPrice * 10}};
    return job;
  });
  EXPECT_EQ(begun, 10);
  EXPECT_EQ(Must(two->Budgets({{"alice", BudgetPeriod::kDay, kPrice * 10}})).at(0).Left(), 0);
}

TEST_F(PostgresStoreTest, TwoReplicasBeginOneJobForAKey) {
  const auto one = Open("one");
  const auto two = Open("two");
  EXPECT_EQ(BeginHundred(*one, *two, [](int i) { return MakeJob("j" + std::to_string(i), "alice", "key"); }),
            1);
}

TEST_F(PostgresStoreTest, AReplicaDrivesWhatItHasBegun) {
  const auto one = Open("one");
  const auto two = Open("two");
  Must(one->Begin(MakeJob("j1", "alice", "key")));
  EXPECT_EQ(Must(two->Begin(MakeJob("j2", "alice", "key"))).kind, Kind::kExisting);
  EXPECT_FALSE(Must(two->MarkSent("j1", 0)));
  EXPECT_FALSE(Must(two->Finish("j1", 0, Failed())));
  EXPECT_FALSE(Must(two->Postpone("j1", 0s)));
  EXPECT_TRUE(Must(two->ClaimDue(10)).empty());
  EXPECT_TRUE(Must(one->MarkSent("j1", 0)));
}

TEST_F(PostgresStoreTest, AnotherReplicaTakesOverWhenTheLeaseHasRunOut) {
  options_.lease = 400ms;
  const auto one = Open("one");
  const auto two = Open("two");
  Must(one->Begin(MakeJob("j1", "alice", "key")));
  Must(one->MarkSent("j1", 0));
  const auto renewed = std::chrono::steady_clock::now() + 1s;
  while (std::chrono::steady_clock::now() < renewed) {
    EXPECT_EQ(Must(one->Renew()), 1u);
    EXPECT_TRUE(Must(two->ClaimDue(10)).empty());
  }
  std::vector<StoredJob> claimed;
  EXPECT_TRUE(Becomes([&] {
    claimed = Must(two->ClaimDue(10));
    return !claimed.empty();
  }));
  EXPECT_EQ(claimed.at(0).id, "j1");
  EXPECT_EQ(claimed.at(0).purchases.at(0).state, PurchaseState::kSent);
  EXPECT_FALSE(Must(one->MarkAccepted("j1", 0, {"fal", "s", "r", "c"})));
  EXPECT_FALSE(Must(one->Finish("j1", 0, Failed())));
  EXPECT_EQ(Must(one->Renew()), 0u);
  EXPECT_TRUE(Must(two->Finish("j1", 0, Succeeded())));
}

TEST_F(PostgresStoreTest, OthersHearThatAJobHasEnded) {
  const auto one = Open("one");
  const auto two = Open("two");
  std::promise<std::string> heard;
  std::atomic<int> own = 0;
  one->OnChange([&](const std::string&) { ++own; });
  two->OnChange([&](const std::string& id) { heard.set_value(id); });
  Must(one->Begin(MakeJob("j1", "alice", "key", 2)));
  Must(one->Finish("j1", 0, Succeeded()));
  Must(one->Finish("j1", 1, Succeeded()));
  auto future = heard.get_future();
  ASSERT_EQ(future.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(future.get(), "j1");
  Must(one->Totals());
  EXPECT_EQ(own, 0);
}

TEST_F(PostgresStoreTest, WhatEndedWhileAReplicaWasAwayIsToldAfterwards) {
  const auto one = Open("one");
  const auto two = Open("two");
  std::atomic<int> told = 0;
  two->OnChange([&](const std::string& id) { told += id == "j1" ? 1 : 0; });
  Must(one->Begin(MakeJob("j1", "alice", "key")));
  // Nobody can connect until the job has ended.
  Server().Ask(
      "UPDATE flux.purchases SET state = 'FAILED'; UPDATE flux.jobs SET ended_at = now(), driver = NULL;"
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'flux-service'");
  EXPECT_TRUE(Becomes([&] { return told > 0; }));
}

TEST_F(PostgresStoreTest, AServerThatIsKilledComesBack) {
  const auto store = Open("one");
  Must(store->Begin(MakeJob("j1", "alice", "key")));
  Server().Kill();
  EXPECT_TRUE(Becomes([&] { return !Do(store->Totals()); }));
  const auto refused = Do(store->Begin(MakeJob("j2", "alice", "other")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kStoreUnavailable);
  EXPECT_NE(store->Problem(), "");
  EXPECT_EQ(store->Problem().find(Server().password()), std::string::npos);
  Server().Start();
  EXPECT_TRUE(Works(*store));
  EXPECT_TRUE(Must(store->MarkSent("j1", 0)));
  EXPECT_EQ(Must(store->Begin(MakeJob("j2", "alice", "other"))).kind, Kind::kNew);
}

TEST_F(PostgresStoreTest, IsKilledWhileVerbsAreOnTheirWay) {
  const auto store = Open("one");
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<fakes::Spawned<Result<Begun>>>> asked;
    for (int i = 0; i < 300; ++i) {
      const std::string id = std::to_string(round) + "-" + std::to_string(i);
      asked.push_back(
          std::make_unique<fakes::Spawned<Result<Begun>>>(loop_, store->Begin(MakeJob(id, "alice", id))));
    }
    EXPECT_TRUE(asked.front()->Get());
    Server().Kill();
    std::vector<bool> answered;
    answered.push_back(true);
    for (std::size_t i = 1; i < asked.size(); ++i) answered.push_back(static_cast<bool>(asked[i]->Get()));
    Server().Start();
    EXPECT_TRUE(Works(*store));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const std::string id = std::to_string(round) + "-" + std::to_string(i);
      if (answered[i]) {
        EXPECT_TRUE(Must(store->Get(id))) << id;
      } else {  // asked again, it is begun once
        EXPECT_EQ(Must(store->Begin(MakeJob(id, "alice", id))).kind, Kind::kNew);
      }
    }
    const auto state = Must(store->Budgets({{"alice", BudgetPeriod::kDay, 0}})).at(0);
    EXPECT_EQ(state.reserved_nano_usd, kPrice * 300 * (round + 1));
  }
}

TEST_F(PostgresStoreTest, AWrongPasswordIsToldAndMended) {
  options_.password = "not-the-one";
  const auto store = Open("one");
  EXPECT_NE(store->Problem().find("password authentication failed"), std::string::npos) << store->Problem();
  EXPECT_EQ(store->Problem().find("not-the-one"), std::string::npos);
  EXPECT_FALSE(Do(store->Totals()));
  Server().Ask("ALTER ROLE flux PASSWORD 'not-the-one'");
  EXPECT_TRUE(Works(*store));
  Server().Ask("ALTER ROLE flux PASSWORD '" + Server().password() + "'");
}

TEST_F(PostgresStoreTest, TooManyConnectionsAreToldAndMended) {
  Server().Ask("ALTER ROLE flux CONNECTION LIMIT 0");
  const auto store = Open("one");
  EXPECT_NE(store->Problem().find("too many connections"), std::string::npos) << store->Problem();
  Server().Ask("ALTER ROLE flux CONNECTION LIMIT -1");
  EXPECT_TRUE(Works(*store));
}

TEST_F(PostgresStoreTest, AServerThatTakesNoWritesIsLeft) {
  const auto store = Open("one");
  Must(store->Begin(MakeJob("j1", "alice", "key")));
  Server().Ask("ALTER SYSTEM SET default_transaction_read_only = on");
  Server().Ask("SELECT pg_reload_conf()");
  EXPECT_TRUE(Becomes([&] { return !Do(store->MarkDelivered("none")); }));
  EXPECT_TRUE(Becomes([&] { return store->Problem().find("read-only") != std::string::npos; }))
      << store->Problem();
  Server().Ask("ALTER SYSTEM RESET default_transaction_read_only");
  Server().Ask("SELECT pg_reload_conf()");
  EXPECT_TRUE(Becomes([&] { return static_cast<bool>(Do(store->MarkSent("j1", 0))); }));
  EXPECT_EQ(store->Problem(), "");
}

TEST_F(PostgresStoreTest, AServerThatStallsIsGivenUpAndItsLateClaimsAreLetGo) {
  const auto store = Open("one");
  const std::string process =
      Server().Ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'flux-service'");
  kill(std::stoi(process), SIGSTOP);
  const auto began = std::chrono::steady_clock::now();
  const auto begun = Do(store->Begin(MakeJob("j1", "alice", "key")));
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().reason, Reason::kStoreUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
  EXPECT_TRUE(Works(*store));
  kill(std::stoi(process), SIGCONT);  // and it does what it was asked for long ago
  EXPECT_TRUE(Becomes([&] { return Must(store->Get("j1")).has_value(); }));
  EXPECT_TRUE(Becomes([&] {
    Must(store->Renew());
    return Must(store->ClaimDue(1)).size() == 1;
  }));
  EXPECT_TRUE(Must(store->MarkSent("j1", 0)));
  Must(store->Renew());
  EXPECT_EQ(Must(store->Renew()), 1u) << "what was claimed since stays";
}

TEST_F(PostgresStoreTest, AServerThatIsAwayAtFirstIsTriedAgain) {
  options_.text = "postgres://flux@/flux?host=/nowhere";
  const auto store = Open("one");
  EXPECT_NE(store->Problem(), "");
  EXPECT_EQ(Do(store->Totals()).error().reason, Reason::kStoreUnavailable);
}

TEST_F(PostgresStoreTest, TablesOfANewerVersionAreRefused) {
  Open("one").reset();
  Server().Ask("UPDATE flux.schema_version SET version = 99");
  const auto refused = TryOpen("two");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("newer flux-service"), std::string::npos) << refused.error().message;
}

TEST_F(PostgresStoreTest, AnotherProgramsSchemaIsRefused) {
  Server().Ask("CREATE SCHEMA flux; CREATE TABLE flux.theirs (x int)");
  const auto refused = TryOpen("one");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another program"), std::string::npos) << refused.error().message;
}

TEST_F(PostgresStoreTest, ADatabaseOfAnotherEncodingIsRefused) {
  Server().Ask("CREATE DATABASE latin OWNER flux ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  options_.text = Server().url("latin");
  const auto refused = TryOpen("one");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("UTF8"), std::string::npos) << refused.error().message;
}

TEST_F(PostgresStoreTest, ReplicasThatStartTogetherMakeTheTablesOnce) {
  std::vector<std::future<std::string>> opened;
  for (int i = 0; i < 4; ++i) {
    opened.push_back(std::async(std::launch::async, [this, i] {
      StoreOptions options = options_;
      options.instance = std::to_string(i);
      const auto store = OpenStore(loop_.context(), options, clock_);
      return store ? store.value()->Problem() : store.error().message;
    }));
  }
  for (auto& one : opened) EXPECT_EQ(one.get(), "");
  EXPECT_EQ(Server().Ask("SELECT count(*) FROM flux.schema_version"), "1");
}

TEST_F(PostgresStoreTest, WhatTheDocumentTellsOperatorsToRunWorks) {
  const auto store = Open("one");
  Must(store->Begin(MakeJob("1", "alice", "1")));
  Must(store->MarkSent("1", 0));
  Must(store->Finish("1", 0, Succeeded()));
  Must(store->Begin(MakeJob("2", "alice", "2")));
  const auto queries = Documented({"sql", "postgresql"});
  EXPECT_EQ(queries.size(), 12u);
  for (const std::string& query : queries) Server().Ask("SET search_path = flux; " + query);
  EXPECT_FALSE(Must(store->Get("1")));
  EXPECT_TRUE(Must(store->Get("2")));
  EXPECT_EQ(Server().Ask("SELECT count(*) FROM flux.results"), "0");
}

TEST_F(PostgresStoreTest, TablesOfVersion3GetTheBill) {
  auto store = Open("one");
  Must(store->Begin(MakeJob("old", "alice", "key")));
  Outcome outcome = Succeeded();
  outcome.fal_request_id = "fal-old";
  Must(store->Finish("old", 0, outcome));
  store.reset();
  Server().Ask(
      "DROP TABLE flux.bill CASCADE; DROP TABLE flux.bill_days, flux.bill_turn CASCADE; "
      "DROP VIEW flux.purchases_bought; DROP INDEX flux.purchases_by_end; "
      "DROP FUNCTION flux.bill_new, flux.take_in_job, flux.take_in_bought, flux.note_bought, "
      "flux.take_bill_turn, "
      "flux.keep_charges, flux.expire_bill, flux.bill_job_goes, flux.bill_purchase_anew CASCADE; "
      "UPDATE flux.schema_version SET version = 3");
  store = Open("two");
  const BillTurn turn = Must(store->bill().TakeTurn(1min)).value();
  Must(store->bill().KeepCharges(turn.claim, 1min, {{"fal-old", "fal-ai/flux/dev", turn.since - 1s, 7}}));
  Must(store->bill().EndTurn(turn.claim, {.fetched_until = turn.since}));
  const BillView view = Must(store->bill().View({.caller = "alice", .first_day = "1970-01-01"}));
  ASSERT_EQ(view.days.size(), 1u);
  EXPECT_EQ(view.days[0].charged_nano_usd, 7);
  EXPECT_EQ(Server().Ask("SELECT version FROM flux.schema_version"), "4");
}

TEST_F(PostgresStoreTest, OneReplicaAtATimeAsksForTheBill) {
  const auto one = Open("one");
  const auto two = Open("two");
  const BillTurn turn = Must(one->bill().TakeTurn(1min)).value();
  EXPECT_FALSE(Must(two->bill().TakeTurn(1min)));
  Must(two->bill().NoteBought({{"fal-1", "a/b", "alice", "m", Billed::kYes, 5, 4}}));
  Must(one->bill().KeepCharges(turn.claim, 1min, {{"fal-1", "a/b", turn.since, 4}}));
  Must(one->bill().EndTurn(turn.claim, {.fetched_until = turn.since + 1h}));
  EXPECT_EQ(
      Must(two->bill().View({.caller = "alice", .first_day = "2000-01-01"})).days.at(0).charged_nano_usd, 4);
  EXPECT_TRUE(Must(two->bill().TakeTurn(1min)));
  EXPECT_FALSE(Must(one->bill().KeepCharges(turn.claim, 1min, {})));
}

TEST_F(PostgresStoreTest, TakesOverWhatAnSqliteFileHolds) {
  TemporaryFolder folder;
  const StoreOptions postgres = options_;
  options_.text = "sqlite:" + folder.path() + "/flux.db";
  auto store = Open("sqlite");
  NewJob odd = MakeJob("odd", "ali\\ce\t", "a\nb\r'\"\xf0\x9f\x8e\xa8\\N", 2);
  Must(store->Begin(odd));
  Must(store->MarkSent("odd", 0));
  Must(store->MarkAccepted("odd", 0, {"fal-1", "s", "r", "c"}));
  Must(store->Finish("odd", 0, Succeeded(std::string("\0\n\\\xff", 4))));
  Must(store->Begin(MakeJob("unknown", "bob", "")));
  Must(store->Finish("unknown", 0, Unknown()));
  const StoredJob before = Must(store->Get("odd")).value();
  const BillTurn turn = Must(store->bill().TakeTurn(1min)).value();
  Must(store->bill().NoteBought({{"fal-2", "a/b", "ali\\ce", "m", Billed::kYes, 5, 4}}));
  Must(store->bill().KeepCharges(turn.claim, 1min,
                                 {{"fal-2", "a/b", turn.since, 3}, {"fal-3", "a/b", turn.since, 9}}));
  clock_.Advance(1s);
  Must(store->bill().EndTurn(turn.claim, {.fetched_until = turn.since + 1h}));
  const BillView bill = Must(store->bill().View({.first_day = "1970-01-01"}));
  store.reset();

  options_ = postgres;
  Open("makes the tables").reset();
  const std::string command = "PGPASSWORD=" + Server().password() + " scripts/store-to-postgres " +
                              folder.path() + "/flux.db '" + Server().url() + "' >/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_NE(std::system((command + " 2>&1").c_str()), 0) << "there are records already";
  store = Open("one");
  const StoredJob after = Must(store->Get("odd")).value();
  EXPECT_EQ(after.caller, before.caller);
  EXPECT_EQ(after.key, before.key);
  EXPECT_EQ(after.plan, before.plan);
  EXPECT_EQ(after.created_at, before.created_at);
  EXPECT_EQ(after.expires_at, before.expires_at);
  EXPECT_EQ(after.purchases.at(0).result, before.purchases.at(0).result);
  EXPECT_EQ(after.purchases.at(0).ticket.request_id, "fal-1");
  EXPECT_EQ(after.purchases.at(0).ended_at, before.purchases.at(0).ended_at);
  EXPECT_EQ(after.purchases.at(1).state, PurchaseState::kReserved);
  EXPECT_EQ(Must(store->Find(odd.caller, odd.key))->id, "odd");
  const BillView moved = Must(store->bill().View({.first_day = "1970-01-01"}));
  ASSERT_EQ(moved.days.size(), bill.days.size());
  for (std::size_t i = 0; i < bill.days.size(); ++i) {
    EXPECT_EQ(moved.days[i].caller, bill.days[i].caller);
    EXPECT_EQ(moved.days[i].settled_nano_usd, bill.days[i].settled_nano_usd);
    EXPECT_EQ(moved.days[i].charged_nano_usd, bill.days[i].charged_nano_usd);
  }
  ASSERT_EQ(moved.findings.size(), bill.findings.size());
  const auto stranger = [](const BillView& view) {
    return std::ranges::count(view.findings, "fal-3", &Finding::fal_request_id);
  };
  EXPECT_EQ(stranger(bill), 1);
  EXPECT_EQ(stranger(moved), 1);
  EXPECT_EQ(Must(store->ClaimDue(10)).size(), 2u) << "what was under way goes on";
  EXPECT_EQ(Must(store->Begin(MakeJob("new", "carol", ""))).kind, Kind::kNew);
}

TEST_F(PostgresStoreTest, DiesQuietlyWithVerbsOnTheirWay) {
  auto store = Open("one");
  auto asked = std::make_unique<fakes::Spawned<Result<Begun>>>(loop_, store->Begin(MakeJob("j1", "a", "k")));
  EXPECT_TRUE(asked->Get());
  store.reset();
}

}  // namespace
}  // namespace flux::service

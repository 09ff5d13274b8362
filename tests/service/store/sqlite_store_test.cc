// The SQLite file: what it survives, and what is refused.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "service/store/sqlite_database.h"
#include "tests/service/store/documented.h"
#include "tests/service/store/store_fixture.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Kind = Begun::Kind;

// store_victim, and what it writes.
class Victim {
 public:
  Victim(const std::string& what, const std::string& path, bool as_nobody = false) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    output_ = fdopen(ends[0], "r");
    std::vector<std::string> command{fs::read_symlink("/proc/self/exe").parent_path() / "store_victim", what,
                                     path};
    if (as_nobody && getuid() == 0) {
      const std::vector<std::string> prefix{"/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                                            "--clear-groups", "--"};
      command.insert(command.begin(), prefix.begin(), prefix.end());
    }
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) std::abort();
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
  }
  ~Victim() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::fclose(output_);
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  // The next line; empty: there is none.
  std::string Line() {
    char line[1024];
    if (std::fgets(line, sizeof line, output_) == nullptr) return {};
    return std::string(line, std::string_view(line).find('\n'));
  }
  void Kill() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
};

class SqliteStoreTest : public OnALoop, public testing::Test {
 protected:
  SqliteStoreTest() { options_.text = "sqlite:" + path_; }

  Result<std::unique_ptr<Store>> TryOpen() {
    options_.instance = "process" + std::to_string(++opened_);
    return OpenStore(loop_.context(), options_, clock_);
  }
  std::unique_ptr<Store> Open() {
    auto store = TryOpen();
    if (!store) Die(store.error().message);
    return *std::move(store);
  }
  std::string Refusal() {
    auto store = TryOpen();
    return store ? "it opens" : store.error().message;
  }
  std::vector<std::string> Aside() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename();
      if (name.find(".corrupt-") != std::string::npos && !name.ends_with("-wal")) names.push_back(name);
    }
    return names;
  }
  // A purchase whose picture has `bytes`.
  void BuyOne(Store& store, const std::string& id, std::size_t bytes, bool delivered) {
    Must(store.Begin(MakeJob(id, "alice", id)));
    Must(store.Finish(id, 0, Succeeded(std::string(bytes, 'x'))));
    if (delivered) Must(store.MarkDelivered(id));
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/flux.db";
  StoreOptions options_;
  int opened_ = 0;
};

TEST_F(SqliteStoreTest, RemembersWhenItIsOpenedAgain) {
  auto store = Open();
  BuyOne(*store, "done", 10, false);
  Must(store->Begin(MakeJob("driven", "alice", "key")));
  Must(store->MarkSent("driven", 0));
  Must(store->Begin(MakeJob("unknown", "alice", "other")));
  Must(store->Finish("unknown", 0, Unknown(1h)));
  store.reset();
  store = Open();
  EXPECT_EQ(Must(store->Get("done"))->purchases.at(0).result, "xxxxxxxxxx");
  EXPECT_EQ(Must(store->ClaimDue(10)).size(), 2u) << "all that is not over is due at once";
  EXPECT_EQ(Must(store->Get("driven"))->purchases.at(0).state, PurchaseState::kSent);
  EXPECT_EQ(Must(store->Budgets({{"alice", BudgetPeriod::kDay, 0}})).at(0).spent_nano_usd, kPrice);
}

TEST_F(SqliteStoreTest, WhatWasAnsweredSurvivesAKill) {
  for (const int lines : {1, 2, 3, 4, 150}) {
    std::map<std::string, std::string> said;
    Victim victim("buy", path_);
    for (int i = 0; i < lines; ++i) {
      const std::string line = victim.Line();
      ASSERT_NE(line, "");
      said[line.substr(line.find(' ') + 1)] = line.substr(0, line.find(' '));
    }
    victim.Kill();
    for (std::string line = victim.Line(); !line.empty(); line = victim.Line()) {
      said[line.substr(line.find(' ') + 1)] = line.substr(0, line.find(' '));
    }
    auto store = Open();
    for (const auto& [id, state] : said) {
      const auto job = Must(store->Get(id));
      ASSERT_TRUE(job) << id;
      EXPECT_GE(job->purchases.at(0).state, FindPurchaseState(state)) << id;
      if (state == "SUCCEEDED") {
        EXPECT_EQ(job->purchases.at(0).result, id);
      }
    }
    EXPECT_LE(Must(store->ClaimDue(10)).size(), 1u) << "one was on its way at most";
    for (const StoredJob& job : Must(store->List({.caller = "alice", .limit = 2}))) {
      if (!IsOver(job.purchases.at(0).state)) Must(store->Finish(job.id, 0, Failed()));
    }
  }
}

TEST_F(SqliteStoreTest, IsOneProcessAlone) {
  Victim victim("buy", path_);
  ASSERT_NE(victim.Line(), "");
  EXPECT_NE(Refusal().find("in use by another flux-service"), std::string::npos);
  fs::create_symlink(path_, folder_.path() + "/other.db");
  options_.text = "sqlite:" + folder_.path() + "/other.db";
  EXPECT_NE(Refusal().find("in use by another flux-service"), std::string::npos) << "by another name, too";
  victim.Kill();
  EXPECT_TRUE(TryOpen());
}

TEST_F(SqliteStoreTest, AnotherKindOfFileIsRefusedAndLeftAlone) {
  const std::string text =
      "notes, not a database, and longer than a header of SQLite would be, which has "
      "one hundred bytes; so this one has some more";
  std::ofstream(path_) << text;
  EXPECT_NE(Refusal().find("no SQLite file"), std::string::npos) << Refusal();
  options_.begin_anew = true;
  EXPECT_NE(Refusal().find("no SQLite file"), std::string::npos) << Refusal();
  std::ifstream file(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  SqliteDatabase(path_).Execute("CREATE TABLE theirs (x)");
  EXPECT_NE(Refusal().find("another program's"), std::string::npos) << Refusal();
  SqliteDatabase theirs(path_);
  EXPECT_EQ(theirs.Number("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(SqliteStoreTest, AFileOfANewerVersionIsRefused) {
  Open().reset();
  SqliteDatabase(path_).Execute("PRAGMA user_version = 99");
  EXPECT_NE(Refusal().find("newer flux-service"), std::string::npos) << Refusal();
}

TEST_F(SqliteStoreTest, ADamagedFileIsSetAsideAndRefused) {
  options_.sync = StoreSync::kNormal;
  auto store = Open();
  for (int i = 0; i < 50; ++i) BuyOne(*store, std::to_string(i), 5000, true);
  store.reset();
  const auto size = fs::file_size(path_);
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    const std::string garbage(size - 4096 - size / 2, '\x5a');
    file << garbage;
  }
  const std::string refusal = Refusal();
  EXPECT_NE(refusal.find("is damaged"), std::string::npos) << refusal;
  ASSERT_EQ(Aside().size(), 1u) << refusal;
  EXPECT_NE(refusal.find(Aside()[0]), std::string::npos) << refusal;
  Refusal();
  EXPECT_EQ(Aside().size(), 1u) << "it is copied once";
  options_.begin_anew = true;
  store = Open();
  EXPECT_FALSE(Must(store->Get("1")));
  BuyOne(*store, "1", 10, true);
  EXPECT_EQ(fs::file_size(folder_.path() + "/" + Aside().at(0)), size);
}

TEST_F(SqliteStoreTest, DamageThatIsMetLaterIsTold) {
  options_.sync = StoreSync::kNormal;
  auto store = Open();
  for (int i = 0; i < 300; ++i) BuyOne(*store, std::to_string(i), 20'000, true);  // more than SQLite caches
  Must(store->Totals());
  {
    std::fstream wal(path_ + "-wal", std::ios::in | std::ios::out | std::ios::binary);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    for (auto* part : {&file, &wal}) {
      part->seekp(4096);
      *part << std::string(4 << 20, '\x5a');
    }
  }
  bool failed = false;
  for (int i = 0; i < 300 && !failed; ++i) failed = !Do(store->Get(std::to_string(i)));
  EXPECT_TRUE(failed);
  EXPECT_NE(store->Problem(), "");
}

TEST_F(SqliteStoreTest, APlaceThatCannotBeWrittenIsTold) {
  options_.text = "sqlite:/nowhere/flux.db";
  EXPECT_NE(Refusal().find("/nowhere/flux.db.lock cannot be made: No such file"), std::string::npos)
      << Refusal();
  fs::create_directory(folder_.path() + "/folder");
  options_.text = "sqlite:" + folder_.path() + "/folder";
  EXPECT_NE(Refusal().find("cannot be opened for writing"), std::string::npos) << Refusal();

  fs::permissions(folder_.path(), fs::perms(0755));
  EXPECT_NE(Victim("open", path_, true).Line().find("cannot be made: Permission denied"), std::string::npos);
  options_.text = "sqlite:" + path_;
  Open().reset();
  fs::permissions(folder_.path(), fs::perms(0777));
  fs::permissions(path_, fs::perms(0444));
  fs::permissions(path_ + ".lock", fs::perms(0666));
  EXPECT_NE(Victim("open", path_, true).Line().find("cannot be opened for writing: Permission denied"),
            std::string::npos);
}

TEST_F(SqliteStoreTest, IsItsOwnersAlone) {
  Open().reset();
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0600));
}

TEST_F(SqliteStoreTest, AFullDiskIsToldAndMended) {
  Victim victim("full", path_);
  const std::string refusal = victim.Line();
  EXPECT_NE(refusal.find("flux.db cannot "), std::string::npos) << refusal;
  EXPECT_EQ(victim.Line(), refusal) << "the problem";
  EXPECT_EQ(victim.Line(), "") << "there is room again";
  EXPECT_EQ(victim.Line(), "") << "no problem";
}

TEST_F(SqliteStoreTest, AClockThatGoesBackDelaysNothing) {
  auto store = Open();
  Must(store->Begin(MakeJob("j1", "alice", "key")));
  Must(store->Finish("j1", 0, Unknown(1min)));
  EXPECT_TRUE(Must(store->ClaimDue(10)).empty());
  clock_.Advance(-1h);
  EXPECT_EQ(Must(store->ClaimDue(10)).size(), 1u);
  Must(store->Begin(MakeJob("j2", "alice", "later")));
  const auto newest = Must(store->List({.caller = "alice", .limit = 1}));
  EXPECT_EQ(newest.at(0).id, "j2") << "the order is the one of beginning";
}

TEST_F(SqliteStoreTest, AClockThatGoesOnMakesThingsDue) {
  auto store = Open();
  Must(store->Begin(MakeJob("j1", "alice", "key")));
  Must(store->Postpone("j1", 1min));
  clock_.Advance(59s);
  EXPECT_TRUE(Must(store->ClaimDue(10)).empty());
  clock_.Advance(1s);
  EXPECT_EQ(Must(store->ClaimDue(10)).size(), 1u);
  Must(store->Finish("j1", 0, Succeeded()));
  EXPECT_EQ(Must(store->Expire(10)), 0u);
  clock_.Advance(24h - 1s);
  EXPECT_EQ(Must(store->Expire(10)), 0u);
  clock_.Advance(1s);
  EXPECT_EQ(Must(store->Expire(10)), 1u);
}

TEST_F(SqliteStoreTest, BudgetsBeginAnewAtMidnight) {
  auto store = Open();
  const auto left = [&](BudgetPeriod period) {
    return Must(store->Budgets({{"alice", period, kPrice}})).at(0).Left();
  };
  Must(store->Begin(MakeJob("j1", "alice", "key")));
  EXPECT_EQ(left(BudgetPeriod::kDay), 0);
  clock_.Advance(Must(store->Budgets({{"alice", BudgetPeriod::kDay, 0}})).at(0).resets_at - clock_.WallNow());
  EXPECT_EQ(left(BudgetPeriod::kDay), kPrice);
  EXPECT_EQ(left(BudgetPeriod::kMonth), 0);
  Must(store->Finish("j1", 0, Succeeded()));
  EXPECT_EQ(left(BudgetPeriod::kDay), kPrice) << "it counts for the day on which it was begun";
  clock_.Advance(Must(store->Budgets({{"alice", BudgetPeriod::kMonth, 0}})).at(0).resets_at -
                 clock_.WallNow());
  EXPECT_EQ(left(BudgetPeriod::kMonth), kPrice);
  clock_.Advance(24h * 440);
  Must(store->Expire(10));
  EXPECT_TRUE(Must(store->Usage("alice", "1970-01-01")).empty()) << "after more than a year";
}

TEST_F(SqliteStoreTest, OverItsBoundItForgetsPicturesThatWereDelivered) {
  options_.sync = StoreSync::kNormal;
  options_.max_bytes = 4 << 20;
  auto store = Open();
  for (int i = 0; i < 200; ++i) BuyOne(*store, std::to_string(i), 100'000, true);
  EXPECT_LT(fs::file_size(path_), 5u << 20);
  const auto first = Must(store->Get("0"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->purchases.at(0).state, PurchaseState::kSucceeded);
  EXPECT_EQ(first->purchases.at(0).result, "") << "the record stays, its picture is gone";
  EXPECT_EQ(Must(store->Get("199"))->purchases.at(0).result.size(), 100'000u);
  EXPECT_EQ(store->Problem(), "");
}

TEST_F(SqliteStoreTest, OverItsBoundItRefusesWhatItCouldNotKeep) {
  options_.sync = StoreSync::kNormal;
  options_.max_bytes = 4 << 20;
  auto store = Open();
  std::string refusal;
  int kept = 0;
  for (; kept < 200 && refusal.empty(); ++kept) {
    const std::string id = std::to_string(kept);
    const auto begun = Do(store->Begin(MakeJob(id, "alice", id)));
    if (!begun) refusal = begun.error().message;
    if (begun) Must(store->Finish(id, 0, Succeeded(std::string(100'000, 'x'))));
  }
  EXPECT_NE(refusal.find("the store is full"), std::string::npos) << refusal;
  EXPECT_NE(store->Problem().find("the store is full"), std::string::npos);
  NewJob sent = MakeJob("sent", "alice", "");
  sent.state = PurchaseState::kUnknown;
  EXPECT_EQ(Must(store->Begin(sent)).kind, Kind::kNew) << "what was sent is recorded all the same";
  for (int i = 0; i < kept - 1; ++i) Must(store->MarkDelivered(std::to_string(i)));
  EXPECT_EQ(Must(store->Begin(MakeJob("again", "alice", "again"))).kind, Kind::kNew);
  EXPECT_EQ(store->Problem(), "");
}

TEST_F(SqliteStoreTest, GivesBackToTheDiskWhatItDoesNotNeed) {
  options_.sync = StoreSync::kNormal;
  auto store = Open();
  for (int i = 0; i < 60; ++i) BuyOne(*store, std::to_string(i), 100'000, false);
  clock_.Advance(25h);
  while (Must(store->Expire(20)) > 0) {
  }
  for (int i = 0; i < 10; ++i) Must(store->Expire(20));
  store.reset();
  EXPECT_LT(fs::file_size(path_), 3u << 20);
}

TEST_F(SqliteStoreTest, WhatTheDocumentTellsOperatorsToRunWorks) {
  auto store = Open();
  BuyOne(*store, "1", 10, false);
  Must(store->Begin(MakeJob("2", "alice", "going-on")));
  Must(store->Begin(MakeJob("3", "bob", "")));
  Must(store->Finish("3", 0, Unknown()));
  store.reset();
  const auto queries = Documented({"sql", "sqlite"});
  EXPECT_EQ(queries.size(), 13u);
  {
    SqliteDatabase database(path_);
    for (const std::string& query : queries) database.Execute(query);
  }
  store = Open();
  const auto left = Must(store->List({.caller = "alice"}));
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, "2");
  EXPECT_TRUE(Must(store->Get("3")));
  store.reset();
  EXPECT_EQ(SqliteDatabase(path_).Number("SELECT count(*) FROM results"), 0);
}

TEST_F(SqliteStoreTest, AFileOfVersion3GetsTheBill) {
  auto store = Open();
  Must(store->Begin(MakeJob("old", "alice", "key")));
  Outcome outcome = Succeeded();
  outcome.fal_request_id = "fal-old";
  Must(store->Finish("old", 0, outcome));
  store.reset();
  SqliteDatabase(path_).Execute(
      "DROP TRIGGER bill_before_job_goes; DROP TRIGGER bill_before_purchase_is_anew; DROP VIEW "
      "purchases_bought; "
      "DROP INDEX purchases_by_end; DROP TABLE bill; DROP TABLE bill_days; DROP TABLE bill_turn; "
      "PRAGMA user_version = 3");
  store = Open();
  EXPECT_EQ(Must(store->Get("old"))->purchases.at(0).result, "picture");
  const BillTurn turn = Must(store->bill().TakeTurn(1min)).value();
  Must(store->bill().KeepCharges(turn.claim, 1min, {{"fal-old", "fal-ai/flux/dev", turn.since - 1s, 7}}));
  Must(store->bill().EndTurn(turn.claim, {.fetched_until = turn.since}));
  const BillView view = Must(store->bill().View({.caller = "alice", .first_day = "1970-01-01"}));
  ASSERT_EQ(view.days.size(), 1u);
  EXPECT_EQ(view.days[0].charged_nano_usd, 7);
  store.reset();
  EXPECT_EQ(SqliteDatabase(path_).Number("PRAGMA user_version"), 4);
}

TEST_F(SqliteStoreTest, ATurnThatAProcessLeftIsTheNextOnes) {
  auto store = Open();
  ASSERT_TRUE(Must(store->bill().TakeTurn(1h)));
  EXPECT_FALSE(Must(store->bill().TakeTurn(1h)));
  store.reset();
  store = Open();
  EXPECT_TRUE(Must(store->bill().TakeTurn(1h)));
}

TEST_F(SqliteStoreTest, TheBillIsForgottenAfterAWeekAndItsSumsAreNot) {
  auto store = Open();
  const BillTurn turn = Must(store->bill().TakeTurn(1h)).value();
  Must(store->bill().NoteBought({{"fal-1", "fal-ai/flux/dev", "alice", "m", Billed::kYes, 5, 5}}));
  clock_.Advance(24h * 8);
  Must(store->Expire(10));
  const auto rows = [&] {
    const BillView view = Must(store->bill().View({.caller = "alice", .first_day = "1970-01-01"}));
    return std::pair(view.days.size(), view.findings.size());
  };
  EXPECT_EQ(rows(), std::pair(std::size_t{1}, std::size_t{0})) << "fal was not asked yet";
  Must(store->bill().EndTurn(turn.claim, {.fetched_until = clock_.WallNow()}));
  EXPECT_EQ(rows(), std::pair(std::size_t{1}, std::size_t{1}));
  Must(store->Expire(10));
  EXPECT_EQ(rows(), std::pair(std::size_t{1}, std::size_t{0}));
  clock_.Advance(24h * 440);
  Must(store->Expire(10));
  EXPECT_EQ(rows(), std::pair(std::size_t{0}, std::size_t{0}));
}

TEST_F(SqliteStoreTest, AtItsBoundTheBillMakesRoomForPurchases) {
  options_.sync = StoreSync::kNormal;
  options_.max_bytes = 2 << 20;
  auto store = Open();
  Must(store->bill().TakeTurn(1h));
  for (int i = 0; i < 40; ++i) {
    std::vector<Bought> bought;
    for (int j = 0; j < 250; ++j) {
      bought.push_back({std::to_string(i) + "-" + std::to_string(j) + std::string(60, 'x'), "fal-ai/flux/dev",
                        "alice", "text-to-image/dev", Billed::kYes, 5, 5});
    }
    Must(store->bill().NoteBought(std::move(bought)));
  }
  EXPECT_EQ(Must(store->Begin(MakeJob("j1", "alice", "key"))).kind, Kind::kNew);
  EXPECT_EQ(store->Problem(), "");
}

TEST_F(SqliteStoreTest, OneVerbThatFailsLosesNoOther) {
  auto store = Open();
  Must(store->Begin(MakeJob("taken", "bob", "key")));
  std::vector<std::unique_ptr<fakes::Spawned<Result<Begun>>>> asked;
  for (int i = 0; i < 50; ++i) {
    // The id of another caller's job cannot be recorded.
    const std::string id = i == 25 ? "taken" : std::to_string(i);
    asked.push_back(std::make_unique<fakes::Spawned<Result<Begun>>>(
        loop_, store->Begin(MakeJob(id, "alice", "key" + std::to_string(i)))));
  }
  for (int i = 0; i < 50; ++i) {
    const auto begun = asked[static_cast<std::size_t>(i)]->Get();
    EXPECT_EQ(begun.has_value(), i != 25);
  }
  EXPECT_EQ(Must(store->Get("taken"))->caller, "bob");
  EXPECT_EQ(Must(store->List({.caller = "alice", .limit = 100})).size(), 49u);
}

}  // namespace
}  // namespace flux::service

// What is measured of a store: each verb's time under its name, failures, and commits.
#include "service/store/measured_store.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/event_loop.h"
#include "service/store/open_store.h"
#include "tests/fakes/on_loop.h"

namespace flux::service {
namespace {

// A store that has forgotten everything and takes nothing, but for what is overridden.
class Away final : public Store, private BillRecords {
 public:
  asio::awaitable<Result<Begun>> Begin(NewJob) override {
    co_return Status(Reason::kStoreUnavailable, "away");
  }
  asio::awaitable<Result<bool>> MarkSent(std::string, std::uint32_t) override { co_return false; }
  asio::awaitable<Result<bool>> MarkAccepted(std::string, std::uint32_t, FalTicket) override {
    co_return false;
  }
  asio::awaitable<Result<bool>> Finish(std::string, std::uint32_t, Outcome) override { co_return false; }
  asio::awaitable<Result<std::string>> Input(std::string, std::uint32_t) override { co_return ""; }
  asio::awaitable<Result<bool>> Cancel(std::string, std::string) override { co_return false; }
  asio::awaitable<Result<bool>> Postpone(std::string, std::chrono::milliseconds) override { co_return false; }
  asio::awaitable<Result<bool>> MarkDelivered(std::string) override { co_return false; }
  asio::awaitable<Result<std::vector<StoredJob>>> ClaimDue(std::uint32_t) override {
    co_return std::vector<StoredJob>();
  }
  asio::awaitable<Result<std::uint32_t>> Renew() override { co_return Status(Reason::kCancelled); }
  asio::awaitable<Result<std::optional<StoredJob>>> Get(std::string) override { co_return std::nullopt; }
  asio::awaitable<Result<std::optional<StoredJob>>> Find(std::string, std::string) override {
    co_return std::nullopt;
  }
  asio::awaitable<Result<std::optional<StoredJob>>> FindLike(std::string, std::string, WallTime) override {
    co_return std::nullopt;
  }
  asio::awaitable<Result<std::vector<StoredJob>>> List(JobQuery) override {
    co_return std::vector<StoredJob>();
  }
  asio::awaitable<Result<std::optional<StoredJob>>> FindByFal(std::string) override {
    co_return std::nullopt;
  }
  asio::awaitable<Result<bool>> Nudge(std::string) override { co_return false; }
  asio::awaitable<Result<std::vector<DueWebhook>>> ClaimWebhooks(std::uint32_t, std::vector<std::string>,
                                                                 std::chrono::milliseconds) override {
    co_return std::vector<DueWebhook>();
  }
  asio::awaitable<Result<bool>> NoteWebhook(std::string, std::string, WebhookNote) override {
    co_return false;
  }
  asio::awaitable<Result<bool>> Redeliver(std::string) override { co_return false; }
  asio::awaitable<Result<std::vector<BudgetState>>> Budgets(std::vector<BudgetLine>) override {
    co_return std::vector<BudgetState>();
  }
  asio::awaitable<Result<std::vector<Spending>>> Usage(std::string, std::string) override {
    co_return std::vector<Spending>();
  }
  asio::awaitable<Result<StoreTotals>> Totals() override { co_return StoreTotals(); }
  asio::awaitable<Result<std::uint64_t>> Expire(std::uint32_t) override { co_return 0; }
  BillRecords& bill() override { return *this; }
  void OnChange(std::function<void(const std::string&)>) override {}
  std::string Problem() const override { return "away"; }
  std::uint64_t Commits() const override { return 7; }

 private:
  asio::awaitable<Result<std::optional<BillTurn>>> TakeTurn(std::chrono::milliseconds) override {
    co_return std::nullopt;
  }
  asio::awaitable<Result<bool>> NoteBought(std::vector<Bought>) override { co_return false; }
  asio::awaitable<Result<std::optional<KeptCharges>>> KeepCharges(std::string, std::chrono::milliseconds,
                                                                  std::vector<Charge>) override {
    co_return std::nullopt;
  }
  asio::awaitable<Result<std::vector<Finding>>> EndTurn(std::string, BillNote) override {
    co_return std::vector<Finding>();
  }
  asio::awaitable<Result<BillView>> View(BillQuery) override { co_return BillView(); }
};

class MeasuredStoreTest : public testing::Test {
 protected:
  ~MeasuredStoreTest() override { loop_.Stop(); }
  std::string Metrics() { return prometheus::TextSerializer().Serialize(registry_.Collect()); }
  bool Has(const std::string& line) {
    return ("\n" + Metrics()).find("\n" + line + "\n") != std::string::npos;
  }

  EventLoop loop_{"test"};
  prometheus::Registry registry_;
};

TEST_F(MeasuredStoreTest, EachVerbIsTimedUnderItsNameAndItsFailuresAreCounted) {
  MeasuredStore store(std::make_unique<Away>(), registry_);
  EXPECT_FALSE(fakes::Spawned<Result<Begun>>(loop_, store.Begin({})).Get());
  EXPECT_TRUE(fakes::Spawned<Result<bool>>(loop_, store.MarkSent("j", 0)).Get());
  EXPECT_FALSE(fakes::Spawned<Result<std::uint32_t>>(loop_, store.Renew()).Get());
  EXPECT_TRUE(Has("flux_store_verb_duration_seconds_count{verb=\"begin\"} 1")) << Metrics();
  EXPECT_TRUE(Has("flux_store_errors_total{verb=\"begin\"} 1"));
  EXPECT_TRUE(Has("flux_store_verb_duration_seconds_count{verb=\"mark_sent\"} 1"));
  EXPECT_TRUE(Has("flux_store_errors_total{verb=\"mark_sent\"} 0"));
  EXPECT_TRUE(Has("flux_store_verb_duration_seconds_count{verb=\"renew\"} 0")) << "it was given up";
  EXPECT_TRUE(Has("flux_store_errors_total{verb=\"renew\"} 0"));
  EXPECT_TRUE(Has("flux_store_commits_total 7"));
  EXPECT_EQ(store.Problem(), "away");
}

TEST_F(MeasuredStoreTest, CommitsAreThoseThatChangedSomething) {
  const SystemClock clock;
  StoreOptions options;
  options.text = "memory";
  options.instance = "one";
  Result<std::unique_ptr<Store>> memory = OpenStore(loop_.context(), options, clock);
  ASSERT_TRUE(memory);
  MeasuredStore store(*std::move(memory), registry_);
  const std::uint64_t before = store.Commits();
  NewJob job{.id = "j1",
             .caller = "ada",
             .key = "k",
             .fingerprint = "f",
             .request_id = {},
             .model = {},
             .endpoint = {},
             .plan = "{}",
             .purchases = {{1, "h"}},
             .accounts = {"total"},
             .limits = {}};
  EXPECT_TRUE(fakes::Spawned<Result<Begun>>(loop_, store.Begin(std::move(job))).Get());
  EXPECT_EQ(store.Commits(), before + 1);
  EXPECT_TRUE(fakes::Spawned<Result<std::optional<StoredJob>>>(loop_, store.Get("j1")).Get());
  EXPECT_EQ(store.Commits(), before + 1);
}

}  // namespace
}  // namespace flux::service

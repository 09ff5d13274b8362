// The keeper against a scripted bill: it keeps, tells once, and takes whatever fal answers.
#include "service/bill/bill_keeper.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <deque>
#include <mutex>
#include <thread>

#include "base/event_loop.h"
#include "service/store/open_store.h"
#include "tests/fakes/on_loop.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// Answers with what was prepared; the last one again and again.
class ScriptedBilling final : public fal::FalBilling {
 public:
  void Say(std::vector<Result<fal::BillingPage>> pages) {
    const std::lock_guard lock(mutex_);
    pages_.assign(pages.begin(), pages.end());
  }
  void SayCredits(Result<std::int64_t> credits) {
    const std::lock_guard lock(mutex_);
    credits_ = std::move(credits);
  }
  std::vector<fal::BillingQuery> Asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  asio::awaitable<Result<fal::BillingPage>> Events(fal::BillingQuery query, SteadyTime) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(query));
    Result<fal::BillingPage> page = pages_.front();
    if (pages_.size() > 1) pages_.pop_front();
    co_return page;
  }
  asio::awaitable<Result<std::int64_t>> Credits(SteadyTime) override {
    const std::lock_guard lock(mutex_);
    co_return credits_;
  }

 private:
  std::mutex mutex_;
  std::deque<Result<fal::BillingPage>> pages_{fal::BillingPage{}};
  Result<std::int64_t> credits_ = std::int64_t{1'000'000'000};
  std::vector<fal::BillingQuery> asked_;
};

class BillKeeperTest : public testing::Test {
 protected:
  BillKeeperTest() {
    StoreOptions options;
    options.text = "memory";
    options.instance = "one";
    store_ = *OpenStore(loop_.context(), options, clock_);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    log_out_ = ends[0];
    log_in_ = ends[1];
    log_ = std::make_unique<Log>(LogLevel::kInfo, LogBounds{}, log_in_);
  }
  ~BillKeeperTest() override {
    loop_.Stop();
    log_.reset();
    close(log_in_);
    close(log_out_);
  }

  void Start(BillOptions options = {.every = 20ms, .lag = 100ms}) {
    keeper_.emplace(BillParts{loop_.executor(), store_->bill(), billing_, notes_, metrics_, *log_, clock_},
                    options);
    keeper_->Start();
  }
  void Note(Bought bought) {
    asio::post(loop_.context(), [this, bought = std::move(bought)] { notes_.Note(bought); });
  }
  static Bought One(const std::string& id, Billed billed = Billed::kYes) {
    return {id,
            "fal-ai/flux/dev",
            "ada",
            "text-to-image/dev",
            billed,
            25'000'000,
            billed == Billed::kNo ? 0 : 25'000'000};
  }
  fal::BillingEvent Event(const std::string& id, std::int64_t nano_usd) const {
    return {id, "fal-ai/flux/dev", clock_.WallNow(), nano_usd};
  }
  std::string Metrics() { return prometheus::TextSerializer().Serialize(registry_.Collect()); }
  bool Comes(const std::string& line) {
    return Until([&] { return ("\n" + Metrics()).find("\n" + line + "\n") != std::string::npos; });
  }
  template <typename Done>
  static bool Until(Done done) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  const std::string& Logged() {
    char bytes[4096];
    for (ssize_t got = read(log_out_, bytes, sizeof bytes); got > 0;
         got = read(log_out_, bytes, sizeof bytes)) {
      logged_.append(bytes, static_cast<std::size_t>(got));
    }
    return logged_;
  }
  bool LogHas(const std::string& text) {
    return Until([&] { return Logged().find(text) != std::string::npos; });
  }
  BillView View() {
    BillQuery query{.first_day = "2000-01-01", .lag = 100ms};
    return fakes::Spawned<Result<BillView>>(loop_, store_->bill().View(std::move(query))).Get().value();
  }

  SystemClock clock_;
  prometheus::Registry registry_;
  EventLoop loop_{"test"};
  std::unique_ptr<Store> store_;
  ScriptedBilling billing_;
  BoughtNotes notes_;
  BillMetrics metrics_{registry_};
  std::unique_ptr<Log> log_;
  int log_in_ = -1;
  int log_out_ = -1;
  std::string logged_;
  std::optional<BillKeeper> keeper_;
};

TEST_F(BillKeeperTest, KeepsPageAfterPageAndTellsEachFindingOnce) {
  Start();
  ASSERT_TRUE(Until([this] { return !billing_.Asked().empty(); }));
  Note(One("charged"));
  Note(One("uncharged"));
  Note(One("unexpected", Billed::kNo));
  fal::BillingPage first{{Event("charged", 20'000'000), Event("stranger", 7)}, 1, "next"};
  fal::BillingPage second{{Event("unexpected", 9)}, 0, ""};
  billing_.Say({first, second, first, second, first, second, first, second, fal::BillingPage{}});
  EXPECT_TRUE(Comes(R"(flux_bill_findings_total{kind="unexplained"} 1)")) << Metrics();
  EXPECT_TRUE(Comes(R"(flux_bill_findings_total{kind="unexpected"} 1)")) << Metrics();
  EXPECT_TRUE(Comes(R"(flux_bill_findings_total{kind="uncharged"} 1)")) << Metrics();
  EXPECT_TRUE(Comes(R"(flux_bill_events_total{outcome="new"} 3)")) << Metrics();
  EXPECT_TRUE(Comes(R"(flux_bill_recent_findings{kind="unexplained"} 1)")) << Metrics();
  EXPECT_TRUE(LogHas(R"("event":"bill_unexplained","fal_request_id":"stranger")")) << Logged();
  EXPECT_TRUE(LogHas(R"("charged_usd":"0.000000007")")) << Logged();
  EXPECT_TRUE(LogHas(R"("event":"bill_uncharged","fal_request_id":"uncharged")")) << Logged();
  EXPECT_TRUE(LogHas(R"("event":"bill_unexpected","fal_request_id":"unexpected")")) << Logged();
  EXPECT_TRUE(Comes(R"(flux_bill_credits_dollars 1)"));
  const BillView view = View();
  EXPECT_EQ(view.findings.size(), 3u);
  EXPECT_TRUE(view.fetched_at);
}

TEST_F(BillKeeperTest, ARefusalIsToldOnceAndShown) {
  Status refusal(Reason::kUpstreamAccount, "FAL_BILLING_KEY may not read the bill");
  billing_.Say({refusal});
  Start({.every = 10ms, .lag = 100ms});
  EXPECT_TRUE(Comes("flux_bill_refused 1"));
  ASSERT_TRUE(Until([this] { return billing_.Asked().size() > 3; }));
  billing_.Say({fal::BillingPage{}});
  EXPECT_TRUE(Comes("flux_bill_refused 0"));
  ASSERT_TRUE(LogHas("bill_back"));
  const std::string lines = Logged();
  EXPECT_EQ(lines.find("bill_refused"), lines.rfind("bill_refused")) << lines;
}

TEST_F(BillKeeperTest, WhateverGoesWrongIsAskedAgainFromTheSameTimeOn) {
  billing_.Say({Status(Reason::kUpstreamError, "500"), Status(Reason::kUpstreamProtocol, "nonsense"),
                Status(Reason::kUpstreamThrottled, "slowly"), Status(Reason::kUpstreamTimeout, "late"),
                fal::BillingPage{}});
  Start({.every = 10ms, .lag = 100ms});
  EXPECT_TRUE(Comes(R"(flux_bill_fetches_total{outcome="throttled"} 1)"));
  EXPECT_TRUE(Comes(R"(flux_bill_fetches_total{outcome="unreadable"} 1)"));
  EXPECT_TRUE(Comes(R"(flux_bill_fetches_total{outcome="failed"} 2)"));
  ASSERT_TRUE(Until([this] { return billing_.Asked().size() > 6; }));
  const auto asked = billing_.Asked();
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(asked[i].start, asked[0].start) << i;
  EXPECT_GT(asked[6].start, asked[0].start);
}

TEST_F(BillKeeperTest, APageOfWhichNothingCanBeReadIsAskedForAgain) {
  billing_.Say({fal::BillingPage{{}, 3, ""}, fal::BillingPage{{}, 3, ""},
                fal::BillingPage{{Event("one", 5)}, 1, ""}, fal::BillingPage{}});
  Start({.every = 10ms, .lag = 100ms});
  EXPECT_TRUE(Comes(R"(flux_bill_fetches_total{outcome="unreadable"} 2)"));
  EXPECT_TRUE(Comes(R"(flux_bill_events_total{outcome="unreadable"} 7)"));
  ASSERT_TRUE(Until([this] { return billing_.Asked().size() > 3; }));
  const auto asked = billing_.Asked();
  EXPECT_EQ(asked[2].start, asked[0].start);
}

TEST_F(BillKeeperTest, CreditsThatAreNotToldChangeNothing) {
  billing_.SayCredits(Status(Reason::kUpstreamAccount, "no"));
  Start();
  ASSERT_TRUE(LogHas("credits_unknown"));
  EXPECT_THAT(Metrics(), Not(HasSubstr("flux_bill_credits_dollars")));
  EXPECT_THAT(Metrics(), HasSubstr("flux_bill_refused 0"));
}

}  // namespace
}  // namespace flux::service

// Purchases that are remembered, in an SQLite file in memory's place and with a fal that answers as told:
// they happen once, whoever asks again, and nothing that was paid for is lost.
#include "service/purchase/kept.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <deque>

#include "service/fal/input_hash.h"
#include "service/purchase/caretaker.h"
#include "service/purchase/purchase.h"
#include "service/store/open_store.h"
#include "service/wire/ledger_transport.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fakes/on_loop.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kMade[] =
    R"({"images":[{"url":"https://v3.fal.media/a.png","width":1024,"height":768,"content_type":"image/jpeg"}],"seed":7})";

// A fal.run that waits until it is let go, and tells its ledger as the wire does.
class SlowTransport final : public fal::FalTransport {
 public:
  explicit SlowTransport(EventLoop& loop) : open_(loop.executor()) {}

  asio::awaitable<Result<fal::FalReply>> Send(const fal::FalCall& call) override {
    if (call.ledger != nullptr) {
      if (std::optional<Status> no = co_await call.ledger->AboutToSend(call)) co_return *no;
    }
    bodies.push_back(*call.body);
    if (waits && co_await open_.Wait(SteadyTime::max()) == Event::Outcome::kCancelled) {
      Status left(Reason::kCancelled);
      left.billed = Billed::kMaybe;
      co_return left;
    }
    Result<fal::FalReply> reply = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return reply;
  }

  void Open() { open_.Set(); }

  bool waits = false;
  std::vector<std::string> bodies;
  std::deque<Result<fal::FalReply>> answers{
      fal::FalReply{.status = 200, .body = kMade, .billable_units = "1"}};

 private:
  SharedEvent open_;
};

// fal's queue: takes everything, and answers who waits as told.
class FakeQueue final : public fal::FalQueue {
 public:
  asio::awaitable<Result<fal::QueueTicket>> Submit(const fal::FalCall& call) override {
    if (std::optional<Status> no = co_await call.ledger->AboutToSend(call)) co_return *no;
    bodies.push_back(*call.body);
    co_return fal::QueueTicket{"fal-" + std::to_string(bodies.size()), "status", "response", "cancel"};
  }
  Result<fal::QueueTicket> TicketFor(std::string_view, std::string_view) const override {
    return Status(Reason::kUpstreamProtocol);
  }
  asio::awaitable<Result<fal::QueueState>> Look(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::FalReply>> Fetch(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::CancelAnswer>> Cancel(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::FalReply>> Await(const fal::QueueTicket&, SteadyTime,
                                               std::function<void(const fal::QueueState&)>) override {
    ++waits;
    co_return answer;
  }

  std::vector<std::string> bodies;
  int waits = 0;
  Result<fal::FalReply> answer = fal::FalReply{.status = 200, .body = kMade, .billable_units = "1"};
};

class FakeHistory final : public fal::FalHistory {
 public:
  asio::awaitable<Result<std::vector<fal::HistoryItem>>> Search(fal::HistoryQuery, SteadyTime) override {
    ++searches;
    co_return items;
  }
  std::vector<fal::HistoryItem> items;
  int searches = 0;
};

class KeptTest : public testing::Test {
 protected:
  KeptTest() {
    request_.set_model("text-to-image/dev");
    request_.set_prompt("a lighthouse");
    StoreOptions options;
    options.text = "memory";
    options.instance = "one";
    Result<std::unique_ptr<Store>> store = OpenStore(loop_.context(), options, clock_);
    EXPECT_TRUE(store);
    store_ = *std::move(store);
    Start(false);
  }
  ~KeptTest() override { loop_.Stop(); }

  void Start(bool through_queue) {
    purchaser_.reset();
    kept_.emplace(KeptParts{loop_.executor(), *store_, transport_, queue_, &history_, delivery_, budgets_,
                            metrics_, log_, clock_},
                  KeptOptions{.through_queue = through_queue, .first_look = 10ms});
    purchaser_.emplace(catalogue_, transport_, delivery_, clock_, &*kept_);
  }

  PurchaseContext Context(const std::string& key, const std::string& caller = "ada") const {
    return {.request_id = "r-1",
            .arrived = clock_.Now(),
            .deadline = clock_.Now() + 30s,
            .caller = caller,
            .key = key};
  }
  fakes::Spawned<Result<v1::Generation>> Begin(const std::string& key, const std::string& caller = "ada") {
    return {loop_, purchaser_->Buy(ToOrder(request_), Context(key, caller))};
  }
  Result<v1::Generation> Buy(const std::string& key, const std::string& caller = "ada") {
    return Begin(key, caller).Get();
  }
  v1::Job Job(const std::string& id) {
    Result<v1::Job> job = fakes::Spawned<Result<v1::Job>>(loop_, kept_->Find(id, "ada")).Get();
    EXPECT_TRUE(job);
    return job ? *job : v1::Job();
  }
  // What the caretaker does at each beat.
  void LookAfter() {
    const auto claim = [](Store& store, KeptPurchases& kept) -> asio::awaitable<bool> {
      Result<std::vector<StoredJob>> jobs = co_await store.ClaimDue(10);
      if (jobs) {
        for (StoredJob& job : *jobs) kept.Resume(std::move(job));
      }
      co_return true;
    };
    fakes::Spawned<bool>(loop_, claim(*store_, *kept_)).Get();
  }

  void LookAfterUntilMade(const std::string& id) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (Job(id).state() != v1::JOB_STATE_SUCCEEDED && std::chrono::steady_clock::now() < deadline)
      LookAfter();
  }

  EventLoop loop_{"test"};
  SystemClock clock_;
  SlowTransport transport_{loop_};
  FakeQueue queue_;
  FakeHistory history_;
  Catalogue catalogue_ = Catalogue::BuiltIn();
  fakes::FakeFetcher fetcher_;
  Delivery delivery_{fetcher_, {.most = Bytes{1 << 20}}};
  BudgetBook budgets_{""};
  prometheus::Registry registry_;
  KeptMetrics metrics_{registry_, 30min};
  Log log_{LogLevel::kError};
  std::unique_ptr<Store> store_;
  std::optional<KeptPurchases> kept_;
  std::optional<Purchaser> purchaser_;
  v1::TextToImageRequest request_;
};

TEST_F(KeptTest, TheSameKeyIsBoughtOnceAndAnsweredAgain) {
  const Result<v1::Generation> first = Buy("k");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(first->replayed());
  EXPECT_THAT(first->job_id(), testing::SizeIs(32));
  const Result<v1::Generation> again = Buy("k");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(again->images(0).url(), first->images(0).url());
  EXPECT_EQ(again->job_id(), first->job_id());
  EXPECT_EQ(transport_.bodies.size(), 1u);
  EXPECT_EQ(Job(first->job_id()).state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(KeptTest, AKeyIsItsCallersOwn) {
  ASSERT_TRUE(Buy("k"));
  const Result<v1::Generation> other = Buy("k", "bob");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->replayed());
  EXPECT_EQ(transport_.bodies.size(), 2u);
}

TEST_F(KeptTest, AnotherRequestUnderTheSameKeyIsRefused) {
  ASSERT_TRUE(Buy("k"));
  request_.set_prompt("another");
  const Result<v1::Generation> other = Buy("k");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().reason, Reason::kIdempotencyKeyReused);
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, KeysThatNobodyCanPrintAreRefused) {
  for (const std::string& key : {std::string(256, 'k'), std::string("a\nb"), std::string("\xc3\xa4"),
                                 std::string(" a"), std::string("a "), std::string("a\0b", 3)}) {
    const Result<v1::Generation> made = Buy(key);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason, Reason::kInvalidIdempotencyKey);
  }
  EXPECT_TRUE(Buy(std::string(255, 'k')));
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, ManyAtTheSameInstantShareOnePurchase) {
  transport_.waits = true;
  std::vector<fakes::Spawned<Result<v1::Generation>>> callers;
  for (int i = 0; i < 100; ++i) callers.push_back(Begin("k"));
  asio::post(loop_.context(), [this] { transport_.Open(); });
  int replayed = 0;
  for (auto& caller : callers) {
    const Result<v1::Generation> made = caller.Get();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->seed(), 7u);
    replayed += made->replayed() ? 1 : 0;
  }
  EXPECT_EQ(replayed, 99);
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, WhoLeavesFindsThePictureLater) {
  transport_.waits = true;
  auto caller = Begin("k");
  caller.Cancel();
  const Result<v1::Generation> left = caller.Get();
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().reason, Reason::kCancelled);
  asio::post(loop_.context(), [this] { transport_.Open(); });
  const Result<v1::Generation> again = Buy("k");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, WhatCostNothingFreesItsKey) {
  Status refused(Reason::kUpstreamBusy);
  transport_.answers = {refused, fal::FalReply{.status = 200, .body = kMade}};
  EXPECT_EQ(Buy("k").error().billed, Billed::kNo);
  const Result<v1::Generation> made = Buy("k");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->replayed());
}

TEST_F(KeptTest, ALostAnswerIsNotBoughtAgainAndFoundInFalsHistory) {
  transport_.answers = {Status(Reason::kUpstreamConnectionLost)};
  const Result<v1::Generation> lost = Buy("k");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().billed, Billed::kMaybe);
  const std::string id = lost.error().job;
  EXPECT_EQ(Job(id).state(), v1::JOB_STATE_UNKNOWN);
  const Result<v1::Generation> again = Buy("k");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, Reason::kOutcomeUnknown);
  EXPECT_EQ(transport_.bodies.size(), 1u);

  fal::HistoryItem item;
  item.request_id = "fal-1";
  item.sent_at = clock_.WallNow();
  item.ended_at = clock_.WallNow();
  item.status_code = 200;
  item.input_sha256 = fal::InputSha256(transport_.bodies[0]);
  item.output = kMade;
  history_.items = {item};
  LookAfterUntilMade(id);
  EXPECT_EQ(Job(id).billed(), v1::BILLED_YES);
  const Result<v1::Generation> found = Buy("k");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->fal_request_id(), "fal-1");
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, ARefusalInFalsHistoryIsNotBelievedAtOnce) {
  transport_.answers = {Status(Reason::kUpstreamConnectionLost)};
  const std::string id = Buy("k").error().job;
  fal::HistoryItem refused;
  refused.request_id = "fal-of-an-earlier-attempt";
  refused.sent_at = clock_.WallNow();
  refused.ended_at = clock_.WallNow();
  refused.status_code = 500;
  refused.input_sha256 = fal::InputSha256(transport_.bodies[0]);
  history_.items = {refused};
  for (int looks = history_.searches; history_.searches < looks + 2;) LookAfter();
  EXPECT_EQ(Job(id).state(), v1::JOB_STATE_UNKNOWN)
      << "the key is not free: the row of what was paid may lag";

  fal::HistoryItem paid = refused;
  paid.request_id = "fal-1";
  paid.status_code = 200;
  paid.output = kMade;
  history_.items = {refused, paid};
  LookAfterUntilMade(id);
  EXPECT_EQ(Buy("k").value().fal_request_id(), "fal-1");
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, AnAnswerThatCannotBeReadIsLost) {
  transport_.answers = {fal::FalReply{.status = 200, .body = "it is done", .request_id = "fal-1"}};
  const Result<v1::Generation> lost = Buy("k");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().billed, Billed::kMaybe);
  EXPECT_EQ(Job(lost.error().job).state(), v1::JOB_STATE_UNKNOWN);
}

TEST_F(KeptTest, AResendWithoutAKeyFindsItsFirstAttempt) {
  transport_.answers = {Status(Reason::kUpstreamConnectionLost)};
  const Result<v1::Generation> lost = Buy("");
  ASSERT_FALSE(lost);
  PurchaseContext again = Context("");
  again.resent = true;
  const Result<v1::Generation> found =
      fakes::Spawned<Result<v1::Generation>>(loop_, purchaser_->Buy(ToOrder(request_), again)).Get();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, Reason::kOutcomeUnknown);
  EXPECT_EQ(found.error().job, lost.error().job);
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, AResendOfWhatIsFinishedForWhoeverLeftIsNotBoughtAgain) {
  PurchaseContext context = Context("");
  context.finish = true;
  const auto buy = [&] {
    return fakes::Spawned<Result<v1::Generation>>(loop_, purchaser_->Buy(ToOrder(request_), context)).Get();
  };
  ASSERT_TRUE(buy());
  context.resent = true;
  const Result<v1::Generation> again = buy();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(transport_.bodies.size(), 1u);
}

TEST_F(KeptTest, WithoutAKeyALostAnswerIsRememberedToo) {
  transport_.answers = {Status(Reason::kUpstreamConnectionLost)};
  const Result<v1::Generation> lost = Buy("");
  ASSERT_FALSE(lost);
  ASSERT_THAT(lost.error().job, testing::SizeIs(32));
  EXPECT_EQ(Job(lost.error().job).state(), v1::JOB_STATE_UNKNOWN);
}

TEST_F(KeptTest, WithoutAKeyAnAnswerThatCannotBeReadIsRememberedToo) {
  transport_.answers = {fal::FalReply{.status = 200, .body = R"({"images":[{"url":"htt)"}};
  const Result<v1::Generation> lost = Buy("");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().reason, Reason::kUpstreamProtocol);
  EXPECT_EQ(lost.error().billed, Billed::kMaybe);
  ASSERT_THAT(lost.error().job, testing::SizeIs(32));
  EXPECT_EQ(Job(lost.error().job).state(), v1::JOB_STATE_UNKNOWN);
}

TEST_F(KeptTest, AnotherCallersJobIsUnknown) {
  const Result<v1::Generation> made = Buy("k", "bob");
  ASSERT_TRUE(made);
  const Result<v1::Job> job =
      fakes::Spawned<Result<v1::Job>>(loop_, kept_->Find(made->job_id(), "ada")).Get();
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().reason, Reason::kUnknownJob);
}

TEST_F(KeptTest, TwoPurchasesOfOneRequestDifferInTheirSeed) {
  ASSERT_TRUE(Buy("a"));
  ASSERT_TRUE(Buy("b"));
  ASSERT_EQ(transport_.bodies.size(), 2u);
  EXPECT_THAT(transport_.bodies[0], HasSubstr("\"seed\":"));
  EXPECT_NE(transport_.bodies[0], transport_.bodies[1]);
}

TEST_F(KeptTest, FalsQueueIsWaitedFor) {
  Start(true);
  const Result<v1::Generation> made = Buy("k");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->fal_request_id(), "fal-1");
  EXPECT_THAT(transport_.bodies, IsEmpty());
  EXPECT_TRUE(Buy("k")->replayed());
  EXPECT_EQ(queue_.bodies.size(), 1u);
}

TEST_F(KeptTest, APictureThatIsTooLargeIsPaidForAndNotAskedForWithoutEnd) {
  Start(true);
  queue_.answer = Status(Reason::kUpstreamReplyTooLarge);
  const Result<v1::Generation> large = Buy("k");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().reason, Reason::kUpstreamReplyTooLarge);
  EXPECT_EQ(large.error().billed, Billed::kYes);
  EXPECT_EQ(Job(large.error().job).state(), v1::JOB_STATE_FAILED);
  LookAfter();
  EXPECT_EQ(queue_.waits, 1);
  EXPECT_EQ(Buy("k").error().reason, Reason::kUpstreamReplyTooLarge) << "it is not bought again";
  EXPECT_EQ(queue_.bodies.size(), 1u);
}

TEST_F(KeptTest, ATicketThatLeadsNowhereIsLookedForInFalsHistory) {
  Start(true);
  queue_.answer = Status(Reason::kUpstreamProtocol);
  const Result<v1::Generation> open = Buy("k");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().reason, Reason::kOutcomeUnknown);
  EXPECT_EQ(Job(open.error().job).state(), v1::JOB_STATE_UNKNOWN);
  const SteadyTime until = clock_.Now() + 20s;
  while (history_.searches == 0 && clock_.Now() < until) LookAfter();
  EXPECT_GE(history_.searches, 1);
  EXPECT_EQ(queue_.waits, 1);
}

TEST_F(KeptTest, WhatFalDoesNotFinishIsTakenUpAgain) {
  Start(true);
  queue_.answer = Status(Reason::kUpstreamTimeout);
  const Result<v1::Generation> open = Buy("k");
  ASSERT_FALSE(open);
  EXPECT_EQ(Job(open.error().job).state(), v1::JOB_STATE_ACCEPTED);
  queue_.answer = fal::FalReply{.status = 200, .body = kMade, .billable_units = "1"};
  const SteadyTime until = clock_.Now() + 20s;
  while (Job(open.error().job).state() != v1::JOB_STATE_SUCCEEDED && clock_.Now() < until) LookAfter();
  const Result<v1::Generation> made = Buy("k");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(queue_.bodies.size(), 1u);
}

}  // namespace
}  // namespace flux::service

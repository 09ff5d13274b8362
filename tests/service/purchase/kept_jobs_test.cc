// Jobs: they begin without anybody waiting, go on in the next process, and end early only where that is true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <optional>

#include "service/purchase/kept.h"
#include "service/purchase/purchase.h"
#include "service/store/open_store.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fakes/gated_queue.h"
#include "tests/fakes/on_loop.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// What one process has; the store is another's also.
struct Life {
  Life(EventLoop& loop, Store& store, const Catalogue& catalogue, const Clock& clock,
       prometheus::Registry& registry, const BudgetBook& budgets)
      : queue(loop.executor()),
        metrics(registry, 30min),
        kept({loop.executor(), store, transport, queue, nullptr, delivery, budgets, metrics, log, clock},
             {.most_input_bytes = 2'000}),
        purchaser(catalogue, transport, delivery, clock, &kept) {}

  fakes::FakeTransport transport;
  fakes::GatedQueue queue;
  fakes::FakeFetcher fetcher;
  Delivery delivery{fetcher, {.most = Bytes{1 << 20}}};
  KeptMetrics metrics;
  Log log{LogLevel::kError};
  KeptPurchases kept;
  Purchaser purchaser;
};

class KeptJobsTest : public testing::Test {
 protected:
  KeptJobsTest() {
    request_.set_model("text-to-image/dev");
    request_.set_prompt("a lighthouse");
    StoreOptions options;
    options.text = "memory";
    options.instance = "one";
    Result<std::unique_ptr<Store>> store = OpenStore(loop_.context(), options, clock_);
    EXPECT_TRUE(store);
    store_ = *std::move(store);
    life_ = std::make_unique<Life>(loop_, *store_, catalogue_, clock_, registry_, budgets_);
  }
  ~KeptJobsTest() override {
    before_.push_back(std::move(life_));
    for (const std::unique_ptr<Life>& life : before_) {  // nothing waits in what is about to end
      Do([&life] {
        life->queue.Take();
        life->queue.Finish();
      });
      for (bool drives = true; drives;) Do([&] { drives = life->kept.driven() > 0; });
    }
    loop_.Stop();
  }

  Result<v1::CreateJobResponse> Create(const std::string& key = "", const std::string& caller = "ada",
                                       bool resent = false) {
    PurchaseContext context{.request_id = "r-1",
                            .arrived = clock_.Now(),
                            .deadline = SteadyTime::max(),
                            .caller = caller,
                            .key = key,
                            .resent = resent};
    context.room = std::shared_ptr<void>(this, [this](void*) { room_ = false; });
    room_ = true;
    return fakes::Spawned<Result<v1::CreateJobResponse>>(
               loop_, life_->purchaser.CreateJob(ToOrder(request_), std::move(context),
                                                 [this](const Result<v1::Generation>& result) {
                                                   ended_.push_back(result ? "made" : result.error().message);
                                                 }))
        .Get();
  }
  std::string Begin() {
    const Result<v1::CreateJobResponse> begun = Create();
    EXPECT_TRUE(begun) << begun.error().message;
    EXPECT_EQ(begun->job().state(), v1::JOB_STATE_RESERVED);
    return begun->job().id();
  }
  Result<v1::CancelJobResponse> Cancel(const std::string& id, const std::string& caller = "ada") {
    return fakes::Spawned<Result<v1::CancelJobResponse>>(loop_, life_->kept.Cancel(id, caller)).Get();
  }
  v1::Job Job(const std::string& id) {
    Result<v1::Job> job = fakes::Spawned<Result<v1::Job>>(loop_, life_->kept.Find(id, "ada")).Get();
    EXPECT_TRUE(job);
    return job ? *job : v1::Job();
  }
  v1::Job Reach(const std::string& id, v1::JobState state) {
    v1::Job job = Job(id);
    for (int i = 0; i < 2'000 && job.state() != state; ++i) job = Job(id);
    EXPECT_EQ(job.state(), state);
    return job;
  }
  void Do(std::function<void()> what) {
    const auto run = [](std::function<void()> call) -> asio::awaitable<bool> {
      call();
      co_return true;
    };
    fakes::Spawned<bool>(loop_, run(std::move(what))).Get();
  }
  // The next process takes up what this one leaves, which is returned.
  Life& TakeOver(const std::string& id) {
    before_.push_back(std::move(life_));
    life_ = std::make_unique<Life>(loop_, *store_, catalogue_, clock_, registry_, budgets_);
    const auto claim = [](Store& store, KeptPurchases& kept, std::string job) -> asio::awaitable<bool> {
      co_await store.Postpone(std::move(job), 0ms);
      Result<std::vector<StoredJob>> jobs = co_await store.ClaimDue(10);
      for (StoredJob& one : *jobs) kept.Resume(std::move(one));
      co_return true;
    };
    fakes::Spawned<bool>(loop_, claim(*store_, life_->kept, id)).Get();
    return *before_.back();
  }

  EventLoop loop_{"test"};
  SystemClock clock_;
  Catalogue catalogue_ = Catalogue::BuiltIn();
  BudgetBook budgets_{""};
  prometheus::Registry registry_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Life> life_;
  std::vector<std::unique_ptr<Life>> before_;
  v1::TextToImageRequest request_;
  std::vector<std::string> ended_;
  std::atomic<bool> room_ = false;
};

TEST_F(KeptJobsTest, IsAnsweredAtOnceAndGoesOn) {
  const std::string id = Begin();
  Do([this] { life_->queue.Take(); });
  const v1::Job waiting = Reach(id, v1::JOB_STATE_ACCEPTED);
  EXPECT_EQ(Job(id).queue_position(), 3u);
  EXPECT_EQ(waiting.billed(), v1::BILLED_MAYBE);
  EXPECT_FALSE(room_) << "what was sent is held no longer";
  Do([this] { life_->queue.Finish(); });
  const v1::Job made = Reach(id, v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(made.generation().seed(), 7u);
  EXPECT_FALSE(made.has_queue_position());
  EXPECT_THAT(ended_, testing::ElementsAre("made"));
}

TEST_F(KeptJobsTest, TheSameKeyIsTheSameJob) {
  const Result<v1::CreateJobResponse> first = Create("k");
  const Result<v1::CreateJobResponse> again = Create("k");
  ASSERT_TRUE(first && again);
  EXPECT_FALSE(first->replayed());
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(again->job().id(), first->job().id());
  request_.set_prompt("another");
  const Result<v1::CreateJobResponse> other = Create("k");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().reason, Reason::kIdempotencyKeyReused);
  EXPECT_EQ(Create("\x01").error().reason, Reason::kInvalidIdempotencyKey);
}

TEST_F(KeptJobsTest, AResendWithoutAKeyFindsTheFirstAttempt) {
  const std::string id = Begin();
  const Result<v1::CreateJobResponse> again = Create("", "ada", true);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(again->job().id(), id);
}

TEST_F(KeptJobsTest, WhatIsWrongIsRefusedAsByThePurchaseItself) {
  request_.mutable_parameters()->set_num_images(9);
  const Result<v1::CreateJobResponse> refused = Create();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kInvalidField);
  EXPECT_EQ(refused.error().billed, Billed::kNo);
}

TEST_F(KeptJobsTest, WhatWasNotSentIsSentByTheNextProcess) {
  const std::string id = Begin();
  Life& first = TakeOver(id);
  Do([this] {
    life_->queue.Take();
    life_->queue.Finish();
  });
  Reach(id, v1::JOB_STATE_SUCCEEDED);
  ASSERT_EQ(life_->queue.bodies.size(), 1u);
  EXPECT_THAT(life_->queue.bodies[0], HasSubstr("a lighthouse"));
  // The first life, were it still there, sends nothing.
  Do([&first] { first.queue.Take(); });
  for (bool drives = true; drives;) Do([&] { drives = first.kept.driven() > 0; });
  EXPECT_TRUE(first.queue.bodies.empty());
}

TEST_F(KeptJobsTest, WhatIsTooLargeToBeKeptIsReleased) {
  request_.set_prompt(std::string(3'000, 'x'));
  const std::string id = Begin();
  TakeOver(id);
  EXPECT_EQ(Reach(id, v1::JOB_STATE_FAILED).error().billed(), v1::BILLED_NO);
}

TEST_F(KeptJobsTest, CancelledBeforeItIsSentItCostsNothing) {
  const std::string id = Begin();
  const Result<v1::CancelJobResponse> cancelled = Cancel(id);
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->outcome(), v1::CANCEL_OUTCOME_CANCELLED);
  EXPECT_EQ(cancelled->job().state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(cancelled->job().error().reason(), "CANCELLED");
  EXPECT_EQ(cancelled->job().billed(), v1::BILLED_NO);
  for (int i = 0; i < 2'000 && ended_.empty(); ++i) Job(id);
  EXPECT_EQ(ended_.size(), 1u) << "it does not wait for its turn any more";
  Do([this] { life_->queue.Take(); });
  EXPECT_TRUE(life_->queue.bodies.empty());
  EXPECT_EQ(Cancel(id)->outcome(), v1::CANCEL_OUTCOME_ALREADY_OVER);
  EXPECT_FALSE(room_);
}

TEST_F(KeptJobsTest, CancelledAtFalItMayBeBilled) {
  const std::string id = Begin();
  Do([this] { life_->queue.Take(); });
  Reach(id, v1::JOB_STATE_ACCEPTED);
  const Result<v1::CancelJobResponse> cancelled = Cancel(id);
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->outcome(), v1::CANCEL_OUTCOME_REQUESTED);
  EXPECT_EQ(cancelled->job().billed(), v1::BILLED_MAYBE);
  EXPECT_EQ(life_->queue.cancelled, "c");
  Do([this] {
    life_->queue.reply = {
        .status = 499,
        .body = R"({"detail":"Request cancelled by the client.","error_type":"client_cancelled"})",
        .error_type = "client_cancelled"};
    life_->queue.Finish();
  });
  const v1::Job over = Reach(id, v1::JOB_STATE_FAILED);
  EXPECT_EQ(over.error().reason(), "CANCELLED");
  EXPECT_EQ(over.error().billed(), v1::BILLED_MAYBE);
}

TEST_F(KeptJobsTest, ACancelThatFalDoesNotHearIsToldAndChangesNothing) {
  const std::string id = Begin();
  Do([this] {
    life_->queue.cancel_answer = Status(Reason::kUpstreamUnreachable);
    life_->queue.Take();
  });
  Reach(id, v1::JOB_STATE_ACCEPTED);
  const Result<v1::CancelJobResponse> cancelled = Cancel(id);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().reason, Reason::kUpstreamUnreachable);
  EXPECT_EQ(cancelled.error().job, id);
  Do([this] { life_->queue.Finish(); });
  Reach(id, v1::JOB_STATE_SUCCEEDED);
}

TEST_F(KeptJobsTest, WhatFalTellsOfAJobIsAskedForAtOnce) {
  const std::string id = Begin();
  Do([this] { life_->queue.Take(); });
  Reach(id, v1::JOB_STATE_ACCEPTED);
  const auto heard = [this](std::vector<std::string> ids) {
    return fakes::Spawned<Result<bool>>(loop_, life_->kept.Heard(std::move(ids))).Get();
  };
  EXPECT_TRUE(*heard({"unknown", "fal-1"}));
  EXPECT_THAT(life_->queue.hinted, testing::ElementsAre("fal-1"));
  EXPECT_FALSE(*heard({"unknown"}));
  EXPECT_FALSE(*heard({}));
  Do([this] { life_->queue.Finish(); });
  Reach(id, v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(*heard({"fal-1"})) << "too late, but not a stranger";
}

TEST_F(KeptJobsTest, EachStepIsToldToWhoeverFollows) {
  std::vector<std::string> changes;
  Do([&] { life_->kept.OnJobChange([&](const std::string& id) { changes.push_back(id); }); });
  const std::string id = Begin();
  Do([this, id] {
    life_->kept.Follow(id);
    life_->queue.Take();
  });
  Reach(id, v1::JOB_STATE_ACCEPTED);
  EXPECT_THAT(life_->queue.followed, testing::ElementsAre("fal-1"));
  std::size_t before = 0;
  Do([&] {
    before = changes.size();
    EXPECT_GE(before, 3u) << "sent, accepted, its place in fal's queue";
    life_->queue.told({fal::QueueState::Kind::kQueued, 3});
    EXPECT_EQ(changes.size(), before) << "no news";
    life_->queue.told({fal::QueueState::Kind::kQueued, 2});
    const WallTime at{1s};
    life_->queue.told({fal::QueueState::Kind::kRunning, 0, {{at, "one"}}});
    EXPECT_EQ(changes.size(), before + 2);
    life_->queue.told({fal::QueueState::Kind::kRunning, 0, {{at, "one"}}});
    EXPECT_EQ(changes.size(), before + 2);
    life_->queue.told({fal::QueueState::Kind::kRunning, 0, {{at, "one"}, {at, "two"}}});
    EXPECT_EQ(life_->kept.LogOf(id)->size(), 2u);
    life_->queue.Finish();
  });
  Reach(id, v1::JOB_STATE_SUCCEEDED);
  Do([&] {
    EXPECT_GT(changes.size(), before + 3);
    EXPECT_THAT(changes, testing::Each(id));
    life_->kept.OnJobChange(nullptr);
  });
}

TEST_F(KeptJobsTest, AListHasNoPictures) {
  const std::string id = Begin();
  Do([this] {
    life_->queue.Take();
    life_->queue.Finish();
  });
  Reach(id, v1::JOB_STATE_SUCCEEDED);
  const auto jobs = fakes::Spawned<Result<std::vector<std::pair<std::int64_t, v1::Job>>>>(
                        loop_, life_->kept.List({.caller = "ada"}))
                        .Get();
  ASSERT_EQ(jobs->size(), 1u);
  EXPECT_EQ(jobs->front().second.id(), id);
  EXPECT_EQ(jobs->front().second.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(jobs->front().second.has_ended_at());
  EXPECT_FALSE(jobs->front().second.has_generation());
  EXPECT_FALSE(jobs->front().second.has_error());
}

TEST_F(KeptJobsTest, NobodyCancelsWhatIsAnothers) {
  const std::string id = Begin();
  EXPECT_EQ(Cancel(id, "bob").error().reason, Reason::kUnknownJob);
  EXPECT_EQ(Cancel(std::string(32, '0')).error().reason, Reason::kUnknownJob);
  EXPECT_EQ(Job(id).state(), v1::JOB_STATE_RESERVED);
}

}  // namespace
}  // namespace flux::service

// The governor in front of a wire that holds every call until the test lets it go.
#include "service/wire/governor_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/detached.hpp>
#include <list>
#include <map>

#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/series.h"

namespace flux::fal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;

// Belongs to the loop.
class HeldTransport final : public FalTransport {
 public:
  explicit HeldTransport(EventLoop& loop) : loop_(loop) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override {
    order.push_back(call.request_id);
    Event& done = *held_.emplace(held_.end(), loop_.executor());
    const Event::Outcome outcome = co_await done.Wait(call.deadline);
    held_.remove_if([&done](const Event& event) { return &event == &done; });
    if (outcome == Event::Outcome::kCancelled) {
      Status cancelled(Reason::kCancelled);
      cancelled.billed = Billed::kMaybe;
      co_return cancelled;
    }
    if (outcome == Event::Outcome::kDeadline) co_return Status(Reason::kUpstreamTimeout);
    co_return answer;
  }

  // The oldest call ends.
  void Finish() { held_.front().Set(); }
  std::size_t running() const { return held_.size(); }

  std::vector<std::string> order;  // request ids
  Result<FalReply> answer = FalReply{.status = 200, .body = "{}"};

 private:
  EventLoop& loop_;
  std::list<Event> held_;
};

class GovernorTest : public testing::Test {
 protected:
  using Sent = fakes::Spawned<Result<FalReply>>;

  ~GovernorTest() override { loop_.Stop(); }

  void Start(GovernorOptions options) {
    governor_ = std::make_shared<Governor>(loop_.executor(), options, clock_, metrics_);
    transport_ = std::make_unique<GovernorTransport>(wire_, governor_);
  }

  Sent Send(std::string id, std::string caller = "a", std::chrono::milliseconds patience = 30s) {
    FalCall call;
    call.request_id = std::move(id);
    call.caller = std::move(caller);
    call.deadline = clock_.Now() + patience;
    Sent sent(loop_, fakes::SendKept(*transport_, std::move(call)));
    Settle();
    return sent;
  }

  // Runs on the loop, and returns what it returned.
  template <typename F>
  auto OnLoop(F run) {
    std::packaged_task<decltype(run())()> task(std::move(run));
    auto result = task.get_future();
    asio::post(loop_.context(), [&task] { task(); });
    return result.get();
  }
  // Until everything that is ready has run: nothing here takes more hops than that.
  void Settle() {
    for (int i = 0; i < 20; ++i) OnLoop([] {});
  }
  // Until what was due by `time` has run: timers of one loop fire in order.
  void LetPass(SteadyTime time) {
    Event never(loop_.executor());
    fakes::Spawned<Event::Outcome>(loop_, never.Wait(time)).Get();
    Settle();
  }
  void Finish() {
    OnLoop([this] { wire_.Finish(); });
    Settle();
  }

  std::vector<std::string> Order() {
    return OnLoop([this] { return wire_.order; });
  }
  std::size_t Running() {
    return OnLoop([this] { return wire_.running(); });
  }
  double Gauge(const char* name) { return fakes::SeriesValue(registry_, name).value_or(-1); }
  double Unserved(const char* reason) {
    return fakes::SeriesValue(registry_, "flux_fal_queue_refused_total", {{"reason", reason}}).value_or(-1);
  }

  prometheus::Registry registry_;
  SystemClock clock_;
  std::shared_ptr<Metrics> metrics_ = std::make_shared<Metrics>(registry_, std::vector<std::string>{});
  EventLoop loop_{"test"};
  HeldTransport wire_{loop_};
  std::shared_ptr<Governor> governor_;
  std::unique_ptr<GovernorTransport> transport_;
};

TEST_F(GovernorTest, RunsNoMoreThanTheLimitAndTellsWhoWaited) {
  Start({.max_concurrency = 2});
  Sent first = Send("1");
  Sent second = Send("2");
  Sent third = Send("3");
  Sent fourth = Send("4");
  EXPECT_EQ(Running(), 2u);
  EXPECT_EQ(Gauge("flux_fal_slots_limit"), 2);
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 2);
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 2);
  for (int i = 0; i < 4; ++i) Finish();
  EXPECT_EQ(first.Get()->queue_position, 0u);
  EXPECT_EQ(second.Get()->queued, 0ns);
  EXPECT_EQ(third.Get()->queue_position, 0u);
  const Result<FalReply> last = fourth.Get();
  EXPECT_EQ(last->queue_position, 1u);
  EXPECT_GT(last->queued, 0ns);
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 0);
  EXPECT_EQ(Gauge("flux_fal_queue_wait_seconds"), 4);
}

TEST_F(GovernorTest, CallersTakeTurns) {
  Start({.max_concurrency = 1});
  std::vector<Sent> sent;
  for (const char* id : {"a1", "a2", "a3", "a4"}) sent.push_back(Send(id, "a"));
  for (const char* id : {"b1", "b2"}) sent.push_back(Send(id, "b"));
  for (std::size_t i = 0; i < sent.size(); ++i) Finish();
  EXPECT_THAT(Order(), ElementsAre("a1", "a2", "b1", "a3", "b2", "a4"));
}

TEST_F(GovernorTest, ALeavingWaiterLeavesAtOnce) {
  Start({.max_concurrency = 1});
  Sent running = Send("1");
  Sent leaving = Send("2");
  Sent waiting = Send("3");
  leaving.Cancel();
  const Result<FalReply> left = leaving.Get();
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().reason, Reason::kCancelled);
  EXPECT_EQ(left.error().billed, Billed::kNo);
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 1);
  EXPECT_EQ(Unserved("cancelled"), 1);
  Sent late = Send("4");
  for (int i = 0; i < 3; ++i) Finish();
  EXPECT_EQ(late.Get()->queue_position, 1u) << "the place of the one who left is free";
  EXPECT_THAT(Order(), ElementsAre("1", "3", "4"));
}

TEST_F(GovernorTest, WhoLeavesAsItsTurnComesSendsNothing) {
  Start({.max_concurrency = 1});
  Sent running = Send("1");
  Sent leaving = Send("2");
  Sent waiting = Send("3");
  // The loop sees the end of "1" first, then the cancellation, then the resumption that "1" has caused.
  OnLoop([&] {
    wire_.Finish();
    leaving.Cancel();
  });
  const Result<FalReply> left = leaving.Get();
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().reason, Reason::kCancelled);
  EXPECT_EQ(left.error().billed, Billed::kNo);
  Settle();
  EXPECT_THAT(Order(), ElementsAre("1", "3")) << "the slot went on";
  Finish();
}

TEST_F(GovernorTest, TheDeadlineEndsTheWait) {
  Start({.max_concurrency = 1});
  Sent running = Send("1");
  const Result<FalReply> late = Send("2", "a", kShortestExchange + 20ms).Get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, Reason::kDeadlineExceeded);
  EXPECT_EQ(late.error().billed, Billed::kNo);
  EXPECT_EQ(Unserved("deadline"), 1);
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 0);
  Finish();
}

TEST_F(GovernorTest, PatienceEndsTheWait) {
  Start({.max_concurrency = 1, .queue_wait = 20ms});
  Sent running = Send("1");
  const Result<FalReply> late = Send("2").Get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, Reason::kServiceOverloaded);
  EXPECT_EQ(late.error().billed, Billed::kNo);
  EXPECT_THAT(late.error().message, HasSubstr("within 20ms"));
  EXPECT_THAT(late.error().retry_after, testing::Optional(Ge(1s)));
  EXPECT_EQ(Unserved("wait"), 1);
  Finish();
}

TEST_F(GovernorTest, AFullQueueRefusesAtOnce) {
  Start({.max_concurrency = 1, .queue_length = 1});
  Sent running = Send("1");
  Sent waiting = Send("2");
  const Result<FalReply> refused = Send("3").Get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kServiceOverloaded);
  EXPECT_EQ(refused.error().billed, Billed::kNo);
  EXPECT_THAT(refused.error().message, HasSubstr("1 calls already wait"));
  EXPECT_THAT(refused.error().retry_after, testing::Optional(Ge(1s)));
  EXPECT_EQ(Unserved("full"), 1);
  Finish();
  Finish();
  EXPECT_TRUE(waiting.Get());
}

TEST_F(GovernorTest, ASlotIsFreedHoweverItsCallEnds) {
  Start({.max_concurrency = 1});
  Sent cancelled = Send("cancelled");
  Sent late = Send("late", "a", kShortestExchange + 500ms);
  Sent last = Send("last");
  cancelled.Cancel();
  EXPECT_EQ(cancelled.Get().error().billed, Billed::kMaybe);
  EXPECT_EQ(late.Get().error().reason, Reason::kUpstreamTimeout);
  Settle();
  Finish();
  EXPECT_TRUE(last.Get());
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 0);
}

TEST_F(GovernorTest, LearnsFromRefusalsAndQueuesWhatIsBeyond) {
  Start({});
  std::vector<Sent> sent;
  for (int i = 0; i < 5; ++i) sent.push_back(Send(std::to_string(i)));
  EXPECT_EQ(Running(), 5u);
  OnLoop([this] { governor_->Refused(2); });
  Finish();
  EXPECT_EQ(Gauge("flux_fal_slots_limit"), 2);
  sent.push_back(Send("5"));
  for (int running = 4; running > 2; --running) {
    Finish();
    EXPECT_EQ(Order().size(), 5u) << "beyond the limit that fal has taught";
  }
  Finish();
  EXPECT_EQ(Order().size(), 6u);
  while (Running() > 0) Finish();
}

// --- Pause: what the layer that resends does with its slot.

// A wire that lends its slot before it answers.
class PausingTransport final : public FalTransport {
 public:
  PausingTransport(Governor& governor, FalTransport& next) : governor_(governor), next_(next) {}

  asio::awaitable<Result<FalReply>> Send(const FalCall& call) override {
    const std::chrono::milliseconds pause = pauses.at(call.request_id);
    verdict = co_await governor_.Pause(call, std::chrono::steady_clock::now() + pause);
    if (verdict != Throttle::Verdict::kGo) co_return Status(Reason::kUpstreamThrottled);
    co_return co_await next_.Send(call);
  }

  std::map<std::string, std::chrono::milliseconds> pauses;  // by request id
  std::optional<Throttle::Verdict> verdict;

 private:
  Governor& governor_;
  FalTransport& next_;
};

class PauseTest : public GovernorTest {
 protected:
  void StartPausing(GovernorOptions options) {
    Start(options);
    wire_that_pauses_ = std::make_unique<PausingTransport>(*governor_, wire_);
    pausing_ = std::make_unique<GovernorTransport>(*wire_that_pauses_, governor_);
  }
  Sent SendPausing(std::string id, std::chrono::milliseconds pause,
                   std::chrono::milliseconds patience = 30s) {
    OnLoop([&] { wire_that_pauses_->pauses[id] = pause; });
    FalCall call;
    call.request_id = std::move(id);
    call.caller = "a";
    call.deadline = clock_.Now() + patience;
    Sent sent(loop_, fakes::SendKept(*pausing_, std::move(call)));
    Settle();
    return sent;
  }
  std::optional<Throttle::Verdict> Verdict() {
    return OnLoop([this] { return wire_that_pauses_->verdict; });
  }

  std::unique_ptr<PausingTransport> wire_that_pauses_;
  std::unique_ptr<GovernorTransport> pausing_;
};

// In these tests whoever takes the lent slot waits for it already, however short the pause.

TEST_F(PauseTest, LendsTheSlotAndIsServedBeforeFreshOnesOfItsCaller) {
  StartPausing({.max_concurrency = 1});
  Sent holder = Send("holder");
  Sent resent = SendPausing("resent", 20ms);
  Sent other = Send("other", "b");
  Sent fresh = Send("fresh");
  Finish();
  EXPECT_THAT(Order(), ElementsAre("holder", "other")) << "ran in the lent slot";
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 2) << "one waits for a slot, one for its resend";
  LetPass(clock_.Now() + 20ms);
  for (int i = 0; i < 3; ++i) Finish();
  EXPECT_TRUE(resent.Get());
  EXPECT_THAT(Order(), ElementsAre("holder", "other", "resent", "fresh"));
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 0);
}

TEST_F(PauseTest, GivesUpWhereNoSlotComesBackInTime) {
  StartPausing({.max_concurrency = 1});
  Sent holder = Send("holder");
  Sent resent = SendPausing("resent", 1ms, kShortestExchange + 300ms);
  Sent other = Send("other");
  Finish();
  EXPECT_FALSE(resent.Get());
  EXPECT_EQ(Verdict(), Throttle::Verdict::kGiveUp);
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 1);
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 0);
  Finish();
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 0);
}

TEST_F(PauseTest, GivesUpWhereTooManyWaitAlready) {
  StartPausing({.max_concurrency = 2, .queue_length = 1});
  Sent first = SendPausing("first", 30s);
  Sent second = SendPausing("second", 30s);
  EXPECT_FALSE(second.Get());
  EXPECT_EQ(Verdict(), Throttle::Verdict::kGiveUp);
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 0);
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 1);
}

TEST_F(PauseTest, EndsAtOnceWhenItsCallerLeaves) {
  StartPausing({.max_concurrency = 1});
  Sent resting = SendPausing("resting", 30s);
  resting.Cancel();
  EXPECT_FALSE(resting.Get());
  EXPECT_EQ(Verdict(), Throttle::Verdict::kCancelled);
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 0);
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 0);
}

TEST_F(PauseTest, EndsAtOnceWhenItsCallerLeavesTheQueue) {
  StartPausing({.max_concurrency = 1});
  Sent holder = Send("holder");
  Sent returning = SendPausing("returning", 1ms);
  Sent other = Send("other");
  Finish();
  LetPass(clock_.Now() + 1ms);
  returning.Cancel();
  EXPECT_FALSE(returning.Get());
  EXPECT_EQ(Verdict(), Throttle::Verdict::kCancelled);
  EXPECT_EQ(Gauge("flux_fal_slots_in_use"), 1);
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 0);
  Finish();
  EXPECT_TRUE(other.Get());
}

TEST_F(PauseTest, DestroyedWithCallsAtEveryStage) {
  StartPausing({.max_concurrency = 1});
  Sent holder = Send("holder");
  Sent returning = SendPausing("returning", 1ms);
  Sent resting = SendPausing("resting", 30s);
  Sent running = Send("running");
  Sent queued = Send("queued");
  Finish();
  LetPass(clock_.Now() + 1ms);
  EXPECT_THAT(Order(), ElementsAre("holder", "running"));
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 3);
  loop_.Stop();  // the sanitizers judge
}

}  // namespace
}  // namespace flux::fal

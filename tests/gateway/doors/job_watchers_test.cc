// Who waits for a job: one call for all of them, made again when it breaks, ended when nobody waits.
#include "gateway/doors/job_watchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/event_loop.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/on_loop.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;
using Script = fakes::FakeBackend::Script;

const std::string kId(32, 'a');

v1::WatchJobResponse Said(v1::JobState state, std::vector<std::string> logs = {},
                          std::uint32_t logs_seen = 0) {
  v1::WatchJobResponse word;
  word.mutable_job()->set_id(kId);
  word.mutable_job()->set_state(state);
  for (const std::string& line : logs) word.add_logs()->set_message(line);
  word.set_logs_seen(logs_seen);
  return word;
}

class JobWatchersTest : public testing::Test {
 protected:
  JobWatchersTest() { context_.caller = "ada"; }
  ~JobWatchersTest() override {
    loop_.Stop();
    other_.Stop();
  }

  std::unique_ptr<JobWatcher> Watch(EventLoop& loop, std::optional<v1::Job> known = std::nullopt) {
    return watchers_.Watch(loop.context().get_executor(), kId, context_, std::move(known));
  }
  // Waits for what is said until `done`, or there is no more.
  static asio::awaitable<bool> Until(JobWatcher& watcher, std::function<bool()> done) {
    for (;;) {
      if (done()) co_return true;
      if (watcher.failure()) co_return false;
      const Event::Outcome outcome = co_await watcher.Changed(std::chrono::steady_clock::now() + 30s);
      if (outcome != Event::Outcome::kHappened) co_return false;
    }
  }
  bool Reaches(EventLoop& loop, JobWatcher& watcher, v1::JobState state) {
    return fakes::Spawned<bool>(
               loop,
               Until(watcher, [&] { return watcher.job() != nullptr && watcher.job()->state() == state; }))
        .Get();
  }
  // On its loop, as a coroutine does it.
  void End(EventLoop& loop, std::unique_ptr<JobWatcher> watcher) {
    fakes::Spawned<int>(loop,
                        [](std::unique_ptr<JobWatcher> ended) -> asio::awaitable<int> {
                          ended.reset();
                          co_return 0;
                        }(std::move(watcher)))
        .Get();
  }

  EventLoop loop_{"test"};
  EventLoop other_{"other"};
  fakes::FakeBackend backend_;
  fakes::FakeClock clock_;
  JobCounters counters_;
  JobWatchers watchers_{backend_, clock_, {.most_streams = 3, .most_streams_each = 2}, counters_};
  CallContext context_;
};

TEST_F(JobWatchersTest, ManyShareOneCallAcrossLoops) {
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_RESERVED)},
                                  {50ms, Said(v1::JOB_STATE_ACCEPTED, {"one"}, 1)},
                                  {50ms, Said(v1::JOB_STATE_SUCCEEDED, {"two"}, 2)}}});
  std::vector<std::unique_ptr<JobWatcher>> all;
  for (int i = 0; i < 100; ++i) all.push_back(Watch(i % 2 == 0 ? loop_ : other_));
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(Reaches(i % 2 == 0 ? loop_ : other_, *all[i], v1::JOB_STATE_SUCCEEDED)) << i;
  }
  EXPECT_EQ(backend_.watched().size(), 1u);
  EXPECT_EQ(counters_.watched, 1u);
  int made = 0;
  std::shared_ptr<const std::string> first;
  for (const auto& watcher : all) {
    const auto text = watcher->Text([&](const v1::Job&, std::uint32_t logs) {
      ++made;
      return std::to_string(logs);
    });
    if (first == nullptr) first = text;
    EXPECT_EQ(text, first) << "not a copy";
    std::uint32_t from = 0;
    EXPECT_EQ(watcher->Logs(from, 10).size(), 2u);
    from = 1;
    ASSERT_EQ(watcher->Logs(from, 10).size(), 1u);
    EXPECT_EQ(watcher->Logs(from, 10)[0].message(), "two");
    from = 7;
    EXPECT_TRUE(watcher->Logs(from, 10).empty());
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(*first, "2");
  for (int i = 0; i < 100; ++i) End(i % 2 == 0 ? loop_ : other_, std::move(all[i]));
  EXPECT_EQ(counters_.watched, 0u);
}

TEST_F(JobWatchersTest, AConnectionThatIsLostIsMadeAgainWhereItWas) {
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_RESERVED, {"one", "two"}, 2)}},
                        .broke = Status(Reason::kServiceLost)});
  backend_.AnswerWatch({.broke = Status(Reason::kServiceUnavailable)});
  backend_.AnswerWatch({});  // ends without a word
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_SUCCEEDED, {"three"}, 3)}}});
  auto watcher = Watch(loop_);
  EXPECT_TRUE(Reaches(loop_, *watcher, v1::JOB_STATE_SUCCEEDED));
  const auto watched = backend_.watched();
  ASSERT_EQ(watched.size(), 4u);
  EXPECT_EQ(watched[0].logs_seen, 0u);
  EXPECT_EQ(watched[3].logs_seen, 2u);
  EXPECT_EQ(watched[3].caller, "ada");
  EXPECT_EQ(counters_.watches_renewed, 3u);
  End(loop_, std::move(watcher));
}

TEST_F(JobWatchersTest, WhoKnowsTheJobHasItThoughAnotherStillAsks) {
  backend_.AnswerWatch({.silent = true});
  auto first = Watch(loop_);
  EXPECT_EQ(first->job(), nullptr);
  auto second = Watch(loop_, Said(v1::JOB_STATE_ACCEPTED).job());
  ASSERT_NE(second->job(), nullptr);
  EXPECT_EQ(second->job()->state(), v1::JOB_STATE_ACCEPTED);
  End(loop_, std::move(first));
  End(loop_, std::move(second));
}

TEST_F(JobWatchersTest, WhatFailsFirstIsAFailureAndTheNextAsksAnew) {
  backend_.AnswerWatch({.broke = Status(Reason::kServiceUnavailable)});
  auto watcher = Watch(loop_);
  EXPECT_FALSE(Reaches(loop_, *watcher, v1::JOB_STATE_SUCCEEDED));
  EXPECT_EQ(watcher->failure()->reason, Reason::kServiceUnavailable);
  backend_.AnswerWatch({.broke = Status(Reason::kUnknownJob)});
  auto next = Watch(loop_);
  EXPECT_FALSE(Reaches(loop_, *next, v1::JOB_STATE_SUCCEEDED));
  EXPECT_EQ(next->failure()->reason, Reason::kUnknownJob);
  End(loop_, std::move(watcher));
  End(loop_, std::move(next));
  EXPECT_EQ(counters_.watched, 0u);
}

TEST_F(JobWatchersTest, AJobThatIsKnownIsWaitedForWhateverFailsFirst) {
  backend_.AnswerWatch({.broke = Status(Reason::kServiceUnavailable)});
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_SUCCEEDED)}}});
  auto watcher = Watch(loop_, Said(v1::JOB_STATE_RESERVED).job());
  EXPECT_TRUE(Reaches(loop_, *watcher, v1::JOB_STATE_SUCCEEDED));
  End(loop_, std::move(watcher));
}

TEST_F(JobWatchersTest, AJobThatIsOverIsNotAskedFor) {
  auto watcher = Watch(loop_, Said(v1::JOB_STATE_FAILED).job());
  EXPECT_TRUE(Reaches(loop_, *watcher, v1::JOB_STATE_FAILED));
  EXPECT_TRUE(backend_.watched().empty());
  End(loop_, std::move(watcher));
}

TEST_F(JobWatchersTest, AJobThatIsForgottenIsAFailure) {
  backend_.AnswerWatch(
      {.words = {{0ms, Said(v1::JOB_STATE_UNKNOWN)}}, .broke = Status(Reason::kServiceLost)});
  backend_.AnswerWatch({.broke = Status(Reason::kUnknownJob)});
  auto watcher = Watch(loop_);
  EXPECT_FALSE(Reaches(loop_, *watcher, v1::JOB_STATE_SUCCEEDED));
  EXPECT_EQ(watcher->failure()->reason, Reason::kUnknownJob);
  End(loop_, std::move(watcher));
}

TEST_F(JobWatchersTest, WhoeverIsTheLastEndsTheCall) {
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_RESERVED)}}, .silent = true});
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_ACCEPTED)}}, .silent = true});
  auto one = Watch(loop_);
  auto two = Watch(other_);
  EXPECT_TRUE(Reaches(loop_, *one, v1::JOB_STATE_RESERVED));
  End(loop_, std::move(one));
  EXPECT_TRUE(Reaches(other_, *two, v1::JOB_STATE_RESERVED));
  EXPECT_EQ(backend_.watched().size(), 1u);
  End(other_, std::move(two));
  EXPECT_EQ(counters_.watched, 0u);
  auto three = Watch(other_);
  EXPECT_TRUE(Reaches(other_, *three, v1::JOB_STATE_ACCEPTED)) << "asked anew";
  End(other_, std::move(three));
}

TEST_F(JobWatchersTest, CallersShareNothing) {
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_RESERVED)}}, .silent = true});
  backend_.AnswerWatch({.broke = Status(Reason::kUnknownJob)});
  auto ada = Watch(loop_);
  EXPECT_TRUE(Reaches(loop_, *ada, v1::JOB_STATE_RESERVED));
  context_.caller = "bob";
  auto bob = Watch(loop_);
  EXPECT_FALSE(Reaches(loop_, *bob, v1::JOB_STATE_RESERVED));
  EXPECT_EQ(bob->failure()->reason, Reason::kUnknownJob);
  End(loop_, std::move(ada));
  End(loop_, std::move(bob));
}

TEST_F(JobWatchersTest, PlacesAreBoundedForEachAndForAll) {
  auto one = watchers_.TakePlace("ada");
  auto two = watchers_.TakePlace("ada");
  const auto third = watchers_.TakePlace("ada");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().reason, Reason::kConcurrencyLimited);
  EXPECT_TRUE(third.error().retry_after);
  auto other = watchers_.TakePlace("bob");
  ASSERT_TRUE(other);
  const auto full = watchers_.TakePlace("eve");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().reason, Reason::kOverloaded);
  EXPECT_EQ(counters_.streams_open, 3u);
  EXPECT_EQ(counters_.streams_refused, 2u);
  *one = nullptr;
  EXPECT_TRUE(watchers_.TakePlace("eve"));
  EXPECT_EQ(counters_.streams_open, 2u);
}

TEST_F(JobWatchersTest, AllAreToldToLeave) {
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_RESERVED)}}, .silent = true});
  auto watcher = Watch(loop_);
  EXPECT_TRUE(Reaches(loop_, *watcher, v1::JOB_STATE_RESERVED));
  fakes::Spawned<bool> waits(loop_, Until(*watcher, [&] { return watcher->Leaving(); }));
  watchers_.Leave();
  EXPECT_TRUE(waits.Get());
  End(loop_, std::move(watcher));
}

TEST_F(JobWatchersTest, ALongLogIsCutAtItsBegin) {
  std::vector<std::string> lines(3'000, "x");
  backend_.AnswerWatch({.words = {{0ms, Said(v1::JOB_STATE_SUCCEEDED, lines, 3'000)}}});
  auto watcher = Watch(loop_);
  EXPECT_TRUE(Reaches(loop_, *watcher, v1::JOB_STATE_SUCCEEDED));
  std::uint32_t from = 0;
  EXPECT_EQ(watcher->Logs(from, 10).size(), 10u);
  EXPECT_EQ(from, 1'000u);
  End(loop_, std::move(watcher));
}

}  // namespace
}  // namespace flux::gateway

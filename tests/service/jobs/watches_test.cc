// Following a job: everything once, the newest only, nothing queued, and an end.
#include "service/jobs/watches.h"

#include <list>

#include "tests/service/jobs/jobs_fixture.h"

namespace flux::service {
namespace {

// A reader that takes a reply when it is told to; at once where it is quick.
class Reader final : public JobWatcher {
 public:
  explicit Reader(bool is_quick) : quick(is_quick) {}
  bool Send(std::shared_ptr<const std::string> reply, bool last, std::function<void()> taken) override {
    if (full) return false;
    v1::WatchJobResponse read;
    EXPECT_TRUE(read.ParseFromString(*reply));
    replies.push_back(std::move(read));
    ended = last;
    taken_ = std::move(taken);
    if (quick && !last) Take();
    return true;
  }
  void End(const Status& why) override { refused = why; }
  void Take() {
    if (auto taken = std::exchange(taken_, nullptr)) taken();
  }

  bool quick;
  bool full = false;
  std::vector<v1::WatchJobResponse> replies;
  bool ended = false;
  std::optional<Status> refused;

 private:
  std::function<void()> taken_;
};

class WatchesTest : public JobsFixture {
 protected:
  WatchesTest() {
    Do([this] {
      watches_ = std::make_unique<JobWatches>(
          loop_.executor(), *kept_, metrics_,
          WatchesOptions{.first_look = 10ms, .longest_look = 50ms, .beat = 10ms, .looks_per_beat = 2});
    });
  }
  ~WatchesTest() override {
    watches_->EndAll();
    EXPECT_TRUE(Eventually([this] { return Watching() == 0; }));
    Do([this] { kept_->OnJobChange(nullptr); });
    Settle();
  }

  std::shared_ptr<Reader> Follow(const std::string& id, bool quick = true, const std::string& caller = "ada",
                                 std::uint32_t logs_seen = 0) {
    auto reader = std::make_shared<Reader>(quick);
    Do([&] { watches_->Watch(reader, id, caller, logs_seen); });
    return reader;
  }
  std::size_t Watching() {
    std::size_t count = 0;
    Do([&] { count = watches_->watching(); });
    return count;
  }
  // What a reader has, looked at on its loop.
  template <typename What>
  bool Sees(const What& what) {
    return Eventually([&] {
      bool seen = false;
      Do([&] { seen = what(); });
      return seen;
    });
  }

  std::unique_ptr<JobWatches> watches_;
};

TEST_F(WatchesTest, TellsEachChangeAndEndsWithTheResult) {
  const std::string id = Begin();
  const auto reader = Follow(id);
  EXPECT_TRUE(Sees([&] { return reader->replies.size() == 1; }));
  EXPECT_EQ(reader->replies[0].job().state(), v1::JOB_STATE_RESERVED);
  Do([this] { queue_.Take(); });
  EXPECT_TRUE(Sees([&] { return reader->replies.back().job().queue_position() == 3; }));
  EXPECT_EQ(reader->replies.back().job().state(), v1::JOB_STATE_ACCEPTED);
  Do([this] { queue_.told({fal::QueueState::Kind::kRunning, 0, {{WallTime(1s), "one"}}}); });
  EXPECT_TRUE(Sees([&] { return reader->replies.back().logs_seen() == 1; }));
  const auto lines = [&reader] {
    std::vector<std::string> found;
    for (const auto& reply : reader->replies) {
      for (const auto& line : reply.logs()) found.push_back(line.message());
    }
    return found;
  };
  EXPECT_THAT(lines(), testing::ElementsAre("one"));
  EXPECT_FALSE(reader->replies.back().job().has_queue_position());
  Do([this] {
    queue_.told({fal::QueueState::Kind::kCompleted, 0, {{WallTime(1s), "one"}, {WallTime(2s), "two"}}});
    queue_.Finish();
  });
  EXPECT_TRUE(Sees([&] { return reader->ended; }));
  const v1::WatchJobResponse& last = reader->replies.back();
  EXPECT_EQ(last.job().state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(last.job().generation().seed(), 7u);
  EXPECT_THAT(lines(), testing::ElementsAre("one", "two")) << "each line once";
  EXPECT_EQ(Watching(), 0u);
  EXPECT_EQ(store_ ? Get(store_->Totals())->undelivered : 1, 0u) << "a follower was shown the pictures";
}

TEST_F(WatchesTest, WhatIsOverIsToldAtOnce) {
  const std::string id = Begin();
  Finish(id);
  const auto reader = Follow(id);
  EXPECT_TRUE(Sees([&] { return reader->ended; }));
  EXPECT_EQ(reader->replies.size(), 1u);
}

TEST_F(WatchesTest, OthersJobsAreNone) {
  const std::string id = Begin();
  for (const auto& [asked, caller] :
       {std::pair(id, "bob"), std::pair(std::string(32, '0'), "ada"), std::pair(std::string(), "ada")}) {
    const auto reader = Follow(asked, true, caller);
    EXPECT_TRUE(Sees([&] { return reader->refused.has_value(); }));
    EXPECT_EQ(reader->refused->reason, Reason::kUnknownJob);
    EXPECT_TRUE(reader->replies.empty());
  }
  const auto owner = Follow(id);
  EXPECT_TRUE(Sees([&] { return owner->replies.size() == 1; })) << "strangers disturb nobody";
}

TEST_F(WatchesTest, WhoDoesNotReadHasOneReplyWaitingAndThenTheNewest) {
  const std::string id = Begin();
  const auto slow = Follow(id, false);
  const auto quick = Follow(id);
  Do([this] { queue_.Take(); });
  EXPECT_TRUE(
      Sees([&] { return !quick->replies.empty() && quick->replies.back().job().queue_position() == 3; }));
  for (int i = 1; i <= 100; ++i) {
    Do([&] {
      queue_.told({fal::QueueState::Kind::kRunning, 0, {{WallTime(std::chrono::seconds(i)), "line"}}});
    });
  }
  EXPECT_TRUE(Sees([&] { return quick->replies.back().logs_seen() == 100; }));
  Do([&] {
    EXPECT_EQ(slow->replies.size(), 1u) << "nothing is queued for it";
    slow->Take();
  });
  EXPECT_TRUE(Sees([&] { return slow->replies.size() == 2; }));
  EXPECT_EQ(slow->replies[1].logs_size(), 100) << "what it missed, as one";
}

TEST_F(WatchesTest, GoesOnAfterTheLinesThatItsReaderHas) {
  const std::string id = Begin();
  Do([this] { queue_.Take(); });
  Reach(id, v1::JOB_STATE_ACCEPTED);
  Do([this] {
    queue_.told({fal::QueueState::Kind::kRunning, 0, {{WallTime(1s), "one"}, {WallTime(2s), "two"}}});
  });
  const auto second = Follow(id, true, "ada", 1);
  EXPECT_TRUE(Sees([&] { return second->replies.size() == 1; }));
  EXPECT_EQ(second->replies[0].logs(0).message(), "two");
  EXPECT_EQ(second->replies[0].logs_seen(), 2u);
  const auto foreign = Follow(id, true, "ada", 4'000'000'000);
  EXPECT_TRUE(Sees([&] { return foreign->replies.size() == 1; }));
  EXPECT_EQ(foreign->replies[0].logs_seen(), 2u) << "of another job";
}

TEST_F(WatchesTest, TenThousandShareOneReply) {
  const std::string id = Begin();
  std::vector<std::shared_ptr<Reader>> readers;
  for (int i = 0; i < 10'000; ++i) readers.push_back(std::make_shared<Reader>(i % 2 == 0));
  Do([&] {
    for (const auto& reader : readers) watches_->Watch(reader, id, "ada", 0);
  });
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_service_job_watchers"), 10'000);
  EXPECT_TRUE(Sees([&] {
    return std::ranges::all_of(readers, [](const auto& reader) { return reader->replies.size() == 1; });
  }));
  Finish(id);
  EXPECT_TRUE(Sees([&] {
    return std::ranges::all_of(readers, [](const auto& reader) { return reader->ended || !reader->quick; });
  }));
  Do([&] {
    for (const auto& reader : readers) reader->Take();
  });
  EXPECT_TRUE(Sees([&] { return watches_->watching() == 0; }));
}

TEST_F(WatchesTest, WhereThereIsNoRoomItWaitsForSome) {
  const std::string id = Begin();
  const auto reader = std::make_shared<Reader>(true);
  reader->full = true;
  Do([&] { watches_->Watch(reader, id, "ada", 0); });
  EXPECT_TRUE(Sees([&] { return watches_->watching() == 1; }));
  Do([&] { reader->full = false; });
  EXPECT_TRUE(Sees([&] { return reader->replies.size() == 1; }));
}

TEST_F(WatchesTest, WhoLeavesIsForgotten) {
  const std::string id = Begin();
  const auto reader = Follow(id, false);
  EXPECT_TRUE(Sees([&] { return reader->replies.size() == 1; }));
  Do([&] { watches_->Leave(*reader, id); });
  EXPECT_EQ(Watching(), 0u);
  Do([&] { reader->Take(); });  // what gRPC says late
  Finish(id);
  EXPECT_EQ(reader->replies.size(), 1u);
}

TEST_F(WatchesTest, AtTheEndOfTheProgramOthersCanGoOn) {
  const std::string id = Begin();
  const auto reader = Follow(id);
  EXPECT_TRUE(Sees([&] { return reader->replies.size() == 1; }));
  watches_->EndAll();
  EXPECT_TRUE(Sees([&] { return reader->refused.has_value(); }));
  EXPECT_EQ(reader->refused->reason, Reason::kServiceUnavailable);
  const auto late = Follow(id);
  EXPECT_EQ(late->refused->reason, Reason::kServiceUnavailable);
}

// Nobody tells of what another process does but the store, and where that has not, the next look finds it.
TEST_F(WatchesTest, WhatIsDrivenElsewhereIsLookedAt) {
  NewJob job;
  job.id = std::string(32, 'a');
  job.caller = "ada";
  job.plan = "{}";
  job.purchases.push_back({});
  EXPECT_TRUE(Get(store_->Begin(job)));
  const auto reader = Follow(job.id);
  EXPECT_TRUE(Sees([&] { return reader->replies.size() == 1; }));
  EXPECT_TRUE(*Get(store_->MarkSent(job.id, 0)));
  EXPECT_TRUE(Sees([&] { return reader->replies.back().job().state() == v1::JOB_STATE_SENT; }));
  Outcome outcome{.state = PurchaseState::kFailed, .error = R"({"reason":"CANCELLED"})"};
  EXPECT_TRUE(*Get(store_->Finish(job.id, 0, outcome)));
  EXPECT_TRUE(Sees([&] { return reader->ended; }));
}

}  // namespace
}  // namespace flux::service

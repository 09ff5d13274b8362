// The whole stack over real sockets: how much fal sees at once, in which order, and what is told at each
// stage.
#include "service/wire/stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"
#include "tests/fakes/series.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using fakes::RawConnection;
using fakes::RawServer;
using namespace std::chrono_literals;

using Sent = fakes::Spawned<Result<FalReply>>;

class StackTest : public testing::Test {
 protected:
  ~StackTest() override { loop_.Stop(); }

  void Start(const std::string& url, GovernorOptions governor) {
    StackOptions options;
    options.wire.url = url;
    options.wire.key = "id:secret";
    options.governor = governor;
    stack_ = std::make_unique<Stack>(Stack::Borrowed{loop_.context(), registry_, nullptr, clock_},
                                     std::move(options), std::vector<std::string>{"m"});
  }

  Sent Send(const std::string& body, std::chrono::milliseconds patience = 60s) {
    FalCall call;
    call.endpoint = "fal-ai/flux/dev";
    call.body = std::make_shared<const std::string>(body);
    call.caller = body;
    call.model = "m";
    call.deadline = clock_.Now() + patience;
    return Sent(loop_, fakes::SendKept(stack_->top(), std::move(call)));
  }

  double Gauge(const char* name) { return fakes::SeriesValue(registry_, name).value_or(-1); }
  bool Eventually(const std::function<bool()>& done) {
    const SteadyTime end = clock_.Now() + 30s;
    while (!done()) {
      if (clock_.Now() > end) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  prometheus::Registry registry_;
  SystemClock clock_;
  EventLoop loop_{"test"};
  std::unique_ptr<Stack> stack_;
};

// A fal that counts, takes a moment for each request, and refuses what is beyond its limit.
class CountingFal {
 public:
  explicit CountingFal(int limit) : limit_(limit) {}

  std::string url() const { return server_.url(); }
  int peak() const { return peak_; }
  std::vector<std::string> order() {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  void Open() { open_ = true; }

 private:
  void Serve(RawConnection& connection) {
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      const int running = ++running_;
      for (int peak = peak_; running > peak && !peak_.compare_exchange_weak(peak, running);) {
      }
      while (!open_) std::this_thread::sleep_for(1ms);
      if (running > limit_) {
        --running_;
        const std::string limit = std::to_string(limit_);
        connection.Write(
            HttpReply(429, R"({"type":"concurrent_requests_limit","data":{"limit":)" + limit + "}}"));
        continue;
      }
      {
        const std::lock_guard lock(mutex_);
        order_.push_back(request.substr(request.find("\r\n\r\n") + 4));
      }
      std::this_thread::sleep_for(2ms);
      --running_;  // before the answer, which lets the next one come
      connection.Write(HttpReply(200, "{}"));
    }
  }

  const int limit_;
  std::atomic<int> running_ = 0;
  std::atomic<int> peak_ = 0;
  std::atomic<bool> open_ = false;
  std::mutex mutex_;
  std::vector<std::string> order_;
  RawServer server_{[this](RawConnection& connection, int) { Serve(connection); }};
};

TEST_F(StackTest, AThousandCallsThroughTenSlotsInFairOrder) {
  CountingFal fal(1000);
  Start(fal.url(), {.max_concurrency = 10});
  std::vector<Sent> sent;
  for (int i = 0; i < 900; ++i) sent.push_back(Send("busy"));
  for (int i = 0; i < 100; ++i) sent.push_back(Send("calm"));
  ASSERT_TRUE(Eventually([this] { return Gauge("flux_fal_queue_length") == 990; }));
  fal.Open();
  for (Sent& one : sent) {
    const Result<FalReply> reply = one.Get();
    ASSERT_TRUE(reply) << reply.error().message;
    ASSERT_EQ(reply->status, 200);
    ASSERT_EQ(reply->attempts, 1);
  }
  EXPECT_EQ(fal.peak(), 10);
  const std::vector<std::string> order = fal.order();
  ASSERT_EQ(order.size(), 1000u);
  // The first ten were alone. While both wait, each has every other turn, within 5 %.
  for (const auto& [from, to] : {std::pair{10, 60}, std::pair{10, 110}, std::pair{10, 200}}) {
    const auto calm = std::count(order.begin() + from, order.begin() + to, "calm");
    const double share = static_cast<double>(calm) / (to - from);
    EXPECT_NEAR(share, 0.5, 0.05) << "from " << from << " to " << to;
    RecordProperty("calm_share_to_" + std::to_string(to), std::to_string(share));
  }
}

TEST_F(StackTest, AnUnknownLimitOfFalIsLearnedAndAllCallsAreServed) {
  CountingFal fal(4);
  Start(fal.url(), {});
  std::vector<Sent> sent;
  for (int i = 0; i < 100; ++i) sent.push_back(Send("x"));
  ASSERT_TRUE(Eventually([&] { return fal.peak() == 100; }));
  fal.Open();
  for (Sent& one : sent) {
    const Result<FalReply> reply = one.Get();
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200) << "after " << reply->attempts;
  }
  EXPECT_EQ(fal.order().size(), 100u);
  EXPECT_LE(Gauge("flux_fal_slots_limit"), 4);
  EXPECT_GT(fakes::SeriesValue(registry_, "flux_fal_resends_total",
                               {{"model", "m"}, {"reason", "UPSTREAM_THROTTLED"}}),
            0);
}

// One slot; a call ends at some stage, and the next one must have the slot.
struct Stage {
  const char* name;
  bool queued;                   // behind another call
  bool tls;                      // towards a server that never answers the hello
  void (*play)(RawConnection&);  // after the request was read
  Billed billed;

  friend void PrintTo(const Stage& stage, std::ostream* out) { *out << stage.name; }
};

class StageTest : public StackTest, public testing::WithParamInterface<std::tuple<Stage, bool>> {};

TEST_P(StageTest, FreesTheSlotAndTellsWhatWasBilled) {
  const auto& [stage, cancel] = GetParam();
  std::atomic<int> connections = 0;
  std::atomic<bool> reached = false;
  RawServer fal([&, play = stage.play, tls = stage.tls](RawConnection& connection, int) {
    ++connections;
    if (tls) return connection.ReadToEnd();
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      if (request.ends_with("\r\n\r\nnext")) {
        connection.Write(HttpReply(200, "{}"));
        continue;
      }
      play(connection);
      reached = true;
      connection.ReadToEnd();
    }
  });
  const std::string address = "127.0.0.1:" + std::to_string(fal.port());
  Start((stage.tls ? "https://" : "http://") + address, {.max_concurrency = 1});

  std::optional<Sent> holder;
  if (stage.queued) {
    holder.emplace(Send("holder"));
    ASSERT_TRUE(Eventually([&] { return reached.load(); }));
  }
  Sent sent = Send("first", cancel ? 60s : stage.queued ? kShortestExchange + 100ms : 300ms);
  ASSERT_TRUE(Eventually([&] {
    if (stage.queued) return Gauge("flux_fal_queue_length") == 1;
    return stage.tls ? connections == 1 : reached.load();
  }));
  if (cancel) sent.Cancel();
  const Result<FalReply> result = sent.Get();
  ASSERT_FALSE(result);
  const Reason late = stage.billed == Billed::kNo ? Reason::kDeadlineExceeded : Reason::kUpstreamTimeout;
  EXPECT_EQ(RowOf(result.error().reason).name, RowOf(cancel ? Reason::kCancelled : late).name);
  EXPECT_EQ(Name(result.error().billed), Name(stage.billed));

  if (holder) holder->Cancel();
  ASSERT_TRUE(Eventually([this] { return Gauge("flux_fal_slots_in_use") == 0; }));
  EXPECT_EQ(Gauge("flux_fal_queue_length"), 0);
  EXPECT_EQ(Gauge("flux_fal_requests_in_flight"), 0);
  if (stage.tls) return;
  const Result<FalReply> next = Send("next").Get();
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->status, 200);
}

INSTANTIATE_TEST_SUITE_P(
    Stages, StageTest,
    testing::Combine(testing::Values(Stage{"Queued", true, false, [](RawConnection&) {}, Billed::kNo},
                                     Stage{"Connecting", false, true, nullptr, Billed::kNo},
                                     Stage{"Sent", false, false, [](RawConnection&) {}, Billed::kMaybe},
                                     Stage{
                                         "Receiving", false, false,
                                         [](RawConnection& connection) {
                                           connection.Write(
                                               "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"images\":[");
                                         },
                                         Billed::kMaybe}),
                     testing::Bool()),
    [](const auto& row) {
      return std::string(std::get<0>(row.param).name) + (std::get<1>(row.param) ? "Cancelled" : "Deadline");
    });

}  // namespace
}  // namespace flux::fal

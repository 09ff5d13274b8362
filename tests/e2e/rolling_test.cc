// A rollout drops nothing: gateways and services are replaced one by one under load, as a cluster does it.
// The balancer here is what a cluster's is: it sends to the gateways whose last probe said ready.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kRounds = 20;
constexpr int kCallers = 8;
constexpr std::size_t kReplicas = 2;
// Several probes, as the chart's drain delay is.
constexpr auto kProbePeriod = 20ms;
constexpr char kDrainDelay[] = "--drain-delay=200ms";

// One program at a fixed place, which is started anew again and again.
class Replica {
 public:
  using Start = std::function<std::unique_ptr<Process>()>;

  explicit Replica(Start start) : start_(std::move(start)), process_(start_()) {}

  // Ends it as an orchestrator does; true when it has finished all it had.
  bool Stop() {
    process_->Signal(SIGTERM);
    return process_->Wait() == 0;
  }
  void StartAgain() { process_ = start_(); }

  Process& process() { return *process_; }

 private:
  Start start_;
  std::unique_ptr<Process> process_;
};

class RollingTest : public testing::Test {
 protected:
  RollingTest() {
    sim_ = std::make_unique<Process>("flux-sim",
                                     std::vector<std::string>{"--listen=127.0.0.1:0", "--latency=20ms"},
                                     Process::Settings{{"FLUX_SIM_KEY", kKey}});
    fal_ = sim_->Address("fal");
    std::string targets = "ipv4:";
    for (std::size_t i = 0; i < kReplicas; ++i) {
      services_.push_back(Pinned("flux-service", "--listen=", "grpc",
                                 {"--metrics-listen=127.0.0.1:0", "--fal-url=http://" + fal_, kDrainDelay},
                                 {{"FAL_KEY", kKey}}));
      targets += (i == 0 ? "" : ",") + services_.back()->process().Address("grpc");
    }
    for (std::size_t i = 0; i < kReplicas; ++i) {
      gateways_.push_back(Pinned("flux-gateway", "--listen=", "http",
                                 {"--admin-listen=127.0.0.1:0", "--service=" + targets, kDrainDelay},
                                 {{"RATE_LIMIT_PER_MINUTE", "0"}}));
      public_[i] = gateways_[i]->process().Address("http");
      admin_[i] = gateways_[i]->process().Address("admin");
    }
    prober_ = std::thread([this] { Probe(); });
    EXPECT_TRUE(Eventually([this] { return ready_[0] && ready_[1]; }));
    for (int i = 0; i < kCallers; ++i)
      callers_.emplace_back([this, i] { Call(static_cast<std::size_t>(i)); });
  }

  ~RollingTest() override { End(); }

  // Starts on port 0 and from then on where that led.
  static std::unique_ptr<Replica> Pinned(std::string program, std::string flag, std::string listener,
                                         std::vector<std::string> arguments, Process::Settings settings) {
    auto place = std::make_shared<std::string>("127.0.0.1:0");
    return std::make_unique<Replica>([=] {
      std::vector<std::string> all = arguments;
      all.push_back(flag + *place);
      auto process = std::make_unique<Process>(program, all, settings);
      *place = process->Address(listener);
      return process;
    });
  }

  void Probe() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
      const std::array<std::string, kReplicas> admin = admin_;
      lock.unlock();
      for (std::size_t i = 0; i < kReplicas; ++i) {
        const httplib::Result answer = httplib::Client("http://" + admin[i]).Get("/readyz");
        ready_[i] = answer && answer->status == 200;
      }
      lock.lock();
      end_.wait_for(lock, kProbePeriod, [this] { return ending_.load(); });
    }
  }

  void Call(std::size_t turn) {
    std::array<std::unique_ptr<httplib::Client>, kReplicas> clients;
    for (std::size_t i = 0; i < kReplicas; ++i) {
      clients[i] = std::make_unique<httplib::Client>("http://" + public_[i]);
      clients[i]->set_keep_alive(true);
      clients[i]->set_tcp_nodelay(true);
      clients[i]->set_read_timeout(60s);
    }
    while (!ending_) {
      const std::size_t wanted = ++turn % kReplicas;
      const std::size_t chosen = ready_[wanted] ? wanted : 1 - wanted;
      const httplib::Result answer =
          clients[chosen]->Post("/api/v1/flux/text-to-image/schnell",
                                R"({"prompt":"x","aspect_ratio":"square"})", "application/json");
      ++asked_;
      if (answer && answer->status == 200) continue;
      const std::lock_guard lock(mutex_);
      failures_.push_back(answer ? std::to_string(answer->status) + " " + answer->body
                                 : "gateway " + std::to_string(chosen) + ": " +
                                       httplib::to_string(answer.error()));
    }
  }

  void End() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      end_.notify_all();
    }
    for (std::thread& caller : callers_) caller.join();
    callers_.clear();
    if (prober_.joinable()) prober_.join();
  }

  std::unique_ptr<Process> sim_;
  std::string fal_;
  std::vector<std::unique_ptr<Replica>> services_;
  std::vector<std::unique_ptr<Replica>> gateways_;
  std::array<std::string, kReplicas> public_;
  std::array<std::string, kReplicas> admin_;  // guarded by mutex_
  std::array<std::atomic<bool>, kReplicas> ready_{};
  std::atomic<bool> ending_ = false;
  std::atomic<std::size_t> asked_ = 0;
  std::mutex mutex_;
  std::condition_variable end_;
  std::vector<std::string> failures_;  // guarded by mutex_
  std::thread prober_;
  std::vector<std::thread> callers_;
};

TEST_F(RollingTest, NotOneRequestFails) {
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t i = static_cast<std::size_t>(round) % kReplicas;
    EXPECT_TRUE(gateways_[i]->Stop()) << gateways_[i]->process().Output();
    gateways_[i]->StartAgain();
    {
      const std::lock_guard lock(mutex_);
      admin_[i] = gateways_[i]->process().Address("admin");
    }
    ASSERT_TRUE(Eventually([&] { return ready_[i].load(); }));

    EXPECT_TRUE(services_[i]->Stop()) << services_[i]->process().Output();
    services_[i]->StartAgain();
    // It is in use again once it has answered a call.
    ASSERT_TRUE(Eventually([&] {
      return services_[i]->process().Output().find("\"event\":\"generation\"") != std::string::npos;
    }));
  }
  End();
  EXPECT_EQ(failures_, std::vector<std::string>{});
  EXPECT_GT(asked_, std::size_t{kRounds});
  const auto ledger = nlohmann::json::parse(httplib::Client("http://" + fal_).Get("/_sim/ledger")->body);
  EXPECT_EQ(ledger["purchases"].size(), asked_.load());  // nothing lost, nothing bought twice
}

}  // namespace
}  // namespace flux::e2e

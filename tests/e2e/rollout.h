// Rollout: two services, two gateways and callers who never stop, all real programs, replaced one by one as a
// cluster does it. Callers go where a cluster's balancer sends them: to gateways whose probes say ready.
#pragma once

#include <httplib.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/process.h"
#include "tests/fakes/name_server.h"

namespace flux::e2e {

// What the programs are started with beside their addresses.
struct RolloutSettings {
  Process::Settings service;
  Process::Settings gateway;
  std::chrono::milliseconds probe_period;
  httplib::Headers headers = {};  // of every call
  // By which gateways find both services, as by a headless Service's; empty: they are told both addresses.
  std::string service_name = {};
};

class Rollout {
 public:
  static constexpr std::size_t kReplicas = 2;

  // Starts all and waits until both gateways are ready and callers call.
  explicit Rollout(const RolloutSettings& settings);
  ~Rollout() { End(); }

  // Replaces the gateway, and then the service, of this number; fails the test where one does not end with 0
  // within a minute of its signal.
  void Replace(std::size_t number);

  // Ends the callers; after it the results stand.
  void End();
  std::size_t asked() const { return asked_; }
  const std::vector<std::string>& failures() const { return failures_; }
  // Purchases in the simulator's ledger.
  std::size_t Billed() const;

 private:
  // One program that is started again where it was.
  struct Replica {
    std::function<std::unique_ptr<Process>()> start;
    std::unique_ptr<Process> process;
  };

  static Replica Pinned(const std::string& program, const std::string& listener, Process::Settings settings,
                        const std::string& address = "127.0.0.1:0");
  void Probe(std::chrono::milliseconds period);
  void Call(std::size_t turn, const httplib::Headers& headers);
  static void Restart(Replica& replica);

  std::unique_ptr<Process> sim_;
  std::unique_ptr<fakes::NameServer> names_;
  std::array<Replica, kReplicas> services_;
  std::array<Replica, kReplicas> gateways_;
  std::array<std::string, kReplicas> public_;
  std::array<std::atomic<bool>, kReplicas> ready_{};
  std::atomic<bool> ending_ = false;
  std::atomic<std::size_t> asked_ = 0;
  std::mutex mutex_;
  std::condition_variable end_;
  std::array<std::string, kReplicas> admin_;  // guarded by mutex_
  std::vector<std::string> failures_;         // guarded by mutex_
  std::thread prober_;
  std::vector<std::thread> callers_;
};

}  // namespace flux::e2e

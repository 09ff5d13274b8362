// The parts of a rollout test: something that asks for readiness like an orchestrator, and callers with
// kept-alive connections to each gateway.
#include "tests/e2e/rollout.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kCallers = 8;

Process::Settings WithSettings(Process::Settings settings, const Process::Settings& more) {
  for (const auto& [name, value] : more) settings[name] = value;
  return settings;
}

}  // namespace

Rollout::Rollout(const RolloutSettings& settings) {
  sim_ = std::make_unique<Process>("flux-sim",
                                   std::vector<std::string>{"--listen=127.0.0.1:0", "--latency=20ms"},
                                   Process::Settings{{"FLUX_SIM_KEY", kKey}});
  const Process::Settings service =
      WithSettings(settings.service, {{"FAL_KEY", kKey},
                                      {"FLUX_FAL_URL", "http://" + sim_->Address("fal")},
                                      {"FLUX_METRICS_LISTEN", "127.0.0.1:0"}});
  const bool named = !settings.service_name.empty();
  std::string targets = "ipv4:";
  std::string port = "0";
  std::vector<std::string> hosts;
  for (std::size_t i = 0; i < kReplicas; ++i) {
    // One name has one port, so the services of a name differ by their address.
    hosts.push_back(named ? "127.0.0." + std::to_string(2 + i) : "127.0.0.1");
    services_[i] = Pinned("flux-service", "grpc", service, hosts[i] + ":" + (named ? port : "0"));
    const std::string address = services_[i].process->Address("grpc");
    targets += (i == 0 ? "" : ",") + address;
    port = address.substr(address.rfind(':') + 1);
  }
  if (named) {
    names_ = std::make_unique<fakes::NameServer>(hosts);
    targets = "dns://" + names_->address() + "/" + settings.service_name + ":" + port;
  }
  for (std::size_t i = 0; i < kReplicas; ++i) {
    gateways_[i] = Pinned(
        "flux-gateway", "http",
        WithSettings(settings.gateway, {{"FLUX_ADMIN_LISTEN", "127.0.0.1:0"}, {"FLUX_SERVICE", targets}}));
    public_[i] = gateways_[i].process->Address("http");
    admin_[i] = gateways_[i].process->Address("admin");
  }
  prober_ = std::thread([this, period = settings.probe_period] { Probe(period); });
  EXPECT_TRUE(Eventually([this] { return ready_[0] && ready_[1]; }));
  for (std::size_t i = 0; i < kCallers; ++i) {
    callers_.emplace_back([this, i, headers = settings.headers] { Call(i, headers); });
  }
  EXPECT_TRUE(Eventually([this] { return asked_ > kCallers; }));
}

// Starts at `address`, with port 0 as a rule, and from then on where that led.
Rollout::Replica Rollout::Pinned(const std::string& program, const std::string& listener,
                                 Process::Settings settings, const std::string& address) {
  settings["FLUX_LISTEN"] = address;
  auto kept = std::make_shared<Process::Settings>(std::move(settings));
  Replica replica;
  replica.start = [program, listener, kept] {
    auto process = std::make_unique<Process>(program, std::vector<std::string>{}, *kept);
    (*kept)["FLUX_LISTEN"] = process->Address(listener);
    return process;
  };
  replica.process = replica.start();
  return replica;
}

void Rollout::Restart(Replica& replica) {
  replica.process->Signal(SIGTERM);
  EXPECT_EQ(replica.process->Wait(), 0) << replica.process->Output();
  replica.process = replica.start();
}

void Rollout::Replace(std::size_t number) {
  Restart(gateways_[number]);
  {
    const std::lock_guard lock(mutex_);
    admin_[number] = gateways_[number].process->Address("admin");
  }
  EXPECT_TRUE(Eventually([&] { return ready_[number].load(); }));
  Restart(services_[number]);
  // It is in use again once it has answered a call.
  Process& service = *services_[number].process;
  EXPECT_TRUE(
      Eventually([&] { return service.Output().find("\"event\":\"generation\"") != std::string::npos; }));
}

void Rollout::End() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    end_.notify_all();
  }
  for (std::thread& caller : callers_) caller.join();
  callers_.clear();
  if (prober_.joinable()) prober_.join();
}

std::size_t Rollout::Billed() const {
  const httplib::Result ledger = httplib::Client("http://" + sim_->Address("fal")).Get("/_sim/ledger");
  return ledger ? nlohmann::json::parse(ledger->body)["purchases"].size() : 0;
}

void Rollout::Probe(std::chrono::milliseconds period) {
  constexpr int kFailures = 2;  // in a row, as the chart's failureThreshold
  std::array<int, kReplicas> failed{};
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const std::array<std::string, kReplicas> admin = admin_;
    lock.unlock();
    for (std::size_t i = 0; i < kReplicas; ++i) {
      const httplib::Result answer = httplib::Client("http://" + admin[i]).Get("/readyz");
      failed[i] = answer && answer->status == 200 ? 0 : failed[i] + 1;
      if (failed[i] == 0 || failed[i] >= kFailures) ready_[i] = failed[i] == 0;
    }
    lock.lock();
    end_.wait_for(lock, period, [this] { return ending_.load(); });
  }
}

void Rollout::Call(std::size_t turn, const httplib::Headers& headers) {
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
        clients[chosen]->Post("/api/v1/flux/text-to-image/schnell", headers,
                              R"({"prompt":"x","aspect_ratio":"square"})", "application/json");
    ++asked_;
    if (answer && answer->status == 200) continue;
    const std::lock_guard lock(mutex_);
    failures_.push_back(answer ? std::to_string(answer->status) + " " + answer->body
                               : public_[chosen] + ": " + httplib::to_string(answer.error()));
  }
}

}  // namespace flux::e2e

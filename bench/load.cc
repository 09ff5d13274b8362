// bench-load: sends one request over and over to 127.0.0.1 and prints one JSON object about the answers. One
// thread.
//   open loop (--rate)   requests fall due at a constant rate; latency counts from the moment one was DUE, so
//   a stall
//                        is charged to every request that had to wait for it
//   closed loop          each connection sends its next request when it has the answer to the last
// A request without an answer when the run ends is an error; so is a status but 200 and an answer without
// --expect.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "bench/load_client.h"

namespace flux::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Micros = std::chrono::duration<std::uint64_t, std::micro>;

struct Plan {
  Exchange exchange;
  std::uint32_t connections = 64;
  double rate = 0;  // requests per second; 0: closed loop
  double duration_s = 5;
  double ramp_s = 0;   // over which the connections are made
  double drain_s = 5;  // longest wait for answers after the last request
};

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class Run {
 public:
  explicit Run(const Plan& plan) : plan_(plan) {
    for (std::uint32_t i = 0; i < plan_.connections; ++i) {
      clients_.push_back(std::make_unique<LoadClient>(loop_, plan_.exchange, i, scratch_));
    }
  }

  void Go() {
    start_ = Clock::now();
    // The clock of an open loop starts when all connections stand.
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      After(Seconds(plan_.ramp_s * static_cast<double>(i) / plan_.connections),
            [this, i] { clients_[i]->Connect([this, client = clients_[i].get()] { Connected(*client); }); });
    }
    After(Seconds(plan_.ramp_s + kConnectPatienceSeconds), [this] {
      if (connected_ < plan_.connections) Stop();
    });
    loop_.run();
  }

  void Print() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [this](double share) -> std::uint64_t {
      if (latencies_.empty()) return 0;
      const auto rank = static_cast<std::size_t>(share * static_cast<double>(latencies_.size()));
      return latencies_[std::min(rank, latencies_.size() - 1)];
    };
    std::uint64_t refused = 0;
    for (const auto& client : clients_) refused += client->failed_connects();
    const double seconds = std::chrono::duration<double>(last_ - start_).count();
    std::printf("{\"completed\":%zu,\"errors\":%" PRIu64 ",\"unanswered\":%" PRIu64
                ",\"failed_connects\":%" PRIu64 ",\"seconds\":%.3f,\"rps\":%.1f,\"p50\":%" PRIu64
                ",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64 ",\"p999\":%" PRIu64 ",\"max\":%" PRIu64 "}\n",
                latencies_.size(), errors_ + Unanswered(), Unanswered(), refused, seconds,
                seconds > 0 ? static_cast<double>(latencies_.size()) / seconds : 0, at(0.5), at(0.9),
                at(0.99), at(0.999), at(1));
  }

 private:
  static constexpr double kConnectPatienceSeconds = 10;

  // Requests due or sent that have no answer; without connections the run itself is the failure.
  std::uint64_t Unanswered() const {
    return connected_ < plan_.connections ? plan_.connections - connected_ : in_flight_ + due_.size();
  }

  template <typename Action>
  void After(Clock::duration wait, Action action) {
    auto timer = std::make_shared<asio::steady_timer>(loop_, wait);
    timer->async_wait([timer, action = std::move(action)](const asio::error_code&) { action(); });
  }

  void Connected(LoadClient& client) {
    ++connected_;
    const bool open = plan_.rate > 0;
    if (open) idle_.push_back(&client);
    if (connected_ == 1 && !open) start_ = Clock::now();
    if (connected_ == plan_.connections) {
      if (open) start_ = Clock::now();
      end_ = Clock::now() + Seconds(plan_.duration_s);
      After(Seconds(plan_.duration_s + plan_.drain_s), [this] { Stop(); });
      if (open) Tick();
    }
    if (!open) Start(client, Clock::now());
  }

  // Open loop: makes requests due, and sleeps until the next one is.
  void Tick() {
    const Clock::time_point now = Clock::now();
    for (; NextDue() <= now && NextDue() < end_; ++made_due_) due_.push_back(NextDue());
    SendDue();
    if (NextDue() >= end_) {
      ticking_ = false;
      return StopIfDone();
    }
    pace_.expires_at(NextDue());
    pace_.async_wait([this](const asio::error_code& error) {
      if (!error) Tick();
    });
  }

  Clock::time_point NextDue() const { return start_ + Seconds(static_cast<double>(made_due_) / plan_.rate); }

  void SendDue() {
    while (!due_.empty() && !idle_.empty()) {
      LoadClient* client = idle_.back();
      idle_.pop_back();
      const Clock::time_point due = due_.front();
      due_.pop_front();
      Start(*client, due);
    }
  }

  void Start(LoadClient& client, Clock::time_point from) {
    ++in_flight_;
    client.Send([this, &client, from](bool good) { Ended(client, from, good); });
  }

  void Ended(LoadClient& client, Clock::time_point from, bool good) {
    --in_flight_;
    last_ = Clock::now();
    if (!good) {
      ++errors_;
      return client.Connect([this, &client] { Next(client); });
    }
    latencies_.push_back(std::chrono::duration_cast<Micros>(last_ - from).count());
    Next(client);
  }

  void Next(LoadClient& client) {
    if (plan_.rate > 0) {
      idle_.push_back(&client);
      SendDue();
    } else if (Clock::now() < end_) {
      return Start(client, Clock::now());
    }
    StopIfDone();
  }

  void StopIfDone() {
    const bool made_all = plan_.rate > 0 ? !ticking_ && due_.empty() : Clock::now() >= end_;
    if (made_all && in_flight_ == 0) Stop();
  }

  void Stop() { loop_.stop(); }

  const Plan& plan_;
  asio::io_context loop_{1};
  asio::steady_timer pace_{loop_};
  LoadClient::Scratch scratch_{};
  std::vector<std::unique_ptr<LoadClient>> clients_;
  std::vector<LoadClient*> idle_;
  std::deque<Clock::time_point> due_;
  std::vector<std::uint64_t> latencies_;
  Clock::time_point start_{};
  Clock::time_point last_{};
  Clock::time_point end_ = Clock::time_point::max();
  std::uint32_t connected_ = 0;
  std::uint64_t made_due_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t errors_ = 0;
  bool ticking_ = true;
};

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
  namespace bench = flux::bench;
  bench::Plan plan;
  std::string path = "/";
  std::string body = "{}";
  std::string key;
  std::string body_file;
  std::string content_type = "application/json";
  CLI::App app("Load on 127.0.0.1; prints one JSON object, times in microseconds.", "bench-load");
  app.add_option("--port", plan.exchange.port, "Port of 127.0.0.1")->required();
  app.add_option("--path", path, "Path to POST to")->capture_default_str();
  app.add_option("--body", body, "JSON to send")->capture_default_str();
  app.add_option("--expect", plan.exchange.expect, "Text that every good answer contains")
      ->capture_default_str();
  app.add_option("--connections", plan.connections)->check(CLI::Range(1, 60'000))->capture_default_str();
  app.add_option("--rate", plan.rate, "Requests per second; 0: closed loop")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--duration", plan.duration_s, "Seconds")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  app.add_option("--ramp", plan.ramp_s, "Seconds over which connections are made")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  app.add_option("--drain", plan.drain_s, "Longest wait for the last answers, seconds")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  app.add_option("--key", key, "Each request has an idempotency key of its own, which begins with this");
  app.add_flag("--job", plan.exchange.job,
               "Each request begins a job, whose events are read to their end; --expect is in them");
  app.add_option("--body-file", body_file, "The same as --body, from a file");
  app.add_option("--content-type", content_type)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (!body_file.empty()) {
    std::ifstream file(body_file, std::ios::binary);
    body.assign(std::istreambuf_iterator<char>(file), {});
    if (!file || body.empty()) {
      std::fprintf(stderr, "bench-load: %s cannot be read, or is empty\n", body_file.c_str());
      return 2;
    }
  }
  std::string head = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(plan.exchange.port);
  if (!key.empty()) {
    head += "\r\nIdempotency-Key: " + key;
    plan.exchange.number_at = head.size();
    head += std::string(16, '0');
  }
  if (plan.exchange.job) head += "\r\nPrefer: respond-async";
  plan.exchange.request = head + "\r\nContent-Type: " + content_type +
                          "\r\nAccept: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\n\r\n" + body;
  bench::Run run(plan);
  run.Go();
  run.Print();
}

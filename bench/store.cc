// bench-store: how many keyed purchases a second a store takes, and how long each verb of one takes. A keyed
// purchase is Begin, MarkSent, MarkAccepted and Finish with a result of 2 KB.
//   bench-store --store memory|sqlite:PATH|postgres://… [--sync full|normal] [--at-once N] [--seconds S]
// Prints one JSON object. The password of PostgreSQL is FLUX_STORE_PASSWORD. The store should be empty, and
// is not when this is done.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/clock.h"
#include "service/store/open_store.h"

namespace flux::bench {
namespace {

using service::Store;
using std::chrono::steady_clock;

constexpr std::array kVerbs{"begin", "mark_sent", "mark_accepted", "finish"};

struct Measured {
  std::array<std::vector<double>, kVerbs.size()> ms;
  std::uint64_t purchases = 0;
  std::uint64_t failures = 0;
};

struct Run {
  Store& store;
  steady_clock::time_point end;
  std::string prefix;
  std::uint64_t next = 0;
  int running = 0;
  Measured measured;
};

service::NewJob Job(const std::string& id) {
  service::NewJob job;
  job.id = id;
  job.caller = "bench";
  job.key = id;
  job.fingerprint = std::string(64, 'f');
  job.request_id = id;
  job.model = "flux-2";
  job.endpoint = "fal-ai/flux-2";
  job.plan = R"({"seed":7,"image_size":"landscape_4_3","num_images":1})";
  job.purchases.push_back({40'000'000, std::string(64, '0')});
  job.accounts = {"bench", "total"};
  job.limits = {{"bench", service::BudgetPeriod::kDay, std::int64_t{1} << 60}};
  return job;
}

// Adds the time since `from`; false where the verb failed.
template <typename T>
bool Note(Run& run, std::size_t verb, steady_clock::time_point from, const Result<T>& result) {
  run.measured.ms.at(verb).push_back(
      std::chrono::duration<double, std::milli>(steady_clock::now() - from).count());
  if (!result) ++run.measured.failures;
  return result.has_value();
}

asio::awaitable<void> Buy(Run& run, asio::io_context& loop) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (steady_clock::now() < run.end) {
    const std::string id = run.prefix + std::to_string(run.next++);
    service::NewJob job = Job(id);
    service::FalTicket ticket{id, "https://queue.fal.run/" + id, "https://queue.fal.run/" + id,
                              "https://queue.fal.run/" + id};
    service::Outcome outcome;
    outcome.state = service::PurchaseState::kSucceeded;
    outcome.billed = Billed::kYes;
    outcome.charged_nano_usd = 40'000'000;
    outcome.result = std::string(2048, 'r');
    auto from = steady_clock::now();
    const auto begun = co_await run.store.Begin(std::move(job));
    if (!Note(run, 0, from, begun)) continue;
    from = steady_clock::now();
    const auto sent = co_await run.store.MarkSent(id, 0);
    if (!Note(run, 1, from, sent)) continue;
    from = steady_clock::now();
    const auto accepted = co_await run.store.MarkAccepted(id, 0, std::move(ticket));
    if (!Note(run, 2, from, accepted)) continue;
    from = steady_clock::now();
    const auto finished = co_await run.store.Finish(id, 0, std::move(outcome));
    if (Note(run, 3, from, finished)) ++run.measured.purchases;
  }
  if (--run.running == 0) loop.stop();
}

double Quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

int Main(int argc, char** argv) {
  service::StoreOptions options;
  std::string sync = "full";
  int at_once = 1;
  double seconds = 5;
  CLI::App app{"Measures a store."};
  app.add_option("--store", options.text)->required();
  app.add_option("--sync", sync)->check(CLI::IsMember({"full", "normal"}));
  app.add_option("--at-once", at_once, "purchases at the same time")->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);
  options.sync = sync == "full" ? service::StoreSync::kFull : service::StoreSync::kNormal;
  options.instance = "bench" + std::to_string(getpid());
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is no other thread yet
  if (const char* password = std::getenv("FLUX_STORE_PASSWORD")) options.password = password;

  asio::io_context loop{1};
  const SystemClock clock;
  auto store = service::OpenStore(loop, options, clock);
  if (!store || !store.value()->Problem().empty()) {
    std::fprintf(stderr, "%s\n", (store ? store.value()->Problem() : store.error().message).c_str());
    return 1;
  }
  loop.poll();  // the connection is taken
  loop.restart();
  const auto start = steady_clock::now();
  Run run{**store,
          start + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(seconds)),
          options.instance + "-",
          0,
          at_once,
          {}};
  for (int i = 0; i < at_once; ++i) asio::co_spawn(loop, Buy(run, loop), asio::detached);
  loop.run();
  const double took = std::chrono::duration<double>(steady_clock::now() - start).count();
  std::printf("{\"at_once\":%d,\"purchases_per_s\":%.0f,\"failures\":%llu", at_once,
              static_cast<double>(run.measured.purchases) / took,
              static_cast<unsigned long long>(run.measured.failures));
  for (std::size_t verb = 0; verb < kVerbs.size(); ++verb) {
    auto& ms = run.measured.ms.at(verb);
    std::printf(",\"%s_ms\":{\"p50\":%.3f,\"p99\":%.3f}", kVerbs.at(verb), Quantile(ms, 0.5),
                Quantile(ms, 0.99));
  }
  std::printf("}\n");
  return run.measured.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace flux::bench

int main(int argc, char** argv) {
  return flux::bench::Main(argc, argv);
}

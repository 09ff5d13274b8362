// From the wire outwards, one sentence per layer on why it sits there.
#include "service/wire/stack.h"

#include <random>

#include "service/wire/governor_transport.h"
#include "service/wire/ledger_transport.h"
#include "service/wire/log_transport.h"
#include "service/wire/metrics_transport.h"
#include "service/wire/retry_transport.h"
#include "service/wire/submit_transport.h"
#include "service/wire/unthrottled.h"

namespace flux::fal {
namespace {

RetryTransport::Random Jitter() {
  return [engine = std::minstd_rand(std::random_device()())]() mutable {
    return std::uniform_real_distribution<>()(engine);
  };
}

void TakeDown(std::vector<std::unique_ptr<FalTransport>>& layers) {
  while (!layers.empty()) layers.pop_back();  // outermost first: each layer borrows the one below
}

}  // namespace

Stack::Stack(Borrowed borrowed, StackOptions options, const std::vector<std::string>& models) {
  const auto metrics = std::make_shared<Metrics>(borrowed.registry, models);
  const auto governor =
      std::make_shared<Governor>(borrowed.loop.get_executor(), options.governor, borrowed.clock, metrics);
  // Wire: the only layer that knows HTTP.
  layers_.push_back(std::make_unique<CurlTransport>(borrowed.loop, std::move(options.wire)));
  // Log: directly around the wire, so that each attempt has a line.
  if (borrowed.log != nullptr) {
    layers_.push_back(std::make_unique<LogTransport>(*layers_.back(), *borrowed.log, borrowed.clock));
  }
  // Retry: within the governor, so that a call keeps its turn until it is done, and lends its slot while it
  // waits.
  layers_.push_back(std::make_unique<RetryTransport>(*layers_.back(), *governor, options.resends, Jitter(),
                                                     borrowed.clock, *metrics));
  // Ledger: a call that waits for its slot has cost nothing yet; of one that is resent it was told already.
  layers_.push_back(std::make_unique<LedgerTransport>(*layers_.back()));
  // Governor: outside of whatever costs fal anything.
  layers_.push_back(std::make_unique<GovernorTransport>(*layers_.back(), governor));
  // Metrics: outermost, so that it sees every outcome.
  layers_.push_back(std::make_unique<MetricsTransport>(*layers_.back(), *metrics));
  top_ = layers_.back().get();
}

Stack::~Stack() {
  TakeDown(layers_);
}

SubmitStack::SubmitStack(Stack::Borrowed borrowed, HttpExchange http, SubmitStackOptions options,
                         const std::vector<std::string>& models)
    : metrics_(std::make_unique<Metrics>(borrowed.registry, models, Metrics::Route::kQueue)),
      throttle_(std::make_unique<Unthrottled>(borrowed.loop.get_executor())) {
  // Wire. Without a limit for the start: what fal has taken, it is asked for until it is done.
  layers_.push_back(std::make_unique<CurlTransport>(std::move(http), std::move(options.url),
                                                    options.max_reply, CurlTransport::StartLimit::kNone,
                                                    std::move(options.query), options.backup));
  // Log: directly around the wire, so that each attempt has a line with what fal said.
  if (borrowed.log != nullptr) {
    layers_.push_back(std::make_unique<LogTransport>(*layers_.back(), *borrowed.log, borrowed.clock));
  }
  // Submit: before anything resends.
  layers_.push_back(std::make_unique<SubmitTransport>(*layers_.back()));
  layers_.push_back(std::make_unique<RetryTransport>(*layers_.back(), *throttle_, options.resends, Jitter(),
                                                     borrowed.clock, *metrics_));
  // Ledger: of one that is resent it was told already.
  layers_.push_back(std::make_unique<LedgerTransport>(*layers_.back()));
  // Metrics: outermost, so that it sees every outcome.
  layers_.push_back(std::make_unique<MetricsTransport>(*layers_.back(), *metrics_));
}

SubmitStack::~SubmitStack() {
  TakeDown(layers_);
}

}  // namespace flux::fal

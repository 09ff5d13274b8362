// One loop: send, ask whether it may be sent again, wait.
#include "service/wire/retry_transport.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "service/fal/classify.h"

namespace flux::fal {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{500};
constexpr milliseconds kLongestBackOff{5'000};
constexpr double kJitter = 0.25;

// The failure that a resend may follow, if the result is one.
std::optional<Status> Resendable(const Result<FalReply>& result) {
  if (result && !IsFailure(*result)) return std::nullopt;
  Status failure = result ? Classify(*result) : result.error();
  if (!RowOf(failure.reason).resend || failure.billed != Billed::kNo) return std::nullopt;
  return failure;
}

}  // namespace

asio::awaitable<Result<FalReply>> RetryTransport::Send(const FalCall& call) {
  std::unique_ptr<FalCall> again;  // most calls are sent once
  for (int attempt = 1;; ++attempt) {
    const SteadyTime start = clock_.Now();
    Result<FalReply> result = co_await next_.Send(again ? *again : call);
    const SteadyTime now = clock_.Now();
    metrics_.Exchanged(call.model, now - start);
    if (result) result->attempts = attempt;

    const std::optional<Status> failure = Resendable(result);
    if (!failure) co_return result;
    if (failure->reason == Reason::kUpstreamThrottled) throttle_.Refused(ConcurrencyLimit(*result));
    if (attempt > resends_) co_return result;
    const SteadyTime::duration asked = failure->retry_after.value_or(milliseconds(0));
    const SteadyTime resume = now + std::max(BackOff(attempt), asked);
    if (resume + kShortestExchange > call.deadline) co_return result;
    const Throttle::Verdict verdict = co_await throttle_.Pause(call, resume);
    if (verdict == Throttle::Verdict::kGiveUp) co_return result;
    if (verdict == Throttle::Verdict::kCancelled) co_return Status(Reason::kCancelled);  // nothing was billed
    metrics_.Resent(call.model, failure->reason);
    again = std::make_unique<FalCall>(call);  // shares the body
    again->attempt = attempt + 1;
  }
}

SteadyTime::duration RetryTransport::BackOff(int attempt) const {
  const milliseconds even = std::min(kFirstBackOff * (1 << (attempt - 1)), kLongestBackOff);
  return duration_cast<SteadyTime::duration>(even * (1 - kJitter + 2 * kJitter * random_()));
}

}  // namespace flux::fal

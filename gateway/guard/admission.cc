// What takes something from the caller's allowance comes last.
#include "gateway/guard/admission.h"

#include <absl/hash/hash.h>
#include <prometheus/counter.h>

#include <utility>

#include "gateway/guard/caller/credentials.h"

namespace flux::gateway {
namespace {

// What one customer of an IPv6 provider has; a limit of single addresses would be none.
constexpr int kV6SubscriberBits = 64;

// Looks cost nobody money, so that fewer addresses are told apart.
constexpr std::size_t kLookBuckets = 1'024;

// The address as it is counted. Peers on a unix socket count as one.
IpAddress Subscriber(const std::string& address) {
  const IpAddress parsed = ParseIpAddress(address).value_or(IpAddress());
  return parsed.IsV4() ? parsed : parsed.Masked(kV6SubscriberBits);
}

Status Unauthenticated(std::string sentence) {
  return Status(Reason::kUnauthenticated, std::move(sentence));
}

}  // namespace

Admission::Admission(AdmissionOptions options, const KeyRing& keys, RateLimitStore* store,
                     AdmissionMetrics& metrics, const Clock& clock, std::uint64_t salt)
    : options_(std::move(options)),
      addresses_(options_.trusted_proxies),
      keys_(keys),
      store_(store),
      metrics_(metrics),
      clock_(clock),
      anonymous_(metrics.ForCaller("anonymous")),
      table_(options_.rate_limit_per_minute == 0 ? nullptr : std::make_unique<RateTable>(salt)),
      looks_(options_.looks_per_minute == 0 ? nullptr : std::make_unique<RateTable>(salt, kLookBuckets)) {}

std::uint64_t Visit::Share() const {
  if (found_.caller != nullptr) return absl::HashOf(found_.caller->name);
  return absl::HashOf(Counted());
}

std::string Visit::Counted() const {
  return address_.find(':') == std::string::npos ? address_ : Subscriber(address_).Text();
}

void Admission::Locate(const Request& head, Visit& visit) const {
  visit.address_ = addresses_.Of(head);
}

std::optional<Status> Admission::Identify(const Request& head, Access access, Visit& visit) const {
  if (access == Access::kOpen || access == Access::kSigned) return std::nullopt;
  if (keys_.InUse()) {
    Result<KeyRing::Found> found = Find(head);
    if (!found) {
      metrics_.Unauthenticated();
      return std::move(found).error();
    }
    visit.found_ = *std::move(found);
  }
  visit.known_ = true;
  return std::nullopt;
}

Result<KeyRing::Found> Admission::Find(const Request& head) const {
  auto shown = ShownKey(head);
  if (!shown) return std::move(shown).error();
  if (*shown) {
    KeyRing::Found found = keys_.Find(**shown);
    if (found.key == nullptr) return Unauthenticated("The API key is not known here.");
    return found;
  }
  if (options_.allow_anonymous) return KeyRing::Found();
  return Unauthenticated("The request needs an API key: send Authorization: Bearer KEY");
}

std::optional<Status> Admission::Admit(Access access, Visit& visit) const {
  if (access == Access::kLooks) return TakeLook(visit);
  if (access != Access::kSpends) return std::nullopt;
  std::optional<Status> refused = TakePlace(visit);
  if (refused || RateOf(visit) == 0) return refused;
  visit.unconfirmed_ = store_ != nullptr && store_->Up();
  if (visit.unconfirmed_) return std::nullopt;
  return Judge(visit, TakeLocally(visit, Gcra(RateOf(visit))));
}

std::optional<Status> Admission::TakePlace(Visit& visit) const {
  if (visit.found_.key == nullptr) return std::nullopt;
  const ApiKey& key = *visit.found_.key;
  const std::uint32_t before = visit.found_.caller->in_flight.fetch_add(1, std::memory_order_relaxed);
  visit.holds_place_ = true;
  if (key.concurrency == 0 || before < key.concurrency) return std::nullopt;
  metrics_.Limited(LimitedBy::kConcurrency);
  Status status(Reason::kConcurrencyLimited, "This API key may have " + std::to_string(key.concurrency) +
                                                 " requests at a time; wait for one to end");
  status.retry_after = std::chrono::seconds(1);
  return status;
}

std::optional<Status> Admission::TakeLook(const Visit& visit) const {
  if (looks_ == nullptr) return std::nullopt;
  const Gcra gcra(options_.looks_per_minute);
  const std::chrono::nanoseconds now = clock_.Now().time_since_epoch();
  const bool named = visit.found_.caller != nullptr;
  const RateVerdict verdict = named ? visit.found_.caller->Take(gcra, now, visit.found_.caller->looks_full_at)
                                    : looks_->Take(Subscriber(visit.address_), gcra, now);
  if (verdict.admitted) return std::nullopt;
  metrics_.Limited(named ? LimitedBy::kKey : LimitedBy::kAddress);
  Status status(Reason::kRateLimited, (named ? "This API key may look " : "This address may look ") +
                                          std::to_string(verdict.limit) +
                                          " times a minute; follow a job by its events instead of asking");
  status.retry_after = std::chrono::ceil<std::chrono::milliseconds>(verdict.until_another);
  return status;
}

std::uint32_t Admission::RateOf(const Visit& visit) const {
  if (visit.found_.key == nullptr) return options_.rate_limit_per_minute;
  return visit.found_.key->rate.value_or(options_.rate_limit_per_minute);
}

RateVerdict Admission::TakeLocally(const Visit& visit, const Gcra& gcra) const {
  const std::chrono::nanoseconds now = clock_.Now().time_since_epoch();
  if (visit.found_.caller != nullptr) return visit.found_.caller->Take(gcra, now);
  return table_->Take(Subscriber(visit.address_), gcra, now);
}

asio::awaitable<std::optional<Status>> Admission::Confirm(Visit& visit) const {
  visit.unconfirmed_ = false;
  const Gcra gcra(RateOf(visit));
  std::string subject = "k:" + std::string(visit.name());
  if (visit.found_.caller == nullptr) subject = "a:" + Subscriber(visit.address_).Text();
  const std::optional<RateVerdict> shared = co_await store_->Take(std::move(subject), gcra);
  if (!shared) co_return Judge(visit, TakeLocally(visit, gcra));
  // Kept up to date here as well, for the moment when the store is gone.
  if (shared->admitted) TakeLocally(visit, gcra);
  co_return Judge(visit, *shared);
}

std::optional<Status> Admission::Judge(Visit& visit, const RateVerdict& verdict) const {
  visit.rate_ = verdict;
  if (verdict.admitted) return std::nullopt;
  const bool by_key = visit.found_.key != nullptr;
  metrics_.Limited(by_key ? LimitedBy::kKey : LimitedBy::kAddress);
  Status status(Reason::kRateLimited, (by_key ? "This API key may make " : "This address may make ") +
                                          std::to_string(verdict.limit) +
                                          " requests a minute; see Retry-After");
  status.retry_after = std::chrono::ceil<std::chrono::milliseconds>(verdict.until_another);
  return status;
}

void Admission::Record(const Visit& visit, bool ok) const {
  if (!visit.known_) return;
  const CallerCounters& counters = visit.found_.caller ? visit.found_.caller->counters : anonymous_;
  (ok ? counters.ok : counters.failed)->Increment();
}

std::size_t Admission::Remembered() const {
  return table_ ? table_->Live(clock_.Now().time_since_epoch()) : 0;
}

}  // namespace flux::gateway

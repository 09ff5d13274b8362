// Admission: who may spend, and how often. Asks for the key, the model, the caller's requests at a time and
// its rate, in this order; refuses before anything is spent. Knows no browsers (cors.h) and no overload
// (guard.h).
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "gateway/doors/routes.h"
#include "gateway/guard/caller/caller_address.h"
#include "gateway/guard/caller/key_ring.h"
#include "gateway/guard/rate/rate_limit_store.h"
#include "gateway/guard/rate/rate_table.h"
#include "gateway/http/message.h"
#include "gateway/metrics/admission_metrics.h"

namespace flux::gateway {

struct AdmissionOptions {
  bool allow_anonymous = false;              // beside keys; without a file of keys everybody is anonymous
  std::uint32_t rate_limit_per_minute = 60;  // of keys that say none, and of addresses; 0: none
  std::vector<std::string> trusted_proxies = {};
};

// One request on its way through: who sent it, and its place among the caller's requests at a time, which it
// gives back when it is destroyed.
class Visit {
 public:
  Visit() = default;
  ~Visit() {
    if (holds_place_) found_.caller->in_flight.fetch_sub(1, std::memory_order_relaxed);
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // The name of the caller's key; empty where it is anonymous or was not let in.
  std::string_view name() const { return found_.caller ? std::string_view(found_.caller->name) : ""; }
  // Where the request comes from, proxies left out.
  const std::string& address() const { return address_; }
  // The name, or else the address: whom flux-service is to be fair to.
  std::string Caller() const { return found_.caller ? found_.caller->name : address_; }
  // What its rate limit said; nullopt where none was asked.
  const std::optional<RateVerdict>& rate() const { return rate_; }

 private:
  friend class Admission;

  std::string address_;
  KeyRing::Found found_;
  bool holds_place_ = false;
  bool known_ = false;  // who it is, or that it may be anonymous
  std::optional<RateVerdict> rate_;
};

// Thread-safe.
class Admission {
 public:
  // `store` may be null: limits are then counted here alone. `salt` is random. Everything borrowed outlives
  // the admission.
  Admission(AdmissionOptions options, const KeyRing& keys, RateLimitStore* store, AdmissionMetrics& metrics,
            const Clock& clock, std::uint64_t salt);

  // Finds out where the request comes from. First.
  void Arrive(const Request& request, Visit& visit) const;

  // Whose key the request shows; nobody's for an anonymous request that may be one. Else UNAUTHENTICATED.
  Result<KeyRing::Found> Identify(const Request& request) const;

  // Why the request may not go on, or nullopt. UNAUTHENTICATED, MODEL_NOT_ALLOWED, CONCURRENCY_LIMITED.
  std::optional<Status> Enter(const Request& request, const RouteMatch& match, Visit& visit) const;

  // Whether the request, which has entered, has a rate limit to be held against.
  bool IsLimited(const RouteMatch& match, const Visit& visit) const;

  // Holds it against the limit: RATE_LIMITED, or nullopt. The store is asked where it is up.
  asio::awaitable<std::optional<Status>> CountShared(Visit& visit) const;
  // The same without the store, at once.
  std::optional<Status> Count(Visit& visit) const;
  bool IsShared() const { return store_ != nullptr && store_->Up(); }

  // Counts what became of it.
  void Leave(const Visit& visit, bool ok) const;

  // Addresses that the limit remembers.
  std::size_t Remembered() const;
  // Whether the store, if there is one, can be asked.
  bool StoreUp() const { return store_ == nullptr || store_->Up(); }
  std::size_t Keys() const { return keys_.Size(); }

 private:
  std::uint32_t RateOf(const Visit& visit) const;
  RateVerdict TakeLocally(const Visit& visit, const Gcra& gcra) const;
  std::optional<Status> Judge(Visit& visit, const RateVerdict& verdict) const;

  const AdmissionOptions options_;
  const CallerAddresses addresses_;
  const KeyRing& keys_;
  RateLimitStore* const store_;
  AdmissionMetrics& metrics_;
  const Clock& clock_;
  const CallerCounters anonymous_;
  const std::unique_ptr<RateTable> table_;  // null where addresses have no limit
};

}  // namespace flux::gateway

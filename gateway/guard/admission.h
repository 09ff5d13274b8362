// Admission: who calls, and how often it may. Asks for the key, the caller's requests at a time and its rate,
// in this order, as the route's access wants it; refuses before a body is read. Knows no browsers (cors.h),
// no overload (guard.h) and no models (generate.h).
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
  std::uint32_t looks_per_minute = 6'000;    // of every name, and of every address; 0: no limit
  std::vector<std::string> trusted_proxies = {};
};

// One request on its way through: who sent it, and its place among the caller's requests at a time, which it
// gives back when it is destroyed.
class Visit final : public Buyer {
 public:
  Visit() = default;
  ~Visit() override {
    if (holds_place_) found_.caller->in_flight.fetch_sub(1, std::memory_order_relaxed);
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // The name of the caller's key; empty where it is anonymous or was not let in.
  std::string_view name() const { return found_.caller ? std::string_view(found_.caller->name) : ""; }
  // Where the request comes from, proxies left out.
  const std::string& address() const { return address_; }
  // The address as it is counted: of IPv6, what one subscriber has ("2001:db8:1:2::").
  std::string Counted() const;
  // The name, or else the address: whom flux-service is to be fair to.
  std::string Caller() const { return found_.caller ? found_.caller->name : address_; }
  // Whether its rate limit is yet to be asked of the shared store.
  bool unconfirmed() const { return unconfirmed_; }
  // What its rate limit said; nullopt where none was asked.
  const std::optional<RateVerdict>& rate() const { return rate_; }
  // The same number for all requests of one caller: of a name, or of an address as it is counted.
  std::uint64_t Share() const;

  bool MayBuy(std::string_view model) const override {
    return found_.key == nullptr || found_.key->Allows(model);
  }
  std::string_view Webhook() const override {
    return found_.key == nullptr ? std::string_view() : found_.key->webhook;
  }

 private:
  friend class Admission;

  std::string address_;
  KeyRing::Found found_;
  bool holds_place_ = false;
  bool unconfirmed_ = false;
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
  void Locate(const Request& head, Visit& visit) const;

  // Finds out who sent it, where `access` asks for that. UNAUTHENTICATED, or nullopt.
  std::optional<Status> Identify(const Request& head, Access access, Visit& visit) const;

  // Takes a request that spends out of what its caller may have: a place among its requests at a time, given
  // back with `visit`, and one of its requests a minute. CONCURRENCY_LIMITED, RATE_LIMITED, or nullopt. Does
  // not wait: where a shared store counts the rate, that is left to Confirm. One that looks is taken out of
  // the caller's looks a minute, which are counted here alone.
  std::optional<Status> Admit(Access access, Visit& visit) const;

  // Asks the shared store, which knows what the caller had elsewhere: RATE_LIMITED, or nullopt. Once, and
  // only where the visit is unconfirmed; before the body is read, so that no upload is free. The store's word
  // alone counts while it is up: what was counted here stands in for it when it is away.
  asio::awaitable<std::optional<Status>> Confirm(Visit& visit) const;

  // Counts what became of it.
  void Record(const Visit& visit, bool ok) const;

  // Addresses that the limit remembers.
  std::size_t Remembered() const;
  // Whether the store, if there is one, can be asked.
  bool StoreUp() const { return store_ == nullptr || store_->Up(); }
  std::size_t Keys() const { return keys_.Size(); }

 private:
  std::uint32_t RateOf(const Visit& visit) const;
  RateVerdict TakeLocally(const Visit& visit, const Gcra& gcra) const;
  std::optional<Status> Judge(Visit& visit, const RateVerdict& verdict) const;
  std::optional<Status> TakePlace(Visit& visit) const;
  std::optional<Status> TakeLook(const Visit& visit) const;
  // Whose key the request shows; nobody's for an anonymous request that may be one. Else UNAUTHENTICATED.
  Result<KeyRing::Found> Find(const Request& head) const;

  const AdmissionOptions options_;
  const CallerAddresses addresses_;
  const KeyRing& keys_;
  RateLimitStore* const store_;
  AdmissionMetrics& metrics_;
  const Clock& clock_;
  const CallerCounters anonymous_;
  const std::unique_ptr<RateTable> table_;  // null where addresses have no limit
  const std::unique_ptr<RateTable> looks_;  // null where looks have none
};

}  // namespace flux::gateway

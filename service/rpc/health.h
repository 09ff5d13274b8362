// HealthService: answers gRPC's health checks (Check and Watch). It stands behind the same judgement as every
// other RPC: whoever may not call learns nothing.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "grpc/health/v1/health.pb.h"
#include "service/rpc/methods.h"

namespace flux::service {

// Thread-safe. Outlives the methods it adds.
class HealthService {
 public:
  // Of these services and, as "", of all of them together.
  explicit HealthService(std::vector<std::string> services);

  // Adds Check and Watch.
  void AddTo(Methods& methods);

  // Whether the services can be called, and tells all who watch. At first they cannot.
  void Set(bool serving);

  // Ends all watches and lets no new one begin: the program is about to stop.
  void EndWatches();

 private:
  class CheckMethod;
  class WatchMethod;
  using Reply = ::grpc::health::v1::HealthCheckResponse;

  bool Knows(const std::string& service) const;
  void Check(IncomingCall& call, const std::string& service) const;
  void Watch(const std::shared_ptr<IncomingCall>& call, const std::string& service);
  Reply::ServingStatus Now() const;

  const std::vector<std::string> services_;
  mutable std::mutex mutex_;
  bool serving_ = false;
  bool ended_ = false;
  std::list<std::weak_ptr<IncomingCall>> watches_;  // of services that are known
};

}  // namespace flux::service

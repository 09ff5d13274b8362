// Keeps one status for all services, and those who watch it.
#include "service/rpc/health.h"

#include <algorithm>
#include <utility>

namespace flux::service {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

// A status is a few bytes: writing it cannot fail.
grpc::ByteBuffer Bytes(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse reply;
  reply.set_status(status);
  return Serialize(reply).value();
}

}  // namespace

class HealthService::CheckMethod final : public Method {
 public:
  explicit CheckMethod(const HealthService& health) : health_(health) {}

  bool IsVital() const override { return true; }

  void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) override {
    const std::unique_ptr<HealthCheckRequest> request = Parse<HealthCheckRequest>(message);
    if (!request) return call->Finish(NotThatMessage());
    health_.Check(*call, request->service());
  }

 private:
  const HealthService& health_;
};

class HealthService::WatchMethod final : public Method {
 public:
  explicit WatchMethod(HealthService& health) : health_(health) {}

  bool IsVital() const override { return true; }

  // gRPC's clients watch by themselves, before their first call. Told UNIMPLEMENTED they go on without, and
  // that call says why it is refused; any other failure they keep to themselves.
  std::optional<Status> ToStrangers() const override {
    return Status(Reason::kUnsupportedEndpoint, "health is told only to callers who are known here");
  }

  void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) override {
    const std::unique_ptr<HealthCheckRequest> request = Parse<HealthCheckRequest>(message);
    if (!request) return call->Finish(NotThatMessage());
    health_.Watch(call, request->service());
  }

 private:
  HealthService& health_;
};

HealthService::HealthService(std::vector<std::string> services) : services_(std::move(services)) {}

void HealthService::AddTo(Methods& methods) {
  methods.Add("/grpc.health.v1.Health/Check", std::make_unique<CheckMethod>(*this));
  methods.Add("/grpc.health.v1.Health/Watch", std::make_unique<WatchMethod>(*this));
}

bool HealthService::Knows(const std::string& service) const {
  return service.empty() || std::ranges::find(services_, service) != services_.end();
}

HealthCheckResponse::ServingStatus HealthService::Now() const {
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void HealthService::Check(IncomingCall& call, const std::string& service) const {
  if (!Knows(service)) {
    return call.Finish(grpc::StatusCode::NOT_FOUND, "there is no service of this name here");
  }
  const std::lock_guard lock(mutex_);
  call.ReplyAndFinish(Bytes(Now()));
}

void HealthService::Watch(const std::shared_ptr<IncomingCall>& call, const std::string& service) {
  const std::lock_guard lock(mutex_);
  if (ended_) return call->FinishStream();
  if (!Knows(service)) return call->Reply(Bytes(HealthCheckResponse::SERVICE_UNKNOWN), /*read_next=*/false);
  std::erase_if(watches_, [](const auto& watch) { return watch.expired(); });
  watches_.push_back(call);
  call->Reply(Bytes(Now()), /*read_next=*/false);
}

void HealthService::Set(bool serving) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(serving_, serving) == serving) return;
  for (const auto& watch : watches_) {
    if (const std::shared_ptr<IncomingCall> call = watch.lock()) call->Reply(Bytes(Now()), false);
  }
}

void HealthService::EndWatches() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  for (const auto& watch : watches_) {
    if (const std::shared_ptr<IncomingCall> call = watch.lock()) call->FinishStream();
  }
  watches_.clear();
}

}  // namespace flux::service

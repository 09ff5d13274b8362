// Adapts each RPC. What a job is, and who may see it, is told by the rooms below.
#include "service/rpc/job_methods.h"

#include <asio/post.hpp>
#include <memory>
#include <utility>

#include "flux/v1/flux_service.pb.h"
#include "service/jobs/job_desk.h"
#include "service/purchase/kept.h"

namespace flux::service {
namespace {

using Reply = asio::awaitable<Result<grpc::ByteBuffer>>;

Reply Refused(Status status) {
  co_return status;
}

// Bytes that gRPC sends without a copy of its own, and lets go of.
grpc::ByteBuffer Shared(std::shared_ptr<const std::string> text) {
  auto* const held = new std::shared_ptr<const std::string>(std::move(text));
  const auto let_go = [](void* user) { delete static_cast<std::shared_ptr<const std::string>*>(user); };
  const grpc::Slice slice(const_cast<char*>((*held)->data()), (*held)->size(), let_go, held);
  return grpc::ByteBuffer(&slice, 1);
}

// The caller of WatchJob.
class StreamWatcher final : public JobWatcher {
 public:
  explicit StreamWatcher(std::shared_ptr<IncomingCall> call) : call_(std::move(call)) {}

  bool Send(std::shared_ptr<const std::string> reply, bool last, std::function<void()> taken) override {
    // Pictures to thousands at once would take all the room there is for others.
    constexpr std::size_t kSmall = std::size_t{64} << 10;
    if (reply->size() > kSmall && !call_->Reserve(reply->size())) return false;
    if (last) {
      call_->ReplyAndFinish(Shared(std::move(reply)));
    } else {
      call_->Write(Shared(std::move(reply)), std::move(taken));
    }
    return true;
  }
  void End(const Status& why) override { call_->Finish(why); }

 private:
  const std::shared_ptr<IncomingCall> call_;
};

class WatchMethod final : public Method {
 public:
  WatchMethod(asio::io_context& loop, JobDesk* desk) : loop_(loop), desk_(desk) {}

  void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) override {
    const std::unique_ptr<v1::WatchJobRequest> request = Parse<v1::WatchJobRequest>(message);
    if (!request) return call->Finish(NotThatMessage());
    if (desk_ == nullptr) return call->Finish(Status(Reason::kUnknownJob));
    asio::post(loop_, [this, call = std::move(call), id = request->id(), seen = request->logs_seen()] {
      const auto watcher = std::make_shared<StreamWatcher>(call);
      desk_->watches().Watch(watcher, id, call->caller(), seen);
      call->OnCancel([this, id, weak = std::weak_ptr<StreamWatcher>(watcher)] {
        asio::post(loop_, [this, id, weak] {
          if (const auto left = weak.lock()) desk_->watches().Leave(*left, id);
        });
      });
    });
  }

 private:
  asio::io_context& loop_;
  JobDesk* const desk_;
};

template <typename Message>
Reply Told(asio::awaitable<Result<Message>> asked) {
  const Result<Message> message = co_await std::move(asked);
  if (!message) co_return message.error();
  co_return Serialize(*message);
}

Reply TellRedelivery(KeptPurchases& kept, std::string id, std::string caller) {
  Result<v1::Job> job = co_await kept.Redeliver(std::move(id), std::move(caller));
  if (!job) co_return std::move(job).error();
  v1::RedeliverWebhookResponse response;
  response.mutable_job()->Swap(&*job);
  co_return Serialize(response);
}

}  // namespace

void AddJobMethods(Methods& methods, const std::string& service, const ServiceParts& parts) {
  const auto any = [](IncomingCall&, const auto&) { return std::optional<Status>(); };
  methods.Add(service + "WatchJob", std::make_unique<WatchMethod>(parts.loop, parts.desk));
  methods.Add(service + "ListJobs",
              std::make_unique<AwaitedMethod<v1::ListJobsRequest>>(
                  parts.loop, any, [parts](IncomingCall& call, std::unique_ptr<v1::ListJobsRequest> request) {
                    if (parts.desk == nullptr) return Refused(Status(Reason::kStoreUnavailable));
                    return Told(parts.desk->List(std::move(*request), call.caller()));
                  }));
  methods.Add(
      service + "RedeliverWebhook",
      std::make_unique<AwaitedMethod<v1::RedeliverWebhookRequest>>(
          parts.loop, any, [parts](IncomingCall& call, std::unique_ptr<v1::RedeliverWebhookRequest> request) {
            if (parts.kept == nullptr) return Refused(Status(Reason::kUnknownJob));
            return TellRedelivery(*parts.kept, request->id(), call.caller());
          }));
  methods.Add(
      service + "AcceptFalWebhook",
      std::make_unique<AwaitedMethod<v1::AcceptFalWebhookRequest>>(
          parts.loop, any, [parts](IncomingCall&, std::unique_ptr<v1::AcceptFalWebhookRequest> request) {
            if (parts.desk == nullptr) return Refused(Status(Reason::kWebhookRefused));
            return Told(parts.desk->fal_webhooks().Accept(std::move(*request)));
          }));
}

}  // namespace flux::service

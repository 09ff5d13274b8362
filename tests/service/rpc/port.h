// PortTest: the gRPC port on a real socket, with a fal that answers at once and counts.
#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/collectable.h>
#include <prometheus/registry.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "flux/v1/flux_service.pb.h"
#include "gateway/backend/rpc_status.h"
#include "service/rpc/server.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/on_loop.h"

namespace flux::service {

using namespace std::chrono_literals;

// SHA-256 of "right".
inline constexpr char kRight[] = "27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9";
inline constexpr std::uint64_t kMiB = 1 << 20;

// fal that counts, and answers with a picture of the given size at once.
class CountingTransport final : public fal::FalTransport {
 public:
  asio::awaitable<Result<fal::FalReply>> Send(const fal::FalCall&) override {
    ++calls;
    fal::FalReply reply;
    reply.status = 200;
    reply.body = R"({"images":[{"url":"https://v3.fal.media/a.png"}],"seed":7,"prompt":")" +
                 std::string(reply_bytes, 'x') + "\"}";
    co_return reply;
  }
  std::atomic<int> calls{0};
  std::size_t reply_bytes = 1;
};

class PortTest : public testing::Test {
 protected:
  void Serve(ServerOptions options = {}, const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                                             grpc::InsecureChannelCredentials()) {
    options.listen = {"127.0.0.1:0"};
    if (options.max_message.count > 16 * kMiB) options.max_message.count = 16 * kMiB;
    address_ = server_.Start(options).value();
    channel_ = grpc::CreateChannel(address_, credentials);
  }
  ~PortTest() override {
    server_.Drain(0s);
    loop_.Stop();
  }

  // Calls a method with bytes; "" as token: none.
  grpc::Status Ask(const std::string& method, const std::string& token, const std::string& message = "",
                   const std::function<void(grpc::ClientContext&)>& more = {}) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    if (more) more(context);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(message);
    const auto call = stub.PrepareUnaryCall(&context, method, grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::Status status;
    grpc::ByteBuffer reply;
    call->Finish(&reply, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  static Status Told(const grpc::Status& status) {
    return gateway::FromRpc(status.error_code(), status.error_message(), status.error_details());
  }

  std::string Picture() const {
    v1::TextToImageRequest request;
    request.set_model("text-to-image/dev");
    request.set_prompt("a lighthouse");
    return request.SerializeAsString();
  }

  bool Eventually(const std::function<bool()>& done) const {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  double Metric(const std::string& name, const std::string& why = "") const {
    for (const auto& family : server_.metrics().Collect()) {
      if (family.name != name) continue;
      for (const auto& metric : family.metric) {
        if (!why.empty() && metric.label.at(0).value != why) continue;
        return metric.counter.value + metric.gauge.value;
      }
    }
    return -1;
  }

  static constexpr char kDraw[] = "/flux.v1.FluxService/TextToImage";
  static constexpr char kModels[] = "/flux.v1.FluxService/ListModels";

  EventLoop loop_{"test"};
  SystemClock clock_;
  prometheus::Registry registry_;
  Catalogue catalogue_ = Catalogue::BuiltIn();
  PromptHash hash_{""};
  Receipts receipts_{registry_, nullptr, catalogue_, hash_};
  CallerAuth callers_{{kRight}};
  ByteBudget budget_{24 * kMiB};
  CountingTransport fal_;
  fakes::FakeFetcher fetcher_;
  Delivery delivery_{fetcher_, {.most = Bytes{1 << 20}}};
  Purchaser purchaser_{catalogue_, fal_, delivery_, clock_};
  Server server_{
      ServiceParts{loop_.context(), catalogue_, purchaser_, receipts_, callers_, budget_, clock_, 60s}};
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace flux::service

// The gateway's way to the port where one loop does gRPC's work itself: answers, deadlines, callers who
// leave, and the end.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/backend/grpc_backend.h"
#include "tests/service/rpc/port.h"

namespace flux::service {
namespace {

class OneLoopTest : public PortTest {
 protected:
  ~OneLoopTest() override {
    backend_.reset();
    front_.Stop();
  }

  gateway::GrpcBackend& To(const std::string& target) {
    gateway::GrpcBackendOptions options;
    options.target = target;
    options.token = "right";
    options.loop = &front_.context();
    return backend_.emplace(options);
  }

  static gateway::CallContext Context(std::chrono::milliseconds patience = 30s) {
    return {.request_id = "r-1", .deadline = std::chrono::steady_clock::now() + patience};
  }

  Result<v1::ListModelsResponse> List() {
    const gateway::CallContext context = Context();
    return fakes::Spawned<Result<v1::ListModelsResponse>>(front_, backend_->ListModels(context)).Get();
  }

  EventLoop front_{"front"};
  std::optional<gateway::GrpcBackend> backend_;
};

TEST_F(OneLoopTest, EveryCallIsAnswered) {
  Serve();
  To(address_);
  for (int i = 0; i < 50; ++i) {
    const auto models = List();
    ASSERT_TRUE(models) << models.error().message;
    EXPECT_GT(models->models_size(), 10);
  }
  EXPECT_TRUE(Eventually([this] { return backend_->Ready(); }));
}

TEST_F(OneLoopTest, ManyAtOnceAreAnswered) {
  Serve();
  To(address_);
  const gateway::CallContext context = Context();
  std::vector<std::unique_ptr<fakes::Spawned<Result<v1::Generation>>>> running;
  std::vector<gateway::GenerationRequest> requests(300);
  for (gateway::GenerationRequest& request : requests) {
    v1::TextToImageRequest picture;
    picture.ParseFromString(Picture());
    request = picture;
    running.push_back(std::make_unique<fakes::Spawned<Result<v1::Generation>>>(
        front_, backend_->Generate(request, context)));
  }
  for (const auto& one : running) EXPECT_TRUE(one->Get());
  EXPECT_EQ(fal_.calls, 300);
}

TEST_F(OneLoopTest, TimeEndsACallThatNobodyAnswers) {
  To("127.0.0.1:1");
  const gateway::CallContext context = Context(100ms);
  const auto models =
      fakes::Spawned<Result<v1::ListModelsResponse>>(front_, backend_->ListModels(context)).Get();
  EXPECT_FALSE(models);
}

TEST_F(OneLoopTest, ACallerWhoLeavesDoesNotWait) {
  const int deaf =
      ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // its queue takes connections; nobody speaks
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(deaf, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(deaf, 8), 0);
  ::getsockname(deaf, reinterpret_cast<sockaddr*>(&address), &size);
  To("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  const gateway::CallContext context = Context();
  fakes::Spawned<Result<v1::ListModelsResponse>> call(front_, backend_->ListModels(context));
  call.Cancel();
  const auto models = call.Get();
  ASSERT_FALSE(models);
  EXPECT_EQ(models.error().reason, Reason::kCancelled);
  ::close(deaf);
}

TEST_F(OneLoopTest, TheLoopMayEndFirst) {
  Serve();
  To(address_);
  ASSERT_TRUE(List());
  front_.Stop();
  backend_.reset();
}

}  // namespace
}  // namespace flux::service

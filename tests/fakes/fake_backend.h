// FakeBackend: a FluxBackend that answers what it is told and keeps what it received.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "gateway/backend/flux_backend.h"

namespace flux::fakes {

class FakeBackend final : public gateway::FluxBackend {
 public:
  using Play = std::function<asio::awaitable<Result<v1::Generation>>()>;

  void Answer(Result<v1::Generation> result) {
    play_ = [result]() -> asio::awaitable<Result<v1::Generation>> { co_return result; };
  }
  void Answer(Play play) { play_ = std::move(play); }

  int calls() const { return calls_; }
  const gateway::CallContext& last_context() const { return last_context_; }
  const gateway::GenerationRequest& last_request() const { return last_request_; }

  asio::awaitable<Result<v1::Generation>> Generate(gateway::GenerationRequest& request,
                                                   const gateway::CallContext& context) override {
    ++calls_;
    last_request_ = std::move(request);
    last_context_ = context;
    return play_();
  }
  asio::awaitable<Result<v1::ListModelsResponse>> ListModels(const gateway::CallContext&) override {
    v1::ListModelsResponse models;
    models.add_models()->set_name("text-to-image/dev");
    co_return models;
  }
  bool Ready() override { return true; }

 private:
  Play play_;
  std::atomic<int> calls_ = 0;
  gateway::CallContext last_context_;
  gateway::GenerationRequest last_request_;
};

}  // namespace flux::fakes

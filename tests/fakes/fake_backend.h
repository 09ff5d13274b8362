// FakeBackend: a FluxBackend that answers what it is told and keeps what it received.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
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

  void AnswerBegun(Result<v1::CreateJobResponse> begun) { begun_ = std::move(begun); }
  void AnswerCancel(Result<v1::CancelJobResponse> cancelled) { cancelled_ = std::move(cancelled); }
  void AnswerEstimate(Result<v1::EstimateCostResponse> estimate) { estimate_ = std::move(estimate); }
  void AnswerJob(Result<v1::Job> job) { job_ = std::move(job); }
  void AnswerUsage(Result<v1::GetUsageResponse> usage) { usage_ = std::move(usage); }

  void AnswerModels(Result<v1::ListModelsResponse> models) { models_ = std::move(models); }

  int calls() const { return calls_; }
  int asked_for_models() const { return asked_for_models_; }
  const gateway::CallContext& last_context() const { return last_context_; }
  const gateway::GenerationRequest& last_request() const { return last_request_; }
  const std::string& last_job() const { return last_job_; }
  std::uint32_t last_days() const { return last_days_; }

  asio::awaitable<Result<v1::Generation>> Generate(gateway::GenerationRequest& request,
                                                   const gateway::CallContext& context) override {
    ++calls_;
    last_request_ = std::move(request);
    last_context_ = context;
    return play_();
  }
  asio::awaitable<Result<v1::ListModelsResponse>> ListModels(const gateway::CallContext&) override {
    ++asked_for_models_;
    co_return models_;
  }
  asio::awaitable<Result<v1::CreateJobResponse>> CreateJob(gateway::GenerationRequest& request,
                                                           const gateway::CallContext& context) override {
    ++calls_;
    last_request_ = std::move(request);
    last_context_ = context;
    co_return begun_;
  }
  asio::awaitable<Result<v1::EstimateCostResponse>> EstimateCost(
      gateway::GenerationRequest& request, const gateway::CallContext& context) override {
    ++calls_;
    last_request_ = std::move(request);
    last_context_ = context;
    co_return estimate_;
  }
  asio::awaitable<Result<v1::CancelJobResponse>> CancelJob(const std::string& id,
                                                           const gateway::CallContext& context) override {
    ++calls_;
    last_job_ = id;
    last_context_ = context;
    co_return cancelled_;
  }
  asio::awaitable<Result<v1::Job>> GetJob(const std::string& id,
                                          const gateway::CallContext& context) override {
    ++calls_;
    last_job_ = id;
    last_context_ = context;
    co_return job_;
  }
  asio::awaitable<Result<v1::GetUsageResponse>> GetUsage(std::uint32_t days,
                                                         const gateway::CallContext& context) override {
    ++calls_;
    last_days_ = days;
    last_context_ = context;
    co_return usage_;
  }
  bool Ready() override { return true; }

 private:
  static v1::ListModelsResponse OneModel() {
    v1::ListModelsResponse models;
    models.add_models()->set_name("text-to-image/dev");
    return models;
  }

  Play play_;
  std::atomic<int> calls_ = 0;
  std::atomic<int> asked_for_models_ = 0;
  Result<v1::ListModelsResponse> models_ = OneModel();
  gateway::CallContext last_context_;
  gateway::GenerationRequest last_request_;
  Result<v1::CreateJobResponse> begun_ = Status(Reason::kStoreUnavailable);
  Result<v1::EstimateCostResponse> estimate_ = v1::EstimateCostResponse();
  Result<v1::CancelJobResponse> cancelled_ = Status(Reason::kUnknownJob);
  Result<v1::Job> job_ = Status(Reason::kUnknownJob);
  Result<v1::GetUsageResponse> usage_ = v1::GetUsageResponse();
  std::string last_job_;
  std::uint32_t last_days_ = 0;
};

}  // namespace flux::fakes

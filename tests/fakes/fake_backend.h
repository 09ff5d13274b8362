// FakeBackend: a FluxBackend that answers what it is told and keeps what it received.
#pragma once

#include <asio/this_coro.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/event.h"
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

  void AnswerList(Result<v1::ListJobsResponse> listed) { listed_ = std::move(listed); }
  void AnswerRedelivery(Result<v1::Job> job) { redelivered_ = std::move(job); }
  void AnswerHook(Result<v1::AcceptFalWebhookResponse> accepted) { accepted_ = std::move(accepted); }

  // One watch: its words in order, each after a wait; then its end, or why it broke.
  struct Word {
    std::chrono::milliseconds after{0};
    v1::WatchJobResponse said = {};
  };
  struct Script {
    std::vector<Word> words = {};
    std::optional<Status> broke = {};
    bool silent = false;  // it does not end by itself
  };
  // What the next watch is like that has no script yet.
  void AnswerWatch(Script script) {
    const std::lock_guard lock(watching_);
    scripts_.push_back(std::move(script));
  }
  struct Watched {
    std::string id;
    std::uint32_t logs_seen;
    std::string caller;
  };
  std::vector<Watched> watched() const {
    const std::lock_guard lock(watching_);
    return watched_;
  }

  void AnswerModels(Result<v1::ListModelsResponse> models) { models_ = std::move(models); }

  int calls() const { return calls_; }
  int asked_for_models() const { return asked_for_models_; }
  const gateway::CallContext& last_context() const { return last_context_; }
  const gateway::GenerationRequest& last_request() const { return last_request_; }
  const std::string& last_job() const { return last_job_; }
  const std::string& last_webhook() const { return last_webhook_; }
  const v1::ListJobsRequest& last_page() const { return last_page_; }
  const v1::AcceptFalWebhookRequest& last_hook() const { return last_hook_; }
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
                                                           const std::string& webhook_url,
                                                           const gateway::CallContext& context) override {
    ++calls_;
    last_request_ = std::move(request);
    last_webhook_ = webhook_url;
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
  // What was said at the time of the call, of the job's only watch.
  std::unique_ptr<gateway::JobWatch> WatchJob(const std::string& id, std::uint32_t logs_seen,
                                              const gateway::CallContext& context) override {
    const std::lock_guard lock(watching_);
    watched_.push_back({id, logs_seen, context.caller});
    if (scripts_.empty()) return std::make_unique<ScriptedWatch>(Script{});
    auto watch = std::make_unique<ScriptedWatch>(std::move(scripts_.front()));
    scripts_.pop_front();
    return watch;
  }
  asio::awaitable<Result<v1::ListJobsResponse>> ListJobs(const v1::ListJobsRequest& page,
                                                         const gateway::CallContext& context) override {
    ++calls_;
    last_page_ = page;
    last_context_ = context;
    co_return listed_;
  }
  asio::awaitable<Result<v1::Job>> RedeliverWebhook(const std::string& id,
                                                    const gateway::CallContext& context) override {
    ++calls_;
    last_job_ = id;
    last_context_ = context;
    co_return redelivered_;
  }
  asio::awaitable<Result<v1::AcceptFalWebhookResponse>> AcceptFalWebhook(
      v1::AcceptFalWebhookRequest& webhook, const gateway::CallContext& context) override {
    ++calls_;
    last_hook_ = webhook;
    last_context_ = context;
    co_return accepted_;
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
  class ScriptedWatch final : public gateway::JobWatch {
   public:
    explicit ScriptedWatch(Script script) : script_(std::move(script)) {}

    asio::awaitable<Result<std::optional<v1::WatchJobResponse>>> Next() override {
      Event never(co_await asio::this_coro::executor);
      if (next_ == script_.words.size()) {
        if (script_.broke) co_return *script_.broke;
        if (!script_.silent) co_return std::optional<v1::WatchJobResponse>();
        co_await never.Wait(SteadyTime::max());
        co_return Status(Reason::kCancelled);
      }
      const Word& word = script_.words[next_++];
      if (word.after.count() > 0 &&
          co_await never.Wait(std::chrono::steady_clock::now() + word.after) == Event::Outcome::kCancelled) {
        co_return Status(Reason::kCancelled);
      }
      co_return std::optional<v1::WatchJobResponse>(word.said);
    }

   private:
    const Script script_;
    std::size_t next_ = 0;
  };

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
  Result<v1::ListJobsResponse> listed_ = v1::ListJobsResponse();
  Result<v1::Job> redelivered_ = Status(Reason::kUnknownJob);
  Result<v1::AcceptFalWebhookResponse> accepted_ = v1::AcceptFalWebhookResponse();
  mutable std::mutex watching_;
  std::deque<Script> scripts_;    // guarded by watching_
  std::vector<Watched> watched_;  // guarded by watching_
  std::string last_webhook_;
  v1::ListJobsRequest last_page_;
  v1::AcceptFalWebhookRequest last_hook_;
  std::string last_job_;
  std::uint32_t last_days_ = 0;
};

}  // namespace flux::fakes

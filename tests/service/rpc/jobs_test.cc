// The RPCs of jobs over a real channel: begun, told, cancelled, each with its owner's name.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "flux/v1/flux_service.grpc.pb.h"
#include "service/jobs/job_desk.h"
#include "service/purchase/kept.h"
#include "service/rpc/server.h"
#include "service/store/open_store.h"
#include "service/wire/ledger_transport.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/series.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;

constexpr char kMadeByJob[] = R"({"images":[{"url":"https://v3.fal.media/a.png"}],"seed":7})";

// A fal.run that makes its picture when it is told to.
class GatedTransport final : public fal::FalTransport {
 public:
  explicit GatedTransport(const asio::any_io_executor& loop) : open_(loop) {}
  asio::awaitable<Result<fal::FalReply>> Send(const fal::FalCall& call) override {
    const bool opened = co_await open_.Wait(call.deadline) == Event::Outcome::kHappened;
    Status left(Reason::kCancelled);
    if (!opened) co_return left;
    if (std::optional<Status> no = co_await call.ledger->AboutToSend(call)) co_return *no;
    co_return fal::FalReply{.status = 200, .body = kMadeByJob};
  }
  void Open() { open_.Set(); }

 private:
  SharedEvent open_;
};

class NoQueue final : public fal::FalQueue {
 public:
  asio::awaitable<Result<fal::QueueTicket>> Submit(const fal::FalCall&) override {
    co_return Status(Reason::kInternal);
  }
  Result<fal::QueueTicket> TicketFor(std::string_view, std::string_view) const override {
    return Status(Reason::kUpstreamProtocol);
  }
  asio::awaitable<Result<fal::QueueState>> Look(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::FalReply>> Fetch(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::CancelAnswer>> Cancel(const fal::QueueTicket&, SteadyTime) override {
    co_return Status(Reason::kInternal);
  }
  asio::awaitable<Result<fal::FalReply>> Await(const fal::QueueTicket&, SteadyTime,
                                               std::function<void(const fal::QueueState&)>) override {
    co_return Status(Reason::kInternal);
  }
};

class JobsRpcTest : public testing::Test {
 protected:
  JobsRpcTest() {
    StoreOptions options;
    options.text = "memory";
    options.instance = "one";
    store_ = *OpenStore(loop_.context(), options, clock_);
    kept_.emplace(KeptParts{loop_.executor(), *store_, transport_, queue_, nullptr, delivery_, budgets_,
                            metrics_, log_, clock_},
                  KeptOptions{.through_queue = false});
    purchaser_.emplace(catalogue_, transport_, delivery_, clock_, &*kept_);
    std::ofstream(secrets_.file()) << "ada whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
    EXPECT_TRUE(secrets_.Load().empty());
    watches_.emplace(loop_.executor(), *kept_, jobs_metrics_);
    fal_webhooks_.emplace(FalWebhooks::Parts{loop_.executor(), *kept_, nullptr, jobs_metrics_, log_, clock_});
    desk_.emplace(JobDesk::Parts{*kept_, *watches_, *fal_webhooks_, tokens_, targets_, secrets_});
    server_ = std::make_unique<Server>(ServiceParts{loop_.context(), catalogue_, *purchaser_, receipts_,
                                                    callers_, budget_, clock_, 60s, &*kept_, &*desk_});
    const std::string address = server_->Start({.listen = {"127.0.0.1:0"}}).value();
    stub_ = v1::FluxService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    request_.mutable_text_to_image()->set_model("text-to-image/dev");
    request_.mutable_text_to_image()->set_prompt("a lighthouse");
  }
  ~JobsRpcTest() override {
    asio::post(loop_.context(), [this] { transport_.Open(); });
    while (budget_.used() > 0) std::this_thread::yield();  // nothing waits in what is about to end
    server_->Drain(0s);
    loop_.Stop();
  }

  grpc::Status Create(const std::string& caller = "ada") {
    grpc::ClientContext context;
    if (!caller.empty()) context.AddMetadata("x-flux-caller", caller);
    return stub_->CreateJob(&context, request_, &begun_);
  }
  grpc::Status Cancel(const std::string& id, const std::string& caller = "ada") {
    grpc::ClientContext context;
    context.AddMetadata("x-flux-caller", caller);
    v1::CancelJobRequest request;
    request.set_id(id);
    return stub_->CancelJob(&context, request, &cancelled_);
  }
  v1::JobState State(const std::string& id) {
    grpc::ClientContext context;
    context.AddMetadata("x-flux-caller", "ada");
    v1::GetJobRequest request;
    request.set_id(id);
    v1::GetJobResponse response;
    EXPECT_TRUE(stub_->GetJob(&context, request, &response).ok());
    return response.job().state();
  }

  EventLoop loop_{"test"};
  SystemClock clock_;
  prometheus::Registry registry_;
  Catalogue catalogue_ = Catalogue::BuiltIn();
  PromptHash hash_{""};
  Receipts receipts_{registry_, nullptr, catalogue_, hash_};
  CallerAuth callers_;
  ByteBudget budget_{1ULL << 20};
  GatedTransport transport_{loop_.executor()};
  NoQueue queue_;
  fakes::FakeFetcher fetcher_;
  Delivery delivery_{fetcher_, {.most = Bytes{1 << 20}}};
  BudgetBook budgets_{""};
  KeptMetrics metrics_{registry_, 30min};
  Log log_{LogLevel::kError};
  JobsMetrics jobs_metrics_{registry_};
  PageTokens tokens_{"id:secret"};
  WebhookTargets targets_{{}};
  WebhookSecrets secrets_{testing::TempDir() + "jobs_rpc_secrets"};
  std::unique_ptr<Store> store_;
  std::optional<KeptPurchases> kept_;
  std::optional<JobWatches> watches_;
  std::optional<FalWebhooks> fal_webhooks_;
  std::optional<JobDesk> desk_;
  std::optional<Purchaser> purchaser_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::FluxService::Stub> stub_;
  v1::CreateJobRequest request_;
  v1::CreateJobResponse begun_;
  v1::CancelJobResponse cancelled_;
};

TEST_F(JobsRpcTest, BeginsAndGoesOnAlone) {
  ASSERT_TRUE(Create().ok());
  EXPECT_EQ(begun_.job().state(), v1::JOB_STATE_RESERVED);
  EXPECT_GT(budget_.used(), 0u) << "what waits to be sent is counted";
  asio::post(loop_.context(), [this] { transport_.Open(); });
  const auto until = std::chrono::steady_clock::now() + 30s;
  const auto has_time = [until] { return std::chrono::steady_clock::now() < until; };
  while (State(begun_.job().id()) != v1::JOB_STATE_SUCCEEDED && has_time()) {
  }
  EXPECT_EQ(State(begun_.job().id()), v1::JOB_STATE_SUCCEEDED);
  while (budget_.used() > 0 && has_time()) std::this_thread::yield();  // the questions are counted, too
  EXPECT_EQ(budget_.used(), 0u) << "what was sent is not counted any more";
}

TEST_F(JobsRpcTest, RefusesWhatTheGenerationWouldRefuse) {
  request_.mutable_text_to_image()->clear_prompt();
  EXPECT_EQ(Create().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request_.clear_request();
  const grpc::Status none = Create();
  EXPECT_EQ(none.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(none.error_message(), testing::HasSubstr("text_to_image"));
}

TEST_F(JobsRpcTest, WhatWouldFillTheMemoryIsRefused) {
  request_.mutable_text_to_image()->set_prompt(std::string(1 << 20, 'x'));
  EXPECT_EQ(Create().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(JobsRpcTest, IsCancelledByItsOwnerAlone) {
  ASSERT_TRUE(Create().ok());
  EXPECT_EQ(Cancel(begun_.job().id(), "bob").error_code(), grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(Cancel(begun_.job().id()).ok());
  EXPECT_EQ(cancelled_.outcome(), v1::CANCEL_OUTCOME_CANCELLED);
  EXPECT_EQ(cancelled_.job().state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(Cancel("").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(JobsRpcTest, WhatIsNotTheirsCannotBeFollowedNorDelivered) {
  ASSERT_TRUE(Create().ok());
  for (const std::string& id : {begun_.job().id(), std::string(32, '0'), std::string()}) {
    grpc::ClientContext watching;
    watching.AddMetadata("x-flux-caller", "bob");
    v1::WatchJobRequest watch;
    watch.set_id(id);
    const auto stream = stub_->WatchJob(&watching, watch);
    v1::WatchJobResponse state;
    EXPECT_FALSE(stream->Read(&state));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::NOT_FOUND);

    grpc::ClientContext delivering;
    delivering.AddMetadata("x-flux-caller", "bob");
    v1::RedeliverWebhookRequest redeliver;
    redeliver.set_id(id);
    v1::RedeliverWebhookResponse delivered;
    EXPECT_EQ(stub_->RedeliverWebhook(&delivering, redeliver, &delivered).error_code(),
              grpc::StatusCode::NOT_FOUND);
  }
}

TEST_F(JobsRpcTest, WithoutAWebhookThereIsNothingToDeliverAgain) {
  ASSERT_TRUE(Create().ok());
  grpc::ClientContext context;
  context.AddMetadata("x-flux-caller", "ada");
  v1::RedeliverWebhookRequest request;
  request.set_id(begun_.job().id());
  v1::RedeliverWebhookResponse response;
  EXPECT_EQ(stub_->RedeliverWebhook(&context, request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(JobsRpcTest, IsFollowedToItsEnd) {
  ASSERT_TRUE(Create().ok());
  grpc::ClientContext context;
  context.AddMetadata("x-flux-caller", "ada");
  v1::WatchJobRequest request;
  request.set_id(begun_.job().id());
  const auto stream = stub_->WatchJob(&context, request);
  v1::WatchJobResponse state;
  ASSERT_TRUE(stream->Read(&state));
  EXPECT_EQ(state.job().state(), v1::JOB_STATE_RESERVED);
  asio::post(loop_.context(), [this] { transport_.Open(); });
  while (stream->Read(&state)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(state.job().state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(state.job().generation().seed(), 7u);
}

TEST_F(JobsRpcTest, WhoFollowsLetsTheProgramEnd) {
  ASSERT_TRUE(Create().ok());
  grpc::ClientContext context;
  context.AddMetadata("x-flux-caller", "ada");
  v1::WatchJobRequest request;
  request.set_id(begun_.job().id());
  const auto stream = stub_->WatchJob(&context, request);
  v1::WatchJobResponse state;
  ASSERT_TRUE(stream->Read(&state));
  EXPECT_TRUE(server_->Drain(30s)) << "nobody is cut off";
  EXPECT_FALSE(stream->Read(&state));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE) << "another replica can go on";
}

TEST_F(JobsRpcTest, WhoLeavesIsFollowedNoLonger) {
  ASSERT_TRUE(Create().ok());
  {
    grpc::ClientContext context;
    context.AddMetadata("x-flux-caller", "ada");
    v1::WatchJobRequest request;
    request.set_id(begun_.job().id());
    const auto stream = stub_->WatchJob(&context, request);
    v1::WatchJobResponse state;
    ASSERT_TRUE(stream->Read(&state));
    EXPECT_EQ(fakes::SeriesValue(registry_, "flux_service_job_watchers"), 1);
    context.TryCancel();
    static_cast<void>(stream->Finish());
  }
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (fakes::SeriesValue(registry_, "flux_service_job_watchers") != 0 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_service_job_watchers"), 0);
}

TEST_F(JobsRpcTest, IsListedPageByPage) {
  std::vector<std::string> begun;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Create().ok());
    begun.insert(begun.begin(), begun_.job().id());
  }
  ASSERT_TRUE(Create("bob").ok());
  const auto list = [this](const std::string& caller, const v1::ListJobsRequest& request,
                           v1::ListJobsResponse& page) {
    grpc::ClientContext context;
    if (!caller.empty()) context.AddMetadata("x-flux-caller", caller);
    return stub_->ListJobs(&context, request, &page);
  };
  v1::ListJobsRequest request;
  request.set_page_size(2);
  std::vector<std::string> listed;
  v1::ListJobsResponse page;
  do {
    ASSERT_TRUE(list("ada", request, page).ok());
    EXPECT_LE(page.jobs_size(), 2);
    for (const v1::Job& job : page.jobs()) listed.push_back(job.id());
    request.set_page_token(page.next_page_token());
  } while (!page.next_page_token().empty());
  EXPECT_EQ(listed, begun);

  request.clear_page_token();
  ASSERT_TRUE(list("ada", request, page).ok());
  request.set_page_token(page.next_page_token());
  EXPECT_EQ(list("bob", request, page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_state(v1::JOB_STATE_RESERVED);
  EXPECT_EQ(list("ada", request, page).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "another list's";
  request.clear_page_token();
  request.clear_page_size();
  ASSERT_TRUE(list("ada", request, page).ok());
  EXPECT_EQ(page.jobs_size(), 5);
  request.set_state(v1::JOB_STATE_FAILED);
  ASSERT_TRUE(list("ada", request, page).ok());
  EXPECT_EQ(page.jobs_size(), 0);
  ASSERT_TRUE(list("", {}, page).ok()) << "nobody has none";
  EXPECT_EQ(page.jobs_size(), 0);
}

TEST_F(JobsRpcTest, AWebhookNeedsAPublicAddressANameAndASecret) {
  request_.set_webhook_url("https://example.com/hook");
  ASSERT_TRUE(Create().ok());
  EXPECT_EQ(begun_.job().webhook().url(), "https://example.com/hook");
  EXPECT_EQ(begun_.job().webhook().state(), v1::WEBHOOK_STATE_PENDING);
  const grpc::Status unknown = Create("bob");
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(unknown.error_message(), testing::HasSubstr("--webhook-secrets-file"));
  const grpc::Status nameless = Create("");
  EXPECT_EQ(nameless.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(nameless.error_message(), testing::HasSubstr("name"));
  for (const char* bad : {"http://example.com/", "https://127.0.0.1/", "https://localhost/", "x"}) {
    request_.set_webhook_url(bad);
    const grpc::Status refused = Create();
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << bad;
    EXPECT_THAT(refused.error_message(), testing::HasSubstr("webhook_url"));
  }
}

TEST_F(JobsRpcTest, APageHasBounds) {
  v1::ListJobsRequest large;
  large.set_page_size(101);
  v1::ListJobsRequest foreign;
  foreign.set_page_token("AAAA");
  v1::ListJobsRequest odd;
  odd.set_state(static_cast<v1::JobState>(99));
  for (const v1::ListJobsRequest& request : {large, foreign, odd}) {
    grpc::ClientContext context;
    v1::ListJobsResponse response;
    EXPECT_EQ(stub_->ListJobs(&context, request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(JobsRpcTest, AWebhookWithoutASignatureChangesNothing) {
  grpc::ClientContext context;
  v1::AcceptFalWebhookRequest request;
  request.set_body(R"({"request_id":"r-1","status":"OK","payload":{}})");
  v1::AcceptFalWebhookResponse response;
  EXPECT_EQ(stub_->AcceptFalWebhook(&context, request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace flux::service

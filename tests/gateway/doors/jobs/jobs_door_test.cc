// Lists, ends and tells again; fal's webhooks.
#include <gmock/gmock.h>

#include "gateway/doors/jobs/job_query.h"
#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

v1::Job Job(v1::JobState state, v1::Billed billed = v1::BILLED_NO) {
  v1::Job job;
  job.set_id(kJobId);
  job.set_state(state);
  job.set_billed(billed);
  return job;
}

class JobsDoorTest : public GuardTest {
 protected:
  Request As(std::string method, std::string path, HeaderList query = {}) {
    Request request = Get(std::move(path), std::move(query));
    request.method = std::move(method);
    return request;
  }
  void Cancels(v1::CancelOutcome outcome, v1::Job job) {
    v1::CancelJobResponse cancelled;
    cancelled.set_outcome(outcome);
    *cancelled.mutable_job() = std::move(job);
    backend_.AnswerCancel(cancelled);
  }
};

TEST_F(JobsDoorTest, CancelTellsTheTruth) {
  Cancels(v1::CANCEL_OUTCOME_CANCELLED, Job(v1::JOB_STATE_FAILED));
  EXPECT_EQ(Handle(As("DELETE", kJobPath)).status, 200);
  EXPECT_EQ(backend_.last_job(), kJobId);
  EXPECT_EQ(json_["job"]["billed"], "no");
  EXPECT_FALSE(headers_.contains("Retry-After"));

  Cancels(v1::CANCEL_OUTCOME_REQUESTED, Job(v1::JOB_STATE_ACCEPTED, v1::BILLED_MAYBE));
  EXPECT_EQ(Handle(As("DELETE", kJobPath)).status, 202);
  EXPECT_EQ(json_["job"]["billed"], "maybe");
  EXPECT_EQ(headers_["Retry-After"], "2");

  Cancels(v1::CANCEL_OUTCOME_ALREADY_OVER, Job(v1::JOB_STATE_SUCCEEDED, v1::BILLED_YES));
  EXPECT_EQ(Handle(As("DELETE", kJobPath)).status, 409);
  EXPECT_EQ(json_["code"], "JOB_OVER");
  EXPECT_EQ(json_["billed"], "yes");
  EXPECT_EQ(json_["job"], kJobPath);
  EXPECT_THAT(json_["error"].get<std::string>(), HasSubstr("succeeded already"));
  EXPECT_EQ(headers_["x-should-retry"], "false");

  Status unknown(Reason::kOutcomeUnknown);
  backend_.AnswerCancel(unknown);
  EXPECT_EQ(Handle(As("DELETE", kJobPath)).status, 409);
  EXPECT_EQ(json_["code"], "OUTCOME_UNKNOWN");
  backend_.AnswerCancel(Status(Reason::kUnknownJob));
  EXPECT_EQ(Handle(As("DELETE", kJobPath)).status, 404);
  const int asked = backend_.calls();
  EXPECT_EQ(Handle(As("DELETE", "/api/v1/jobs/x")).status, 404);
  EXPECT_EQ(backend_.calls(), asked);
}

TEST_F(JobsDoorTest, APageThatMayNotCallMayNotCancel) {
  Options({.allowed_origins = {"https://good.example"}});
  Request request = As("DELETE", kJobPath);
  request.headers.emplace_back("Origin", "https://evil.example");
  EXPECT_EQ(Handle(std::move(request)).status, 403);
  EXPECT_EQ(backend_.calls(), 0);
  Request asked = As("OPTIONS", kJobPath);
  asked.headers.emplace_back("Origin", "https://good.example");
  const Reply reply = Handle(std::move(asked));
  EXPECT_EQ(reply.status, 204);
  EXPECT_THAT(reply.headers, Contains(Pair("Access-Control-Allow-Methods", HasSubstr("DELETE"))));
  EXPECT_THAT(reply.headers, Contains(Pair("Access-Control-Allow-Headers", HasSubstr("Last-Event-ID"))));
  EXPECT_THAT(reply.headers, Contains(Pair("Access-Control-Allow-Headers", HasSubstr("Prefer"))));
  EXPECT_EQ(headers_["Allow"], "GET, HEAD, DELETE, OPTIONS");
}

TEST_F(JobsDoorTest, ListsAPageAndLeadsToTheNext) {
  v1::ListJobsResponse page;
  *page.add_jobs() = Job(v1::JOB_STATE_SUCCEEDED, v1::BILLED_YES);
  page.mutable_jobs(0)->mutable_webhook()->set_url("https://example.com/hook");
  page.mutable_jobs(0)->mutable_webhook()->set_state(v1::WEBHOOK_STATE_FAILED);
  v1::WebhookAttempt& attempt = *page.mutable_jobs(0)->mutable_webhook()->add_attempts();
  attempt.set_status(500);
  attempt.set_error("status 500");
  *page.add_jobs() = Job(v1::JOB_STATE_FAILED);
  page.set_next_page_token("a/b+c=");
  backend_.AnswerList(page);
  EXPECT_EQ(Handle(Get("/api/v1/jobs", {{"state", "succeeded"}, {"limit", "2"}, {"cursor", "x y"}})).status,
            200);
  EXPECT_EQ(backend_.last_page().state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(backend_.last_page().page_size(), 2u);
  EXPECT_EQ(backend_.last_page().page_token(), "x y");
  EXPECT_EQ(json_["jobs"].size(), 2u);
  EXPECT_EQ(json_["jobs"][0]["state"], "succeeded");
  EXPECT_EQ(json_["jobs"][0]["webhook"]["state"], "failed");
  EXPECT_EQ(json_["jobs"][0]["webhook"]["attempts"][0]["status"], 500);
  EXPECT_EQ(json_["next_cursor"], "a/b+c=");
  EXPECT_EQ(headers_["Link"], "</api/v1/jobs?state=succeeded&limit=2&cursor=a%2Fb%2Bc%3D>; rel=\"next\"");

  backend_.AnswerList(v1::ListJobsResponse());
  EXPECT_EQ(Handle(Get("/api/v1/jobs")).status, 200);
  EXPECT_EQ(json_, nlohmann::json::parse(R"({"success":true,"jobs":[]})"));
  EXPECT_FALSE(headers_.contains("Link"));
}

TEST_F(JobsDoorTest, AQueryThatCannotBeIsRefusedByItsOwnNames) {
  for (const auto& [query, field] :
       std::vector<std::pair<HeaderList, std::string>>{{{{"state", "done"}}, "state"},
                                                       {{{"state", "SUCCEEDED"}}, "state"},
                                                       {{{"limit", "0"}}, "limit"},
                                                       {{{"limit", "101"}}, "limit"},
                                                       {{{"limit", "-1"}}, "limit"},
                                                       {{{"limit", "1e1"}}, "limit"},
                                                       {{{"limit", "1"}, {"limit", "2"}}, "limit"},
                                                       {{{"cursor", std::string(1'025, 'a')}}, "cursor"}}) {
    EXPECT_EQ(Handle(Get("/api/v1/jobs", query)).status, 422) << query[0].second;
    EXPECT_EQ(json_["field"], field);
  }
  EXPECT_EQ(backend_.calls(), 0);
  backend_.AnswerList(InvalidFields({{"page_token", "is none that was told here"}}));
  EXPECT_EQ(Handle(Get("/api/v1/jobs", {{"cursor", "tampered"}})).status, 422);
  EXPECT_EQ(json_["field"], "cursor");
  EXPECT_THAT(json_["error"].get<std::string>(),
              testing::AllOf(HasSubstr("cursor"), testing::Not(HasSubstr("page_"))));
}

TEST_F(JobsDoorTest, TellsAgain) {
  v1::Job job = Job(v1::JOB_STATE_SUCCEEDED);
  job.mutable_webhook()->set_state(v1::WEBHOOK_STATE_PENDING);
  backend_.AnswerRedelivery(job);
  EXPECT_EQ(Handle(Post(kJobPath + "/redeliver", "")).status, 202);
  EXPECT_EQ(backend_.last_job(), kJobId);
  EXPECT_EQ(json_["job"]["webhook"]["state"], "pending");
  backend_.AnswerRedelivery(Status(Reason::kUnknownJob));
  EXPECT_EQ(Handle(Post(kJobPath + "/redeliver", "{}")).status, 404);
  EXPECT_EQ(Handle(Post("/api/v1/jobs/x/redeliver", "")).status, 404);
  EXPECT_EQ(json_["code"], "UNKNOWN_JOB");
  EXPECT_EQ(Handle(Get(kJobPath + "/redeliver")).status, 405);
}

class HooksTest : public JobsDoorTest {
 protected:
  HooksTest() {
    hooked_ = std::make_unique<PublicDoors>(backend_, clock_, aliases_, PublicDoorsOptions{.hooks = true});
    hook_metrics_ = std::make_unique<GatewayMetrics>(hook_registry_, hooked_->routes().Patterns());
    guard_ = std::make_unique<Guard>(GuardOptions{}, hooked_->routes(), admission_, *hook_metrics_, nullptr,
                                     clock_);
  }
  ~HooksTest() override { guard_.reset(); }

  Request Hook(std::string body) {
    Request request = Post("/hooks/fal", std::move(body));
    request.headers.emplace_back("X-Fal-Webhook-Request-Id", "r-1");
    request.headers.emplace_back("x-fal-webhook-signature", "00");
    request.headers.emplace_back("Authorization", "Bearer not-for-flux-service");
    return request;
  }

  prometheus::Registry hook_registry_;
  std::unique_ptr<PublicDoors> hooked_;
  std::unique_ptr<GatewayMetrics> hook_metrics_;
};

TEST_F(HooksTest, WhatFalSendsIsHandedOnAsItCame) {
  const std::string body("{\"request_id\":\"r-1\"}\0\xff\n", 24);
  EXPECT_EQ(Handle(Hook(body)).status, 200);
  EXPECT_EQ(backend_.last_hook().body(), body);
  ASSERT_EQ(backend_.last_hook().headers_size(), 2);
  EXPECT_EQ(backend_.last_hook().headers(0).name(), "x-fal-webhook-request-id");
  EXPECT_EQ(backend_.last_hook().headers(0).value(), "r-1");
  EXPECT_EQ(hooked_->jobs().hooks_accepted, 1u);

  backend_.AnswerHook(Status(Reason::kStoreUnavailable));
  EXPECT_EQ(Handle(Hook(body)).status, 503) << "fal sends it again";
  EXPECT_EQ(hooked_->jobs().hooks_refused, 1u);
  EXPECT_EQ(hooked_->routes().Find("/hooks/fal", "POST").route->body_limit, 1u << 20);
  EXPECT_EQ(hooked_->routes().Find("/hooks/fal", "POST").route->access, Access::kSigned);
}

TEST_F(HooksTest, NobodyTellsOfThem) {
  EXPECT_EQ(doors_.routes().Find("/hooks/fal", "POST").path, nullptr) << "without --public-url";
}

}  // namespace
}  // namespace flux::gateway

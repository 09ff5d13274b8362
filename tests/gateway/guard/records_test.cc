// The routes to what is remembered of purchases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;

TEST_F(GuardTest, TellsAJob) {
  v1::Job job;
  job.set_id(kJobId);
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_generation()->add_images()->set_url("https://v3.fal.media/a.png");
  job.mutable_generation()->set_fal_request_id("fal-1");
  job.mutable_generation()->set_job_id(kJobId);
  job.mutable_generation()->mutable_price()->set_micro_usd(25'000);
  backend_.AnswerJob(job);
  Request request = Get(kJobPath);
  request.remote_addr = "192.0.2.7";
  const Reply reply = Handle(std::move(request));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.billed, Billed::kNo);
  EXPECT_EQ(backend_.last_job(), kJobId);
  EXPECT_EQ(backend_.last_context().caller, "192.0.2.7");
  EXPECT_EQ(json_["job"]["state"], "succeeded");
  EXPECT_EQ(json_["data"]["images"][0]["url"], "https://v3.fal.media/a.png");
  EXPECT_EQ(headers_["x-fal-request-id"], "fal-1");
  EXPECT_EQ(headers_["x-cost-usd"], "0.025");
  EXPECT_EQ(headers_["x-job-id"], kJobId);
  EXPECT_FALSE(headers_.contains("Retry-After"));
  EXPECT_THAT(Metrics(), HasSubstr(R"(reason="OK",route="/api/v1/jobs/{id}"} 1)"));
  EXPECT_THAT(Metrics(), testing::Not(HasSubstr(kJobId)));
}

TEST_F(GuardTest, WhoAsksForAJobThatIsOpenIsToldToComeAgain) {
  v1::Job job;
  job.set_id(kJobId);
  for (const v1::JobState state :
       {v1::JOB_STATE_RESERVED, v1::JOB_STATE_SENT, v1::JOB_STATE_ACCEPTED, v1::JOB_STATE_UNKNOWN}) {
    job.set_state(state);
    backend_.AnswerJob(job);
    const Reply reply = Handle(Get(kJobPath));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(headers_["Retry-After"], "2");
    EXPECT_EQ(
        std::ranges::count(reply.headers, std::pair<std::string, std::string>("Cache-Control", "no-store")),
        1);
  }
}

TEST_F(GuardTest, AnIdThatCannotBeIsNotAskedFor) {
  for (const std::string& id :
       {std::string("x"), kJobId.substr(1), kJobId + "0", std::string("0123456789ABCDEF0123456789ABCDEF"),
        std::string(32, 'g'), std::string("..") + kJobId.substr(2), std::string(32, ' '),
        std::string("\xff\""), std::string("{id}"), std::string(5000, 'a')}) {
    EXPECT_EQ(Handle(Get("/api/v1/jobs/" + id)).status, 404) << id;
    EXPECT_EQ(json_["code"], "UNKNOWN_JOB") << id;
    EXPECT_FALSE(json_.contains("supported_endpoints"));
  }
  for (const std::string& path : {std::string("/api/v1/jobs/"), std::string("/api/v1/job"),
                                  "/api/v1/jobs/" + kJobId + "/", "/api/v1/jobs/" + kJobId + "/x"}) {
    EXPECT_EQ(Handle(Get(path)).status, 404) << path;
    EXPECT_EQ(json_["code"], "UNSUPPORTED_ENDPOINT") << path;
  }
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(GuardTest, SomebodyElsesJobIsNone) {
  backend_.AnswerJob(Status(Reason::kUnknownJob));
  EXPECT_EQ(Handle(Get(kJobPath)).status, 404);
  EXPECT_EQ(json_["code"], "UNKNOWN_JOB");
  EXPECT_EQ(backend_.calls(), 1);
  EXPECT_EQ(Handle(Post(kJobPath)).status, 405);
  EXPECT_EQ(headers_["Allow"], "GET, HEAD, DELETE, OPTIONS");
}

TEST_F(GuardTest, TellsUsage) {
  v1::GetUsageResponse usage;
  usage.set_caller("ada");
  backend_.AnswerUsage(usage);
  EXPECT_EQ(Handle(Get("/api/v1/usage", {{"days", "7"}})).status, 200);
  EXPECT_EQ(backend_.last_days(), 7u);
  EXPECT_EQ(json_["usage"]["caller"], "ada");
  EXPECT_EQ(Handle(Get("/api/v1/usage")).status, 200);
  EXPECT_EQ(backend_.last_days(), 0u) << "the service's default";
  EXPECT_EQ(Handle(Get("/api/v1/usage", {{"days", "367"}})).status, 422);
  EXPECT_EQ(json_["field"], "days");
  EXPECT_EQ(backend_.calls(), 2);
  EXPECT_THAT(Metrics(), HasSubstr(R"(reason="OK",route="/api/v1/usage"} 2)"));
}

TEST_F(GuardTest, RecordsAreForWhoHasAKeyWhereThereAreKeys) {
  for (const char* path : {"/api/v1/jobs", "/api/v1/jobs/{id}", "/api/v1/usage"}) {
    EXPECT_EQ(doors_.routes().Find(path, "GET").route->access, Access::kLooks) << path;
  }
  EXPECT_EQ(doors_.routes().Find("/api/v1/jobs/{id}", "DELETE").route->access, Access::kLooks);
  EXPECT_EQ(doors_.routes().Find("/api/v1/jobs/{id}/redeliver", "POST").route->access, Access::kLooks);
}

}  // namespace
}  // namespace flux::gateway

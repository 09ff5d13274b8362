// The ways to wait for a purchase: Prefer, a webhook, both, neither.
#include <gmock/gmock.h>

#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const std::string kId(32, 'a');

v1::Job Job(v1::JobState state) {
  v1::Job job;
  job.set_id(kId);
  job.set_state(state);
  return job;
}

v1::Job Done() {
  v1::Job job = Job(v1::JOB_STATE_SUCCEEDED);
  job.mutable_generation()->add_images()->set_url("https://v3.fal.media/a.png");
  job.mutable_generation()->set_job_id(kId);
  job.mutable_generation()->set_fal_request_id("fal-1");
  return job;
}

v1::WatchJobResponse Said(v1::Job job) {
  v1::WatchJobResponse word;
  *word.mutable_job() = std::move(job);
  return word;
}

class WaitingTest : public GuardTest {
 protected:
  WaitingTest() { Begun(Job(v1::JOB_STATE_RESERVED)); }

  void Begun(v1::Job job, bool replayed = false) {
    v1::CreateJobResponse begun;
    *begun.mutable_job() = std::move(job);
    begun.set_replayed(replayed);
    begun.set_budget_left_nano_usd(1'500'000'000);
    backend_.AnswerBegun(begun);
  }
  Reply Ask(const std::string& prefer, const std::string& body = R"({"prompt":"x"})", HeaderList more = {}) {
    Request request = Post("/api/v1/flux/text-to-image/dev", body);
    // As the program's clock has it: waits are told by the real one.
    request.arrived = std::chrono::steady_clock::now();
    if (!prefer.empty()) request.headers.emplace_back("Prefer", prefer);
    for (auto& header : more) request.headers.push_back(header);
    return Handle(std::move(request));
  }
};

TEST_F(WaitingTest, NotAtAll) {
  const Reply reply = Ask("respond-async");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(headers_["Location"], "/api/v1/jobs/" + kId);
  EXPECT_EQ(headers_["Preference-Applied"], "respond-async");
  EXPECT_EQ(headers_["x-job-id"], kId);
  EXPECT_EQ(headers_["Retry-After"], "2");
  EXPECT_EQ(headers_["x-budget-left-usd"], "1.5");
  EXPECT_EQ(json_["success"], true);
  EXPECT_EQ(json_["job"]["state"], "reserved");
  EXPECT_EQ(reply.billed, Billed::kMaybe);
  EXPECT_EQ(std::get<v1::TextToImageRequest>(backend_.last_request()).prompt(), "x");
  EXPECT_TRUE(backend_.watched().empty());
}

TEST_F(WaitingTest, ForAWhileAndThePictureIsThere) {
  backend_.AnswerWatch({.words = {{10ms, Said(Done())}}});
  const Reply reply = Ask("wait=20");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(headers_["Preference-Applied"], "wait=20");
  EXPECT_EQ(headers_["x-job-id"], kId);
  EXPECT_EQ(headers_["x-fal-request-id"], "fal-1");
  EXPECT_FALSE(headers_.contains("Location"));
  EXPECT_EQ(json_["data"]["images"][0]["url"], "https://v3.fal.media/a.png");
  EXPECT_FALSE(json_.contains("job")) << "as without Prefer";
  EXPECT_EQ(reply.billed, Billed::kYes);
  EXPECT_EQ(doors_.jobs().waits_done, 1u);
}

TEST_F(WaitingTest, ForAWhileThatRunsOut) {
  backend_.AnswerWatch({.words = {{0ms, Said(Job(v1::JOB_STATE_ACCEPTED))}}, .silent = true});
  EXPECT_EQ(Ask("wait=1").status, 202);
  EXPECT_EQ(headers_["Preference-Applied"], "wait=1");
  EXPECT_EQ(headers_["Location"], "/api/v1/jobs/" + kId);
  EXPECT_EQ(json_["job"]["state"], "accepted") << "as it is now";
  EXPECT_EQ(doors_.jobs().waits_ran_out, 1u);
}

TEST_F(WaitingTest, NobodyIsHeldForLongerThanTheOperatorWants) {
  PublicDoors impatient(backend_, clock_, aliases_, {.max_wait = 1s});
  prometheus::Registry registry;
  GatewayMetrics metrics(registry, impatient.routes().Patterns());
  guard_ = std::make_unique<Guard>(GuardOptions{}, impatient.routes(), admission_, metrics, nullptr, clock_);
  backend_.AnswerWatch({.silent = true});
  EXPECT_EQ(Ask("respond-async, wait=3600").status, 202);
  EXPECT_EQ(headers_["Preference-Applied"], "respond-async, wait=1");
  guard_.reset();
}

TEST_F(WaitingTest, NoTimeAtAll) {
  EXPECT_EQ(Ask("wait=0").status, 202);
  EXPECT_EQ(headers_["Preference-Applied"], "wait=0");
  EXPECT_TRUE(backend_.watched().empty());
}

TEST_F(WaitingTest, AFailureIsTheSameAsWithoutPrefer) {
  v1::Job failed = Job(v1::JOB_STATE_FAILED);
  failed.mutable_error()->set_reason("CONTENT_POLICY");
  failed.mutable_error()->set_billed(v1::BILLED_YES);
  failed.mutable_error()->set_fal_body(R"({"detail":"no"})");
  backend_.AnswerWatch({.words = {{0ms, Said(failed)}}});
  EXPECT_EQ(Ask("wait=20").status, 422);
  EXPECT_EQ(json_["code"], "CONTENT_POLICY");
  EXPECT_EQ(json_["billed"], "yes");
  EXPECT_EQ(json_["fal_error"]["detail"], "no");
  EXPECT_EQ(headers_["x-job-id"], kId);
}

TEST_F(WaitingTest, WhatIsRefusedAtOnceIsRefusedAsAlways) {
  backend_.AnswerBegun(InvalidFields({{"image_size", "is too large"}}));
  for (const char* prefer : {"respond-async", "wait=20"}) {
    EXPECT_EQ(Ask(prefer).status, 422);
    EXPECT_EQ(json_["field"], "aspect_ratio");
  }
  EXPECT_EQ(Ask("respond-async", "{").status, 400);
  EXPECT_EQ(Ask("respond-async", "{}", {{"Idempotency-Key", ""}}).status, 400);
  EXPECT_EQ(json_["code"], "INVALID_IDEMPOTENCY_KEY");
}

TEST_F(WaitingTest, AKeyReplays) {
  Begun(Done(), /*replayed=*/true);
  const Reply reply = Ask("wait=20", R"({"prompt":"x"})", {{"Idempotency-Key", "k"}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(headers_["Idempotent-Replayed"], "true");
  EXPECT_EQ(reply.billed, Billed::kNo);
  EXPECT_EQ(std::get<v1::TextToImageRequest>(backend_.last_request()).parameters().idempotency_key(), "k");
  EXPECT_TRUE(backend_.watched().empty());
  EXPECT_EQ(Ask("respond-async").status, 202);
  EXPECT_EQ(headers_["Idempotent-Replayed"], "true");
  EXPECT_EQ(json_["job"]["state"], "succeeded");
  EXPECT_FALSE(headers_.contains("Retry-After"));
}

TEST_F(WaitingTest, WhatCannotBeReadIsPassedOverAndTold) {
  v1::Generation made;
  made.add_images()->set_url("https://v3.fal.media/a.png");
  made.add_warnings("first");
  backend_.Answer(made);
  EXPECT_EQ(Ask("wait=soon").status, 200);
  EXPECT_FALSE(headers_.contains("Preference-Applied"));
  ASSERT_EQ(json_["warnings"].size(), 2u);
  EXPECT_EQ(json_["warnings"][0], "first");
  EXPECT_THAT(json_["warnings"][1].get<std::string>(), HasSubstr("Prefer: wait"));
  EXPECT_EQ(Ask("respond-async, wait=soon").status, 202);
  EXPECT_THAT(json_["warnings"][0].get<std::string>(), HasSubstr("Prefer: wait"));
  EXPECT_EQ(Ask("handling=lenient").status, 200);
  EXPECT_EQ(json_["warnings"], nlohmann::json({"first"}));
}

TEST_F(WaitingTest, OtherDoorsRefuseWhatTheyDoNotDo) {
  Request request = Post("/v1/images/generations", R"({"prompt":"x","model":"dev"})");
  request.headers.emplace_back("Prefer", "respond-async");
  EXPECT_EQ(Handle(std::move(request)).status, 400);
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(WaitingTest, AWebhookMakesAJobThatIsWaitedFor) {
  backend_.AnswerWatch({.words = {{10ms, Said(Done())}}});
  EXPECT_EQ(Ask("", R"({"prompt":"x","webhook_url":" https://example.com/hook "})").status, 200);
  EXPECT_EQ(backend_.last_webhook(), "https://example.com/hook");
  EXPECT_FALSE(headers_.contains("Preference-Applied"));
  EXPECT_EQ(headers_["x-job-id"], kId);
  EXPECT_EQ(Ask("respond-async", R"({"prompt":"x","webhook_url":"https://example.com/hook"})").status, 202);
}

TEST_F(WaitingTest, AWebhookThatCannotBeIsRefusedByName) {
  for (const char* url : {R"("ftp://example.com")", R"("example.com")", R"("https://u:p@example.com")", "7",
                          R"(["https://example.com"])", R"("https://")"}) {
    EXPECT_EQ(Ask("", std::string(R"({"prompt":"x","webhook_url":)") + url + "}").status, 422) << url;
    EXPECT_EQ(json_["field"], "webhook_url") << url;
  }
  EXPECT_EQ(Ask("", R"({"prompt":"x","webhook_url":")" + std::string("https://a/") + std::string(2'048, 'a') +
                        "\"}")
                .status,
            422);
  EXPECT_EQ(backend_.calls(), 0);
  backend_.AnswerBegun(InvalidFields({{"webhook_url", "leads inwards"}}));
  EXPECT_EQ(Ask("", R"({"prompt":"x","webhook_url":"https://10.0.0.1/"})").status, 422);
  EXPECT_EQ(json_["field"], "webhook_url");
  for (const char* none : {"null", "\"\"", "false"}) {
    EXPECT_EQ(Ask("", std::string(R"({"prompt":"x","webhook_url":)") + none + "}").status, 200) << none;
  }
}

TEST_F(WaitingTest, ALostAnswerIsToldAtOnceToWhoWaitsForAsLongAsItTakes) {
  v1::Job lost = Job(v1::JOB_STATE_UNKNOWN);
  lost.mutable_error()->set_reason("UPSTREAM_CONNECTION_LOST");
  lost.mutable_error()->set_billed(v1::BILLED_MAYBE);
  backend_.AnswerWatch({.words = {{0ms, Said(lost)}}, .silent = true});
  EXPECT_EQ(Ask("", R"({"prompt":"x","webhook_url":"https://example.com/hook"})").status, 502);
  EXPECT_EQ(json_["billed"], "maybe");
  EXPECT_EQ(json_["job"], "/api/v1/jobs/" + kId);
}

TEST_F(WaitingTest, AStopTurnsAWaitIntoAJob) {
  backend_.AnswerWatch({.words = {{0ms, Said(Job(v1::JOB_STATE_ACCEPTED))}}, .silent = true});
  Request request = Post();
  request.arrived = std::chrono::steady_clock::now();
  request.headers.emplace_back("Prefer", "wait=50");
  fakes::Spawned<Reply> waits(loop_, fakes::Handle(*guard_, std::move(request)));
  while (backend_.watched().empty()) std::this_thread::yield();
  doors_.LetGo();
  EXPECT_EQ(waits.Get().status, 202);
}

}  // namespace
}  // namespace flux::gateway

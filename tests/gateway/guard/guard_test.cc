// One public request from its head to its reply, with a backend that answers as told.
#include "gateway/guard/guard.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>

#include "base/event.h"
#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST_F(GuardTest, ServesAPicture) {
  const Reply reply = Handle(Post());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json_["success"], true);
  EXPECT_EQ(headers_["Content-Type"], "application/json");
  EXPECT_EQ(headers_["x-fal-request-id"], "fal-1");
  EXPECT_EQ(headers_["X-Proxy-Target"], "FAL.AI");
  EXPECT_EQ(headers_["Access-Control-Allow-Origin"], "*");
  EXPECT_FALSE(headers_["X-Request-Id"].empty());
  EXPECT_THAT(
      Metrics(),
      HasSubstr(R"(flux_gateway_requests_total{reason="OK",route="/api/v1/flux/text-to-image/dev"} 1)"));
}

TEST_F(GuardTest, AdoptsAHarmlessRequestIdAndReplacesAnother) {
  Request request = Post();
  request.headers.emplace_back("x-request-id", "mine-1");
  Handle(std::move(request));
  EXPECT_EQ(headers_["X-Request-Id"], "mine-1");
  EXPECT_EQ(backend_.last_context().request_id, "mine-1");
  request = Post();
  request.headers.emplace_back("x-request-id", "forged\"}");
  Handle(std::move(request));
  EXPECT_THAT(headers_["X-Request-Id"], testing::MatchesRegex("[0-9a-f-]{36}"));
}

TEST_F(GuardTest, GivesTheBackendWhatIsLeftOfTheTime) {
  Options({.request_timeout = 90s});
  Request request = Post();
  clock_.Advance(5s);
  const SteadyTime arrived = request.arrived;
  Handle(std::move(request));
  EXPECT_EQ(backend_.last_context().deadline, arrived + 90s);
}

TEST_F(GuardTest, UnknownPathIsToldAsToday) {
  EXPECT_EQ(Handle(Post("/api/v2/flux")).status, 404);
  EXPECT_EQ(json_["error"], "Unsupported API endpoint");
  EXPECT_EQ(json_["code"], "UNSUPPORTED_ENDPOINT");
  const nlohmann::json todays(json_["supported_endpoints"].begin(), json_["supported_endpoints"].begin() + 5);
  EXPECT_EQ(todays, nlohmann::json({"/api/v1/flux/text-to-image/pro", "/api/v1/flux/text-to-image/dev",
                                    "/api/v1/flux/text-to-image/schnell", "/api/v1/flux/image-to-image",
                                    "/api/v1/flux/inpainting"}));
  EXPECT_EQ(headers_["Access-Control-Allow-Origin"], "*");
  EXPECT_THAT(Metrics(), HasSubstr(R"(route="other")"));
  EXPECT_THAT(Metrics(), testing::Not(HasSubstr("/api/v2/flux")));
}

TEST_F(GuardTest, UnknownModelIsToldAsAnUnknownPath) {
  backend_.Answer(Status(Reason::kUnknownModel));
  EXPECT_EQ(Handle(Post("/api/v1/flux/text-to-image/nothing")).status, 404);
  EXPECT_EQ(json_["error"], "Unsupported API endpoint");
  EXPECT_EQ(json_["code"], "UNKNOWN_MODEL");
  EXPECT_TRUE(json_.contains("supported_endpoints"));
}

TEST_F(GuardTest, EveryModelHasAPathAndSharesItsKindsLabel) {
  EXPECT_EQ(Handle(Post("/api/v1/flux/edit/flux-2-klein-9b")).status, 200);
  EXPECT_EQ(std::get<v1::EditImageRequest>(backend_.last_request()).model(), "edit/flux-2-klein-9b");
  EXPECT_EQ(Handle(Post("/api/v1/flux/inpainting")).status, 200);
  EXPECT_EQ(std::get<v1::InpaintRequest>(backend_.last_request()).model(), "inpainting");
  EXPECT_THAT(Metrics(), HasSubstr(R"(reason="OK",route="/api/v1/flux/edit/{model}"} 1)"));
  for (const char* path : {"/api/v1/flux/edit", "/api/v1/flux/edit/", "/api/v1/flux/edit/a/b",
                           "/api/v1/flux/edit/A", "/api/v1/flux/edit/{model}", "/api/v1/flux/upscale/x"}) {
    EXPECT_EQ(Handle(Post(path)).status, 404) << path;
  }
  EXPECT_EQ(Handle(Post("/api/v1/flux/edit/" + std::string(64, 'a'))).status, 200);
  EXPECT_EQ(Handle(Post("/api/v1/flux/edit/" + std::string(65, 'a'))).status, 404);
}

TEST_F(GuardTest, TellsTheModels) {
  Request request = Post("/api/v1/models");
  request.method = "GET";
  EXPECT_EQ(Handle(std::move(request)).status, 200);
  EXPECT_EQ(json_["models"][0]["endpoint"], "/api/v1/flux/text-to-image/dev");
  EXPECT_EQ(Handle(Post("/api/v1/models")).status, 405);
  EXPECT_EQ(headers_["Allow"], "GET, HEAD, OPTIONS");
  request = Post("/api/v1/models");
  request.method = "HEAD";
  EXPECT_EQ(Handle(std::move(request)).status, 200);
}

TEST_F(GuardTest, TellsCostAndWaits) {
  v1::Generation made;
  made.add_images()->set_url("https://v3.fal.media/a.png");
  made.mutable_price()->set_micro_usd(1'025'300);
  made.set_attempts(2);
  made.set_queue_position(7);
  made.mutable_timings()->mutable_queued()->set_nanos(12'345'678);
  backend_.Answer(made);
  Handle(Post());
  EXPECT_EQ(headers_["x-cost-usd"], "1.0253");
  EXPECT_EQ(headers_["x-fal-attempts"], "2");
  EXPECT_EQ(headers_["x-queue-position"], "7");
  EXPECT_EQ(headers_["x-queue-wait-ms"], "12");
}

TEST_F(GuardTest, PassesTheTraceAndTheCallerOn) {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Request request = Post();
  request.remote_addr = "192.0.2.7";
  request.headers.emplace_back("traceparent", parent);
  Handle(std::move(request));
  EXPECT_EQ(backend_.last_context().traceparent, parent);
  EXPECT_EQ(backend_.last_context().caller, "192.0.2.7");
  request = Post();
  request.headers.emplace_back("traceparent", "00-nonsense");
  Handle(std::move(request));
  EXPECT_EQ(backend_.last_context().traceparent, "");
}

TEST_F(GuardTest, WrongMethodNamesTheRightOne) {
  Request request = Post();
  request.method = "GET";
  EXPECT_EQ(Handle(std::move(request)).status, 405);
  EXPECT_EQ(headers_["Allow"], "POST, OPTIONS");
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(GuardTest, PreflightIsAnsweredHere) {
  Request request = Post();
  request.method = "OPTIONS";
  request.headers.emplace_back("Origin", "https://site.example");
  EXPECT_EQ(Handle(std::move(request)).status, 204);
  EXPECT_EQ(headers_["Access-Control-Max-Age"], "600");
  EXPECT_EQ(headers_["Access-Control-Allow-Origin"], "*");
  EXPECT_EQ(backend_.calls(), 0);
}

// What a preflight to this path says that a page may send; small letters, as browsers compare.
std::set<std::string> AllowedHeaders(const Reply& reply) {
  std::set<std::string> names;
  for (const auto& [name, value] : reply.headers) {
    if (name != "Access-Control-Allow-Headers") continue;
    for (const auto part : absl::StrSplit(value, ',')) {
      names.insert(absl::AsciiStrToLower(absl::StripAsciiWhitespace(part)));
    }
  }
  return names;
}

TEST_F(GuardTest, PreflightAllowsWhatLibrariesInPagesAdd) {
  for (const char* path : {"/api/v1/flux/text-to-image/dev", "/api/v1/flux/inpainting", "/api/v1/models"}) {
    Request request = Post(path);
    request.method = "OPTIONS";
    request.headers.emplace_back("Origin", "https://site.example");
    request.headers.emplace_back("Access-Control-Request-Method", "POST");
    const std::set<std::string> allowed = AllowedHeaders(Handle(std::move(request)));
    for (const char* name : {"content-type",
                             "authorization",
                             "x-api-key",
                             "x-request-id",
                             "traceparent",
                             "tracestate",
                             "baggage",
                             "sentry-trace",
                             "x-stainless-lang",
                             "x-stainless-os",
                             "x-stainless-arch",
                             "x-stainless-runtime",
                             "x-stainless-runtime-version",
                             "x-stainless-package-version",
                             "x-stainless-retry-count",
                             "x-stainless-timeout",
                             "x-stainless-read-timeout",
                             "x-stainless-async",
                             "x-stainless-helper-method",
                             "x-stainless-poll-helper",
                             "x-stainless-custom-poll-interval",
                             "x-stainless-raw-response"}) {
      EXPECT_TRUE(allowed.contains(name)) << path << ": " << name;
    }
    // No door here reads one of fal's own.
    for (const std::string& name : allowed) EXPECT_FALSE(name.starts_with("x-fal-")) << path << ": " << name;
  }
}

TEST_F(GuardTest, PreflightOfAStrangePageIsAllowedNothing) {
  Options({.allowed_origins = {"https://site.example"}});
  for (const auto& [origin, some] :
       std::map<std::string, bool>{{"https://site.example", true}, {"https://evil.example", false}}) {
    Request request = Post();
    request.method = "OPTIONS";
    request.headers.emplace_back("Origin", origin);
    request.headers.emplace_back("Access-Control-Request-Headers", "baggage,sentry-trace");
    EXPECT_EQ(AllowedHeaders(Handle(std::move(request))).contains("baggage"), some) << origin;
  }
}

TEST_F(GuardTest, EveryReplyTellsBrowsersToKeepTheirHandsOff) {
  for (const char* path : {"/api/v1/flux/text-to-image/dev", "/nothing"}) {
    Handle(Post(path));
    EXPECT_EQ(headers_["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(headers_["Content-Security-Policy"], "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(headers_["Cross-Origin-Resource-Policy"], "same-origin");
    EXPECT_EQ(headers_["Referrer-Policy"], "no-referrer");
    EXPECT_EQ(headers_["Cache-Control"], "no-store");
    EXPECT_FALSE(headers_.contains("Strict-Transport-Security"));
  }
  Options({.tls = true});
  Handle(Post());
  EXPECT_EQ(headers_["Strict-Transport-Security"], "max-age=31536000");
}

TEST_F(GuardTest, AStrangePagesRequestIsNotDone) {
  Options({.allowed_origins = {"https://site.example"}});
  for (const auto& [origin, status] : std::map<std::string, int>{{"https://site.example", 200},
                                                                 {"https://evil.example", 403},
                                                                 {"null", 403},
                                                                 {"https://api.example", 200}}) {
    Request request = Post();
    request.headers.emplace_back("Origin", origin);
    request.headers[1].second = "text/plain";  // what a browser sends without asking first
    EXPECT_EQ(Handle(std::move(request)).status, status) << origin;
    EXPECT_EQ(headers_["Vary"], "Origin");
    EXPECT_EQ(headers_.contains("Access-Control-Allow-Origin"), origin == "https://site.example");
  }
  EXPECT_EQ(backend_.calls(), 2);
  Request reading = Post("/api/v1/models");
  reading.method = "GET";
  reading.headers.emplace_back("Origin", "https://evil.example");
  EXPECT_EQ(Handle(std::move(reading)).status, 200) << "spends nothing, and the page cannot read it";
}

TEST_F(GuardTest, OtherHostIsNotServed) {
  Options({.allowed_hosts = {"api.fluxkontext.space"}});
  EXPECT_EQ(Handle(Post()).status, 404);
  EXPECT_EQ(json_["code"], "HOST_NOT_ALLOWED");
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(GuardTest, NotJsonSaysTodaysSentence) {
  EXPECT_EQ(Handle(Post("/api/v1/flux/text-to-image/dev", "{")).status, 400);
  EXPECT_EQ(json_["error"], "Invalid JSON in request body");
  EXPECT_EQ(json_["success"], false);
  EXPECT_EQ(json_["billed"], "no");
  EXPECT_EQ(json_["violations"][0]["message"], "syntax error at byte 2");
}

struct TypeCase {
  const char* name;
  const char* type;
  int not_json;  // status of a body that is none
};

class ContentTypes : public GuardTest, public testing::WithParamInterface<TypeCase> {};

TEST_P(ContentTypes, WhateverMayBeJsonIsRead) {
  Request request = Post();
  request.headers.back().second = GetParam().type;
  EXPECT_EQ(Handle(std::move(request)).status, 200);
  Request other = Post("/api/v1/flux/text-to-image/dev", "<x/>");
  other.headers.back().second = GetParam().type;
  EXPECT_EQ(Handle(std::move(other)).status, GetParam().not_json);
}

INSTANTIATE_TEST_SUITE_P(Rows, ContentTypes,
                         testing::Values(TypeCase{"Json", "application/json", 400},
                                         TypeCase{"JsonWithCharset", "Application/JSON; charset=utf-8", 400},
                                         TypeCase{"Suffix", "application/vnd.api+json", 400},
                                         TypeCase{"None", "", 400},
                                         TypeCase{"BrowsersDefault", "text/plain;charset=UTF-8", 400},
                                         TypeCase{"CurlsDefault", "application/x-www-form-urlencoded", 400},
                                         TypeCase{"Multipart", "multipart/form-data; boundary=x", 400},
                                         TypeCase{"Picture", "image/png", 415},
                                         TypeCase{"Xml", "application/xml", 415}),
                         [](const auto& row) { return row.param.name; });

class FailureReplies : public GuardTest, public testing::WithParamInterface<ReasonRow> {};

TEST_P(FailureReplies, FollowTheTable) {
  const ReasonRow& row = GetParam();
  Status status(row.reason, "what happened");
  status.upstream = UpstreamError{422, "fal-7", R"({"detail":"d"})"};
  backend_.Answer(status);
  EXPECT_EQ(Handle(Post()).status, row.http_status);
  EXPECT_EQ(json_["success"], false);
  EXPECT_EQ(json_["code"], row.name);
  EXPECT_EQ(json_["error"].is_string(), true);
  EXPECT_EQ(json_["retryable"], row.retryable);
  EXPECT_EQ(json_["billed"], Name(row.billed));
  EXPECT_EQ(json_["request_id"], headers_["X-Request-Id"]);
  EXPECT_EQ(json_.contains("timestamp"), row.http_status >= 500);
  EXPECT_EQ(headers_.contains("x-should-retry"),
            row.billed != Billed::kNo || row.http_status == 402 || row.http_status == 409);
  EXPECT_TRUE(row.http_status != 503 || headers_.contains("Retry-After"));
  EXPECT_EQ(json_["fal_error"]["detail"], "d");
}

INSTANTIATE_TEST_SUITE_P(Table, FailureReplies,
                         testing::ValuesIn(std::vector<ReasonRow>(ReasonTable().begin(),
                                                                  ReasonTable().end())),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(GuardTest, WaitingTimeIsRoundedUpToSeconds) {
  Status status(Reason::kUpstreamThrottled);
  status.retry_after = 1500ms;
  backend_.Answer(status);
  EXPECT_EQ(Handle(Post()).status, 429);
  EXPECT_EQ(headers_["Retry-After"], "2");
}

TEST_F(GuardTest, ViolationsAreNamedInTheDialect) {
  backend_.Answer(InvalidFields({{"image", "is required"}, {"num_images", "must be at most 4"}}));
  EXPECT_EQ(Handle(Post("/api/v1/flux/image-to-image")).status, 422);
  EXPECT_EQ(json_["field"], "image_url");
  EXPECT_EQ(json_["violations"].size(), 2u);
}

TEST_F(GuardTest, OverTheLimitIsToldAtOnceAndTheSlotComesBack) {
  Options({.max_in_flight = 1});
  Event go(loop_.executor());
  std::promise<void> started;
  backend_.Answer(fakes::FakeBackend::Play([&]() -> asio::awaitable<Result<v1::Generation>> {
    started.set_value();
    co_await go.Wait(SteadyTime::max());
    co_return v1::Generation();
  }));
  fakes::Spawned<Reply> first(loop_, fakes::Handle(*guard_, Post()));
  started.get_future().wait();
  EXPECT_EQ(Handle(Post()).status, 503);
  EXPECT_EQ(json_["code"], "OVERLOADED");
  EXPECT_EQ(headers_["Retry-After"], "1");
  asio::post(loop_.context(), [&] { go.Set(); });
  EXPECT_EQ(first.Get().status, 200);
  backend_.Answer(v1::Generation());
  EXPECT_EQ(Handle(Post()).status, 200);
}

TEST_F(GuardTest, APromiseThatNobodyKeepsIsRefusedByName) {
  for (const char* name : {"prefer", "Prefer"}) {
    for (const char* value : {"respond-async", ""}) {
      Request request = Post("/v1/images/generations", R"({"prompt":"x","model":"dev"})");
      request.headers.emplace_back(name, value);
      EXPECT_EQ(Handle(std::move(request)).status, 400) << name;
      EXPECT_THAT(json_["error"]["message"].get<std::string>(), HasSubstr("Prefer"));
    }
  }
  EXPECT_EQ(backend_.calls(), 0);
  Request models = Post("/api/v1/models");
  models.method = "GET";
  models.headers.emplace_back("Prefer", "wait=5");
  EXPECT_EQ(Handle(std::move(models)).status, 200) << "nothing is bought";
}

TEST_F(GuardTest, AnExceptionIsAnsweredAndCounted) {
  backend_.Answer(fakes::FakeBackend::Play([]() -> asio::awaitable<Result<v1::Generation>> {
    throw std::runtime_error("as asked");
    co_return v1::Generation();
  }));
  Request request = Post();
  request.headers.emplace_back("Origin", "https://site.example");
  EXPECT_EQ(Handle(std::move(request)).status, 500);
  EXPECT_EQ(json_["code"], "INTERNAL");
  EXPECT_EQ(json_["billed"], "maybe") << "it may have been sent";
  EXPECT_EQ(headers_["Access-Control-Allow-Origin"], "*");
  EXPECT_THAT(Metrics(), HasSubstr(R"(reason="INTERNAL",route="/api/v1/flux/text-to-image/dev"} 1)"));
  EXPECT_THAT(Metrics(), HasSubstr("flux_gateway_requests_in_flight 0"));
}

TEST_F(GuardTest, WhoUploadsIsNotWorkedOnAndHasHisPlaceOnlyThen) {
  Options({.max_in_flight = 1});
  std::vector<Opened> uploads;
  for (int i = 0; i < 3; ++i) uploads.push_back(guard_->Open(Post()));
  for (Opened& upload : uploads) {
    ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Ticket>>(upload));
    auto ticket = std::get<std::unique_ptr<Ticket>>(std::move(upload));
    EXPECT_EQ(fakes::Spawned<Reply>(loop_, guard_->Serve(std::move(ticket), Post())).Get().status, 200);
  }
}

TEST_F(GuardTest, RefusalsOfTheListenerSpeakToPages) {
  Options({.allowed_origins = {"https://site.example"}});
  const testing::Matcher<HeaderList> lets =
      testing::Contains(testing::Pair("Access-Control-Allow-Origin", "https://site.example"));
  const Status large(Reason::kHeadersTooLarge);
  EXPECT_THAT(guard_->Refuse(large, nullptr, "https://site.example").headers, lets);
  EXPECT_THAT(guard_->Refuse(large, nullptr, "https://evil.example").headers, testing::Not(lets));
  EXPECT_THAT(guard_->Refuse(large, nullptr, {}).headers, testing::Not(lets));
  Request head = Post();
  head.headers.emplace_back("X-Request-Id", "mine-1");
  const Reply reply = guard_->Refuse(Status(Reason::kPayloadTooLarge), &head, "https://site.example");
  EXPECT_THAT(reply.headers, lets);
  EXPECT_THAT(reply.headers, testing::Contains(testing::Pair("X-Request-Id", "mine-1")));
}

TEST_F(GuardTest, RefusalsOfTheListenerHaveTheSameShape) {
  const Reply reply = guard_->Refuse(Status(Reason::kHeadersTooLarge), nullptr, {});
  EXPECT_EQ(reply.status, 431);
  EXPECT_EQ(nlohmann::json::parse(reply.body)["code"], "HEADERS_TOO_LARGE");
  EXPECT_THAT(reply.headers, testing::Contains(testing::Pair("Access-Control-Allow-Origin", "*")));
}

}  // namespace
}  // namespace flux::gateway

// Who may spend: keys, limits of rate and of requests at a time, and what is asked first.
#include "gateway/guard/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <filesystem>
#include <fstream>

#include "base/event.h"
#include "base/json.h"
#include "gateway/doors/public_doors.h"
#include "gateway/guard/guard.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/handled.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/series.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;

// A store that says what it is told.
class FakeStore final : public RateLimitStore {
 public:
  bool Up() const override { return up; }
  asio::awaitable<std::optional<RateVerdict>> Take(std::string subject, Gcra gcra) override {
    subjects.push_back(std::move(subject));
    if (admits) co_return gcra.Tell(*admits, *admits ? 1s : 60s);
    co_return std::nullopt;
  }

  bool up = true;
  std::optional<bool> admits = true;
  std::vector<std::string> subjects;
};

class AdmissionTest : public testing::Test {
 protected:
  AdmissionTest() {
    char name[] = "/tmp/flux-keys-XXXXXX";
    close(mkstemp(name));
    file_ = name;
    v1::Generation made;
    made.add_images()->set_url("https://v3.fal.media/a.png");
    backend_.Answer(made);
    Admit({});
  }
  ~AdmissionTest() override {
    loop_.Stop();
    std::filesystem::remove(file_);
  }

  static std::string Line(const std::string& name, const std::string& key, const std::string& settings = "") {
    std::string line = name + " ";
    for (const unsigned char byte : HashOf(key)) {
      constexpr char kDigits[] = "0123456789abcdef";
      (line += kDigits[byte / 16]) += kDigits[byte % 16];
    }
    return line + " " + settings + "\n";
  }
  void Keys(const std::string& lines) {
    std::ofstream(file_, std::ios::trunc) << lines;
    keys_ = std::make_unique<KeyRing>(file_, false, metrics_, log_);
    Admit(options_);
  }
  void Admit(AdmissionOptions options, RateLimitStore* store = nullptr) {
    options_ = std::move(options);
    admission_ = std::make_unique<Admission>(options_, *keys_, store, metrics_, clock_, 1);
    guard_ = std::make_unique<Guard>(GuardOptions{}, doors_.routes(), *admission_, gateway_metrics_, nullptr,
                                     clock_);
  }

  Request Post(HeaderList headers = {}, std::string path = "/api/v1/flux/text-to-image/dev") {
    Request request;
    request.method = "POST";
    request.path = request.target = std::move(path);
    request.headers = std::move(headers);
    request.body = R"({"prompt":"x"})";
    request.remote_addr = "192.0.2.7";
    request.arrived = clock_.Now();
    return request;
  }
  Request From(std::string address) {
    Request request = Post();
    request.remote_addr = std::move(address);
    return request;
  }
  int Handle(Request request) {
    const Reply reply = fakes::Handled(loop_, *guard_, std::move(request));
    headers_.clear();
    headers_.insert(reply.headers.begin(), reply.headers.end());
    json_ = reply.body.empty() ? nlohmann::json() : nlohmann::json::parse(reply.body);
    return reply.status;
  }
  double Series(const std::string& name, const std::map<std::string, std::string>& labels = {}) {
    return fakes::SeriesValue(registry_, name, labels).value_or(-1);
  }

  std::string file_;
  EventLoop loop_{"test"};
  fakes::FakeClock clock_;
  fakes::FakeBackend backend_;
  prometheus::Registry registry_;
  Log log_{LogLevel::kError};
  const AliasFile aliases_{"", log_};
  const PublicDoors doors_{backend_, clock_, aliases_, {.max_body = 1 << 20}};
  GatewayMetrics gateway_metrics_{registry_, doors_.routes().Patterns()};
  AdmissionMetrics metrics_{registry_};
  std::unique_ptr<KeyRing> keys_ = std::make_unique<KeyRing>("", false, metrics_, log_);
  AdmissionOptions options_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<Guard> guard_;
  std::map<std::string, std::string> headers_;
  nlohmann::json json_;
};

TEST_F(AdmissionTest, WithoutAFileOfKeysCredentialsMeanNothing) {
  EXPECT_EQ(Handle(Post({{"Authorization", "Bearer whatever"}})), 200);
  EXPECT_EQ(Handle(Post({{"Authorization", "Basic x"}})), 200);
  EXPECT_EQ(backend_.last_context().caller, "192.0.2.7");
  EXPECT_EQ(Series("flux_gateway_caller_requests_total", {{"caller", "anonymous"}, {"outcome", "ok"}}), 2);
}

TEST_F(AdmissionTest, OnlyWhoHasAKeyMaySpend) {
  Keys(Line("shop", "right"));
  EXPECT_EQ(Handle(Post()), 401);
  EXPECT_EQ(json_["code"], "UNAUTHENTICATED");
  EXPECT_EQ(json_["billed"], "no");
  EXPECT_EQ(headers_["WWW-Authenticate"], R"(Bearer realm="flux")");
  EXPECT_FALSE(headers_.contains("RateLimit-Limit"));
  for (const HeaderList& wrong :
       std::vector<HeaderList>{{{"Authorization", "Bearer wrong"}},
                               {{"X-API-Key", "wrong"}},
                               {{"Authorization", "Basic cmlnaHQ="}},
                               {{"Authorization", "Bearer right"}, {"X-API-Key", "wrong"}}}) {
    EXPECT_EQ(Handle(Post(wrong)), 401);
    EXPECT_EQ(headers_["WWW-Authenticate"], R"(Bearer realm="flux", error="invalid_token")");
  }
  EXPECT_EQ(backend_.calls(), 0);
  EXPECT_EQ(Handle(Post({{"Authorization", "Bearer right"}})), 200);
  EXPECT_EQ(Handle(Post({{"X-API-Key", "right"}})), 200);
  EXPECT_EQ(backend_.last_context().caller, "shop");
  EXPECT_EQ(Series("flux_gateway_unauthenticated_total"), 5);
  EXPECT_EQ(Series("flux_gateway_caller_requests_total", {{"caller", "shop"}, {"outcome", "ok"}}), 2);
}

TEST_F(AdmissionTest, AKeyIsAskedBeforeTheBodyIsRead) {
  Keys(Line("shop", "right"));
  Request request = Post();
  request.body = "{";
  EXPECT_EQ(Handle(std::move(request)), 401);
}

TEST_F(AdmissionTest, OnlyWhoMaySpendIsAskedForABody) {
  Keys(Line("shop", "right", "models=text-to-image/*"));
  const HeaderList right{{"X-API-Key", "right"}};
  const auto goes_on = [this](const Request& head) {
    return std::holds_alternative<std::unique_ptr<Ticket>>(guard_->Open(head));
  };
  EXPECT_TRUE(goes_on(Post(right)));
  EXPECT_FALSE(goes_on(Post()));
  EXPECT_FALSE(goes_on(Post({{"X-API-Key", "wrong"}})));
  EXPECT_FALSE(goes_on(Post({{"X-API-Key", std::string(1025, 'k')}})));
  EXPECT_FALSE(goes_on(Post(right, "/nowhere")));
  EXPECT_FALSE(goes_on(Post(right, "/api/v1/flux/inpainting"))) << "a model that the key is not for";
  Request wrong_method = Post(right);
  wrong_method.method = "PUT";
  EXPECT_FALSE(goes_on(wrong_method));
}

TEST_F(AdmissionTest, LimitsCountWhenTheHeadIsJudged) {
  Keys(Line("shop", "right", "rate=3 concurrency=1"));
  const HeaderList right{{"X-API-Key", "right"}};
  const auto status = [this](const Request& head, Opened& opened) {
    opened = guard_->Open(head);
    const Reply* reply = std::get_if<Reply>(&opened);
    return reply == nullptr ? 0 : reply->status;
  };
  Opened uploading;
  Opened other;
  EXPECT_EQ(status(Post(right), uploading), 0);
  EXPECT_EQ(status(Post(right), other), 429) << "one upload at a time";
  uploading = Reply();  // it came to nothing
  EXPECT_EQ(status(Post(right), uploading), 0) << "its place is free again";
  uploading = Reply();
  EXPECT_EQ(status(Post(right), uploading), 0);
  uploading = Reply();
  EXPECT_EQ(status(Post(right), other), 429) << "its part of the rate is spent";
  EXPECT_EQ(Series("flux_gateway_rate_limited_total", {{"by", "key"}}), 1);
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(AdmissionTest, EachCallerHasAShareOfItsOwn) {
  Keys(Line("shop", "one") + Line("shop", "two") + Line("mill", "three"));
  Admit({.allow_anonymous = true});
  const auto share = [this](const Request& head) {
    Opened opened = guard_->Open(head);
    return std::get<std::unique_ptr<Ticket>>(opened)->share;
  };
  EXPECT_EQ(share(Post({{"X-API-Key", "one"}})), share(Post({{"X-API-Key", "two"}}))) << "keys of one name";
  EXPECT_NE(share(Post({{"X-API-Key", "one"}})), share(Post({{"X-API-Key", "three"}})));
  EXPECT_EQ(share(From("192.0.2.1")), share(From("192.0.2.1")));
  EXPECT_NE(share(From("192.0.2.1")), share(From("192.0.2.2")));
  EXPECT_EQ(share(From("2001:db8:1:2::1")), share(From("2001:db8:1:2:ffff::9"))) << "one subscriber";
  EXPECT_NE(share(From("2001:db8:1:2::1")), share(From("2001:db8:1:3::1")));
}

TEST_F(AdmissionTest, TheSharedStoreIsAskedBeforeABodyIsRead) {
  FakeStore store;
  Admit({.rate_limit_per_minute = 2}, &store);
  const Request head = Post();
  const auto confirm = [&](Ticket& ticket) {
    return fakes::Spawned<std::optional<Reply>>(loop_, guard_->Confirm(ticket, head)).Get();
  };
  Opened opened = guard_->Open(head);
  auto ticket = std::get<std::unique_ptr<Ticket>>(std::move(opened));
  EXPECT_TRUE(ticket->unconfirmed);
  EXPECT_EQ(store.subjects.size(), 0u) << "Open does not wait";
  EXPECT_FALSE(confirm(*ticket).has_value());
  EXPECT_EQ(fakes::Spawned<Reply>(loop_, guard_->Serve(std::move(ticket), Post())).Get().status, 200);
  EXPECT_EQ(store.subjects.size(), 1u) << "asked once";
  store.admits = false;
  opened = guard_->Open(head);
  const std::optional<Reply> refused = confirm(*std::get<std::unique_ptr<Ticket>>(opened));
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 429);
  store.up = false;
  EXPECT_FALSE(std::get<std::unique_ptr<Ticket>>(guard_->Open(head))->unconfirmed);
}

TEST_F(AdmissionTest, ModelsNeedAKeyAndPreflightsDoNot) {
  Keys(Line("shop", "right", "models=edit/*"));
  Request models = Post({}, "/api/v1/models");
  models.method = "GET";
  EXPECT_EQ(Handle(models), 401);
  models.headers = {{"X-API-Key", "right"}};
  EXPECT_EQ(Handle(models), 200);
  EXPECT_FALSE(headers_.contains("RateLimit-Limit")) << "nothing is spent";
  Request preflight = Post();
  preflight.method = "OPTIONS";
  EXPECT_EQ(Handle(preflight), 204);
}

TEST_F(AdmissionTest, AKeyOpensItsModelsOnly) {
  Keys(Line("shop", "right", "models=edit/*,text-to-image/dev"));
  const HeaderList key{{"X-API-Key", "right"}};
  EXPECT_EQ(Handle(Post(key)), 200);
  EXPECT_EQ(Handle(Post(key, "/api/v1/flux/edit/flux-2")), 200);
  const int before = backend_.calls();
  EXPECT_EQ(Handle(Post(key, "/api/v1/flux/text-to-image/pro")), 403);
  EXPECT_EQ(json_["code"], "MODEL_NOT_ALLOWED");
  EXPECT_EQ(Handle(Post(key, "/api/v1/flux/image-to-image")), 403);
  EXPECT_EQ(backend_.calls(), before);
}

TEST_F(AdmissionTest, AnonymousCallersAreLetInBesideKeysOnlyIfSaid) {
  Keys(Line("shop", "right"));
  Admit({.allow_anonymous = true});
  EXPECT_EQ(Handle(Post()), 200);
  EXPECT_EQ(Handle(Post({{"X-API-Key", "wrong"}})), 401)
      << "a wrong key is a mistake, not an anonymous caller";
}

TEST_F(AdmissionTest, AnAddressHasItsLimit) {
  Admit({.rate_limit_per_minute = 3});
  for (const char* left : {"2", "1", "0"}) {
    EXPECT_EQ(Handle(Post()), 200);
    EXPECT_EQ(headers_["RateLimit-Limit"], "3");
    EXPECT_EQ(headers_["RateLimit-Remaining"], left);
  }
  EXPECT_EQ(headers_["RateLimit-Reset"], "60");
  EXPECT_EQ(Handle(Post()), 429);
  EXPECT_EQ(json_["code"], "RATE_LIMITED");
  EXPECT_EQ(json_["retryable"], true);
  EXPECT_EQ(json_["billed"], "no");
  EXPECT_EQ(headers_["Retry-After"], "20");
  EXPECT_EQ(headers_["RateLimit-Remaining"], "0");
  EXPECT_EQ(backend_.calls(), 3);
  EXPECT_EQ(Handle(From("192.0.2.8")), 200) << "another address";
  EXPECT_EQ(admission_->Remembered(), 2u);
  clock_.Advance(20s);
  EXPECT_EQ(Handle(Post()), 200);
  EXPECT_EQ(Handle(Post()), 429);
  EXPECT_EQ(Series("flux_gateway_rate_limited_total", {{"by", "address"}}), 2);
}

TEST_F(AdmissionTest, AnIpv6SubscriberHasOneLimit) {
  Admit({.rate_limit_per_minute = 1});
  EXPECT_EQ(Handle(From("2001:db8:1:2::1")), 200);
  EXPECT_EQ(Handle(From("2001:db8:1:2:ffff::9")), 429);
  EXPECT_EQ(Handle(From("2001:db8:1:3::1")), 200);
}

TEST_F(AdmissionTest, ACallerCannotChooseItsAddress) {
  Admit({.rate_limit_per_minute = 1, .trusted_proxies = {"10.0.0.1"}});
  EXPECT_EQ(Handle(Post({{"X-Forwarded-For", "203.0.113.1"}})), 200);
  EXPECT_EQ(backend_.last_context().caller, "192.0.2.7");
  EXPECT_EQ(Handle(Post({{"X-Forwarded-For", "203.0.113.2"}})), 429);
  Request proxied = Post({{"X-Forwarded-For", "203.0.113.9, 203.0.113.1"}});
  proxied.remote_addr = "10.0.0.1";
  EXPECT_EQ(Handle(proxied), 200);
  EXPECT_EQ(backend_.last_context().caller, "203.0.113.1");
  proxied.headers = {{"X-Forwarded-For", "203.0.113.10, 203.0.113.1"}};
  EXPECT_EQ(Handle(proxied), 429);
}

TEST_F(AdmissionTest, AKeyHasItsOwnLimitWhereverItComesFrom) {
  Keys(Line("shop", "one", "rate=2") + Line("shop", "two", "rate=2") + Line("free", "three", "rate=0") +
       Line("usual", "four"));
  Admit({.rate_limit_per_minute = 1});
  const auto with = [this](const char* key, std::string address) {
    Request request = Post({{"X-API-Key", key}});
    request.remote_addr = std::move(address);
    return Handle(std::move(request));
  };
  EXPECT_EQ(with("one", "192.0.2.1"), 200);
  EXPECT_EQ(with("two", "192.0.2.2"), 200) << "keys of one name share";
  EXPECT_EQ(with("one", "192.0.2.3"), 429);
  EXPECT_EQ(Series("flux_gateway_rate_limited_total", {{"by", "key"}}), 1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(with("three", "192.0.2.1"), 200);
  EXPECT_FALSE(headers_.contains("RateLimit-Limit"));
  EXPECT_EQ(with("four", "192.0.2.1"), 200);
  EXPECT_EQ(with("four", "192.0.2.1"), 429);
  EXPECT_EQ(admission_->Remembered(), 0u) << "no address was counted";
}

TEST_F(AdmissionTest, LooksHaveALimitOfTheirOwn) {
  Keys(Line("shop", "right", "rate=1") + Line("mill", "other"));
  Admit({.allow_anonymous = true, .rate_limit_per_minute = 1, .looks_per_minute = 3});
  const std::string job = "/api/v1/jobs/" + std::string(32, 'a');
  const auto look = [&](HeaderList headers, std::string method = "GET") {
    Request request = Post(std::move(headers), job);
    request.method = std::move(method);
    return Handle(std::move(request));
  };
  const HeaderList right{{"X-API-Key", "right"}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(look(right), 404) << "there is no such job";
  EXPECT_EQ(look(right), 429);
  EXPECT_EQ(json_["code"], "RATE_LIMITED");
  EXPECT_EQ(json_["billed"], "no");
  EXPECT_TRUE(headers_.contains("Retry-After"));
  EXPECT_FALSE(headers_.contains("RateLimit-Limit")) << "that tells of purchases";
  EXPECT_EQ(look(right, "DELETE"), 429);
  EXPECT_EQ(look({{"X-API-Key", "other"}}), 404);
  EXPECT_EQ(look({}), 404) << "an address is another caller";
  EXPECT_EQ(Handle(Post(right)), 200) << "who has looked too often may still buy";
  EXPECT_EQ(Handle(Post(right)), 429);
  Request models = Post(right, "/api/v1/models");
  models.method = "GET";
  EXPECT_EQ(Handle(std::move(models)), 200) << "what asks no store has no limit";
  clock_.Advance(20s);
  EXPECT_EQ(look(right), 404);
  EXPECT_EQ(look(right), 429);
}

TEST_F(AdmissionTest, AKeyMaySayWhoIsToldOfTheEndOfItsJobs) {
  Keys(Line("shop", "right", "webhook=https://shop.example/hook") + Line("mill", "other"));
  v1::CreateJobResponse begun;
  begun.mutable_job()->set_id(std::string(32, 'a'));
  backend_.AnswerBegun(begun);
  const auto begin = [&](const char* key, const char* body) {
    Request request = Post({{"X-API-Key", key}, {"Prefer", "respond-async"}});
    request.body = body;
    return Handle(std::move(request));
  };
  EXPECT_EQ(begin("right", R"({"prompt":"x"})"), 202);
  EXPECT_EQ(backend_.last_webhook(), "https://shop.example/hook");
  EXPECT_EQ(begin("right", R"({"prompt":"x","webhook_url":"https://shop.example/other"})"), 202);
  EXPECT_EQ(backend_.last_webhook(), "https://shop.example/other");
  EXPECT_EQ(begin("other", R"({"prompt":"x"})"), 202);
  EXPECT_EQ(backend_.last_webhook(), "");
}

TEST_F(AdmissionTest, AKeyHasSoManyRequestsAtATime) {
  Keys(Line("shop", "right", "concurrency=1 rate=2"));
  Event go(loop_.executor());
  std::promise<void> started;
  backend_.Answer(fakes::FakeBackend::Play([&]() -> asio::awaitable<Result<v1::Generation>> {
    started.set_value();
    co_await go.Wait(SteadyTime::max());
    co_return v1::Generation();
  }));
  const HeaderList key{{"X-API-Key", "right"}};
  fakes::Spawned<Reply> first(loop_, fakes::Handle(*guard_, Post(key)));
  started.get_future().wait();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Handle(Post(key)), 429);
  EXPECT_EQ(json_["code"], "CONCURRENCY_LIMITED");
  EXPECT_EQ(headers_["Retry-After"], "1");
  EXPECT_EQ(Series("flux_gateway_rate_limited_total", {{"by", "concurrency"}}), 3);
  asio::post(loop_.context(), [&] { go.Set(); });
  EXPECT_EQ(first.Get().status, 200);
  backend_.Answer(v1::Generation());
  EXPECT_EQ(Handle(Post(key)), 200) << "the place is free, and those refused cost none of the rate";
}

TEST_F(AdmissionTest, ACallerWhoLeavesGivesItsPlaceBack) {
  Keys(Line("shop", "right", "concurrency=1"));
  Event never(loop_.executor());
  std::promise<void> started;
  backend_.Answer(fakes::FakeBackend::Play([&]() -> asio::awaitable<Result<v1::Generation>> {
    started.set_value();
    co_await never.Wait(SteadyTime::max());
    co_return Status(Reason::kCancelled);
  }));
  const HeaderList key{{"X-API-Key", "right"}};
  fakes::Spawned<Reply> first(loop_, fakes::Handle(*guard_, Post(key)));
  started.get_future().wait();
  first.Cancel();
  first.Get();
  backend_.Answer(v1::Generation());
  EXPECT_EQ(Handle(Post(key)), 200);
}

TEST_F(AdmissionTest, TheSharedStoreDecidesWhileItIsUp) {
  Keys(Line("shop", "right"));
  FakeStore store;
  Admit({.allow_anonymous = true, .rate_limit_per_minute = 2}, &store);
  EXPECT_EQ(Handle(Post({{"X-API-Key", "right"}})), 200);
  EXPECT_EQ(Handle(From("2001:db8::7")), 200);
  EXPECT_EQ(Handle(From("unix")), 200);
  EXPECT_THAT(store.subjects, testing::ElementsAre("k:shop", "a:2001:db8::", "a:::"));
  store.admits = false;
  EXPECT_EQ(Handle(Post()), 429);
  EXPECT_EQ(headers_["RateLimit-Remaining"], "0");
}

TEST_F(AdmissionTest, WithoutTheStoreTheLimitIsHeldHere) {
  FakeStore store;
  Admit({.rate_limit_per_minute = 3}, &store);
  EXPECT_EQ(Handle(Post()), 200) << "counted here as well";
  store.admits.reset();  // up, and silent
  EXPECT_EQ(Handle(Post()), 200);
  EXPECT_EQ(headers_["RateLimit-Remaining"], "1");
  store.up = false;
  EXPECT_FALSE(admission_->StoreUp());
  EXPECT_EQ(Handle(Post()), 200);
  EXPECT_EQ(Handle(Post()), 429);
  EXPECT_EQ(store.subjects.size(), 2u) << "who is known to be away is not asked";
}

}  // namespace
}  // namespace flux::gateway

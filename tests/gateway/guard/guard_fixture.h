// GuardTest: a guard with every public door behind it, and a fake of flux-service behind those.
#pragma once

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/json.h"
#include "gateway/doors/public_doors.h"
#include "gateway/guard/guard.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/handled.h"
#include "tests/fakes/on_loop.h"

namespace flux::gateway {

// A job's id, and where callers ask for it.
inline const std::string kJobId = "0123456789abcdef0123456789abcdef";
inline const std::string kJobPath = "/api/v1/jobs/" + kJobId;

class GuardTest : public testing::Test {
 protected:
  GuardTest() {
    v1::Generation made;
    made.add_images()->set_url("https://v3.fal.media/a.png");
    made.mutable_timings()->mutable_upstream()->set_seconds(1);
    made.set_fal_request_id("fal-1");
    backend_.Answer(made);
    Options({});
  }
  ~GuardTest() override { loop_.Stop(); }

  void Options(GuardOptions options) {
    guard_ =
        std::make_unique<Guard>(std::move(options), doors_.routes(), admission_, metrics_, nullptr, clock_);
  }

  Request Post(std::string path = "/api/v1/flux/text-to-image/dev", std::string body = R"({"prompt":"x"})") {
    Request request;
    request.method = "POST";
    request.path = request.target = std::move(path);
    request.headers = {{"Host", "api.example"}, {"content-type", "application/json"}};
    request.body = std::move(body);
    request.arrived = clock_.Now();
    return request;
  }

  Request Get(std::string path, HeaderList query = {}) {
    Request request = Post(std::move(path), "");
    request.method = "GET";
    request.query = std::move(query);
    return request;
  }

  Reply Handle(Request request) {
    Reply reply = fakes::Handled(loop_, *guard_, std::move(request));
    headers_.clear();
    headers_.insert(reply.headers.begin(), reply.headers.end());
    json_ = reply.body.empty() ? nlohmann::json() : nlohmann::json::parse(reply.body);
    return reply;
  }

  std::string Metrics() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

  EventLoop loop_{"test"};
  fakes::FakeClock clock_;
  fakes::FakeBackend backend_;
  prometheus::Registry registry_;
  Log log_{LogLevel::kError};
  const AliasFile aliases_{"", log_};
  PublicDoors doors_{backend_, clock_, aliases_, {.max_body = 1 << 20}};
  GatewayMetrics metrics_{registry_, doors_.routes().Patterns()};
  AdmissionMetrics admission_metrics_{registry_};
  KeyRing no_keys_{"", false, admission_metrics_, log_};
  Admission admission_{{.rate_limit_per_minute = 0}, no_keys_, nullptr, admission_metrics_, clock_, 0};
  std::unique_ptr<Guard> guard_;
  std::map<std::string, std::string> headers_;
  nlohmann::json json_;
};

}  // namespace flux::gateway

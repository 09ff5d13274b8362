// Jobs with the real programs: followed while who drives them dies, told of by fal's webhook, and told to
// callers' receivers.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <mutex>
#include <thread>

#include "flux/v1/flux_service.grpc.pb.h"
#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;
using Stub = std::unique_ptr<v1::FluxService::Stub>;

Stub To(const std::string& address) {
  return v1::FluxService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
}

void As(grpc::ClientContext& context, const std::string& caller = "ada") {
  context.AddMetadata("x-flux-caller", caller);
  context.set_deadline(std::chrono::system_clock::now() + 60s);
}

v1::CreateJobResponse Begin(Stub& stub, const std::string& prompt, const std::string& webhook = "") {
  grpc::ClientContext context;
  As(context);
  v1::CreateJobRequest request;
  request.mutable_text_to_image()->set_model("text-to-image/dev");
  request.mutable_text_to_image()->set_prompt(prompt);
  request.set_webhook_url(webhook);
  v1::CreateJobResponse response;
  const grpc::Status status = stub->CreateJob(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

v1::Job Get(Stub& stub, const std::string& id) {
  grpc::ClientContext context;
  As(context);
  v1::GetJobRequest request;
  request.set_id(id);
  v1::GetJobResponse response;
  static_cast<void>(stub->GetJob(&context, request, &response));
  return response.job();
}

// An HTTP server that keeps what is posted to it, and answers as it is told.
class Receiver {
 public:
  explicit Receiver(int port = 0) {
    server_.Post("/.*", [this](const httplib::Request& request, httplib::Response& reply) {
      const std::lock_guard lock(mutex_);
      got_.push_back(request);
      reply.status = status_;
    });
    const bool any = port == 0;
    port_ = any ? server_.bind_to_any_port("127.0.0.1") : port;
    EXPECT_TRUE(any || server_.bind_to_port("127.0.0.1", port));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    EXPECT_TRUE(Eventually([this] { return server_.is_running(); }));  // before that it could not be stopped
  }
  ~Receiver() {
    server_.stop();
    thread_.join();
  }
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void Answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  std::vector<httplib::Request> got() {
    const std::lock_guard lock(mutex_);
    return got_;
  }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<httplib::Request> got_;
  int status_ = 200;
  std::thread thread_;
};

// A port that nobody listens on, and that nobody else is given meanwhile.
class QuietPort {
 public:
  QuietPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);  // as the Receiver does it
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~QuietPort() { close(socket_); }
  QuietPort(const QuietPort&) = delete;
  QuietPort& operator=(const QuietPort&) = delete;
  int port() const { return port_; }

 private:
  const int socket_;
  int port_ = 0;
};

TEST(JobsTest, AWatchGoesOnWhileWhoDrivesTheJobDies) {
  StorePlace place("postgres");
  Stack stack({.sim = {"--latency=4s"},
               .service = place.Arguments({"--lease=2s"}),
               .whole_fal = true,
               .environment = place.Environment()});
  const auto other = stack.AnotherService();
  Stub first = To(stack.service->Address("grpc"));
  Stub second = To(other->Address("grpc"));
  const std::string id = Begin(first, "followed").job().id();

  grpc::ClientContext context;
  As(context);
  v1::WatchJobRequest request;
  request.set_id(id);
  const auto stream = second->WatchJob(&context, request);
  v1::WatchJobResponse state;
  do {
    ASSERT_TRUE(stream->Read(&state));
  } while (state.job().state() != v1::JOB_STATE_ACCEPTED);
  stack.service->Signal(SIGKILL);
  stack.service->Wait();
  while (stream->Read(&state)) {
  }
  const grpc::Status end = stream->Finish();
  EXPECT_TRUE(end.ok()) << end.error_message();
  EXPECT_EQ(state.job().state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(state.job().generation().images_size(), 1);
  EXPECT_EQ(stack.Billed(), 1u);
  EXPECT_THAT(Stack::Get(other->Address("metrics"), "/metrics").body,
              testing::ContainsRegex("flux_service_jobs_taken_up_total [1-9]"));
}

TEST(JobsTest, AProgramThatStopsSendsItsWatchersToOthers) {
  Stack stack(
      {.sim = {"--latency=20s"}, .service = {"--store=memory", "--drain-grace=20s"}, .whole_fal = true});
  Stub stub = To(stack.service->Address("grpc"));
  const std::string id = Begin(stub, "stopping").job().id();
  grpc::ClientContext context;
  As(context);
  v1::WatchJobRequest request;
  request.set_id(id);
  const auto stream = stub->WatchJob(&context, request);
  v1::WatchJobResponse state;
  ASSERT_TRUE(stream->Read(&state));
  const auto begun = std::chrono::steady_clock::now();
  stack.service->Signal(SIGTERM);
  while (stream->Read(&state)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(stack.service->Wait(), 0) << stack.service->Output();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 15s) << "nobody waits for those who follow";
}

TEST(JobsTest, FalsLogIsToldToWhoeverFollows) {
  Stack stack({.sim = {"--latency=2s"}, .service = {"--store=memory"}, .whole_fal = true});
  Stub stub = To(stack.service->Address("grpc"));
  const std::string id = Begin(stub, "logs").job().id();
  grpc::ClientContext context;
  As(context);
  v1::WatchJobRequest request;
  request.set_id(id);
  const auto stream = stub->WatchJob(&context, request);
  std::vector<std::string> lines;
  for (v1::WatchJobResponse state; stream->Read(&state);) {
    for (const v1::JobLog& line : state.logs()) lines.push_back(line.message());
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_THAT(lines, testing::ElementsAre("Generation started", "Generation ended"));
}

// Passes what fal sends on as the gateway does, and keeps what it was answered.
class Door {
 public:
  Door() {
    server_.Post("/hooks/fal", [this](const httplib::Request& http, httplib::Response& reply) {
      v1::AcceptFalWebhookRequest request;
      for (const auto& [name, value] : http.headers) {
        std::string lower = name;
        std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
        if (!lower.starts_with("x-fal-webhook-")) continue;
        request.add_headers()->set_name(lower);
        request.mutable_headers()->rbegin()->set_value(value);
      }
      request.set_body(http.body);
      grpc::ClientContext context;
      As(context);
      v1::AcceptFalWebhookResponse response;
      const std::lock_guard lock(mutex_);
      const grpc::Status status = service_->AcceptFalWebhook(&context, request, &response);
      answers_.push_back(status.error_code());
      reply.status = status.ok() ? 200 : 403;
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~Door() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void LeadTo(const std::string& address) {
    const std::lock_guard lock(mutex_);
    service_ = To(address);
  }
  std::vector<grpc::StatusCode> answers() {
    const std::lock_guard lock(mutex_);
    return answers_;
  }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  Stub service_;
  std::vector<grpc::StatusCode> answers_;
  std::thread thread_;
};

class FalWebhook : public testing::Test {
 protected:
  FalWebhook()
      : stack_({.sim = {"--latency=500ms"},
                .service = {"--store=memory", "--public-url=" + door_.url()},
                .whole_fal = true}),
        stub_(To(stack_.service->Address("grpc"))) {
    door_.LeadTo(stack_.service->Address("grpc"));
  }
  // A job, to its end.
  void Make(const std::string& prompt) {
    const std::string id = Begin(stub_, prompt).job().id();
    EXPECT_TRUE(Eventually([&] { return Get(stub_, id).state() == v1::JOB_STATE_SUCCEEDED; })) << prompt;
  }
  bool Answered(grpc::StatusCode code) {
    return Eventually([&] { return testing::Value(door_.answers(), testing::Contains(code)); });
  }
  bool Counted(const std::string& outcome) {
    const std::string series = "flux_service_fal_webhooks_total{outcome=\"" + outcome + "\"} ";
    return Eventually([&] {
      const std::string metrics = Stack::Get(stack_.metrics_address(), "/metrics").body;
      const auto at = metrics.find(series);
      return at != std::string::npos && metrics[at + series.size()] != '0';
    });
  }

  Door door_;
  Stack stack_;
  Stub stub_;
};

TEST_F(FalWebhook, IsAsked_For_Verified_And_Taken) {
  Make("hooked");
  EXPECT_TRUE(Answered(grpc::StatusCode::OK));
  EXPECT_TRUE(Counted("accepted"));
  EXPECT_EQ(stack_.Billed(), 1u);
}

TEST_F(FalWebhook, WakesAJobWhoseStreamSaysNothing) {
  for (int i = 0; i < 100; ++i) stack_.Arm("stream-500", 1);
  Make("woken");
  EXPECT_TRUE(Answered(grpc::StatusCode::OK));
}

TEST_F(FalWebhook, WithoutItTheJobEndsAllTheSame) {
  stack_.Arm("webhook-lost");
  Make("lost");
}

TEST_F(FalWebhook, WhatIsNotFalsIsRefusedAndCounted) {
  stack_.Arm("webhook-forged");
  Make("forged");
  EXPECT_TRUE(Counted("forged"));
  stack_.Arm("webhook-old");
  Make("old");
  EXPECT_TRUE(Counted("old"));
  stack_.Arm("webhook-twice");
  Make("twice");
  EXPECT_TRUE(Counted("replayed"));
  EXPECT_EQ(stack_.Billed(), 3u);
}

TEST(JobsTest, ReceiversAreToldAlsoAfterARestart) {
  StorePlace place("sqlite");
  const std::string secrets = place.folder() / "secrets";
  std::ofstream(secrets) << "ada whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
  const QuietPort quiet;
  Stack stack({.service = place.Arguments({"--webhook-secrets-file=" + secrets, "--webhook-allow=127.0.0.1"}),
               .whole_fal = true});
  std::string id;
  const std::string url = "http://127.0.0.1:" + std::to_string(quiet.port()) + "/hook";
  {
    Stub stub = To(stack.service->Address("grpc"));
    id = Begin(stub, "told", url).job().id();
    EXPECT_TRUE(Eventually([&] { return Get(stub, id).webhook().attempts_size() >= 1; }));
    EXPECT_EQ(Get(stub, id).webhook().attempts(0).error(), "it takes no connection");
    EXPECT_EQ(Get(stub, id).webhook().state(), v1::WEBHOOK_STATE_PENDING);
  }
  stack.service->Signal(SIGKILL);
  stack.service->Wait();
  Receiver receiver(quiet.port());
  stack.RestartService();
  Stub stub = To(stack.service->Address("grpc"));
  EXPECT_TRUE(Eventually([&] { return Get(stub, id).webhook().state() == v1::WEBHOOK_STATE_DELIVERED; }));
  const std::vector<httplib::Request> got = receiver.got();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].get_header_value("webhook-id"), "msg_" + id);
  EXPECT_THAT(got[0].get_header_value("webhook-signature"), testing::StartsWith("v1,"));
  const auto body = nlohmann::json::parse(got[0].body);
  EXPECT_EQ(body["type"], "job.succeeded");
  EXPECT_EQ(body["data"]["job"]["id"], id);
  EXPECT_TRUE(body["data"]["data"]["images"][0].contains("url"));

  grpc::ClientContext context;
  As(context);
  v1::RedeliverWebhookRequest request;
  request.set_id(id);
  v1::RedeliverWebhookResponse response;
  EXPECT_TRUE(stub->RedeliverWebhook(&context, request, &response).ok());
  EXPECT_TRUE(Eventually([&] { return receiver.got().size() == 2; }));
  EXPECT_EQ(receiver.got()[1].get_header_value("webhook-id"), "msg_" + id) << "the same message";
}

}  // namespace
}  // namespace flux::e2e

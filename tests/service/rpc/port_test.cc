// What the gRPC port refuses, and what it ends: strangers, compressed, malformed, unfinished and unread
// calls, and any RPC that is added to it. Real sockets, on which callers say what no library would.
#include "tests/service/rpc/port.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "grpc/health/v1/health.pb.h"
#include "tests/fakes/raw_h2.h"

namespace flux::service {
namespace {

using fakes::GrpcMessage;
using fakes::GrpcPrefix;
using fakes::RawH2;
using testing::HasSubstr;
using namespace std::chrono_literals;

// An RPC that somebody adds one day, without a thought of who calls.
class Careless final : public Method {
 public:
  void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) override {
    callers.push_back(call->caller());
    call->ReplyAndFinish(message);
  }
  std::vector<std::string> callers;
};

TEST_F(PortTest, AnRpcThatIsAddedIsJudgedLikeAllOthers) {
  auto method = std::make_unique<Careless>();
  const Careless& careless = *method;
  server_.methods().Add("/test.v1.Extra/Ping", std::move(method));
  Serve();
  EXPECT_EQ(Ask("/test.v1.Extra/Ping", "", "x").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Ask("/test.v1.Extra/Ping", "wrong", "x").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(careless.callers.empty());
  EXPECT_TRUE(Ask("/test.v1.Extra/Ping", "right", "x", [](grpc::ClientContext& context) {
                context.AddMetadata("x-flux-caller", "ada");
              }).ok());
  EXPECT_EQ(careless.callers, std::vector<std::string>{"ada"});
}

// A grpc::ByteBuffer has no move: one that were handed on by value would hold a picture for as long as its
// purchase is made.
TEST(MethodsTest, WhatIsParsedLetsItsBytesGo) {
  static_assert(std::is_same_v<decltype(&Method::OnMessage),
                               void (Method::*)(std::shared_ptr<IncomingCall>, grpc::ByteBuffer&)>);
  v1::GetJobRequest sent;
  sent.set_id("x");
  std::pair<std::string, bool> wire{sent.SerializeAsString(), false};
  grpc::Slice slice(
      wire.first.data(), wire.first.size(), [](void* freed) { *static_cast<bool*>(freed) = true; },
      &wire.second);
  grpc::ByteBuffer bytes(&slice, 1);
  slice = grpc::Slice();
  EXPECT_FALSE(wire.second);
  const auto message = Parse<v1::GetJobRequest>(bytes);
  EXPECT_TRUE(wire.second);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->id(), "x");
}

TEST_F(PortTest, NothingIsToldToStrangers) {
  Serve();
  for (const char* method :
       {kDraw, kModels, "/flux.v1.FluxService/EstimateCost", "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/no.such.Service/Method", "/"}) {
    EXPECT_EQ(Ask(method, "wrong").error_code(), grpc::StatusCode::UNAUTHENTICATED) << method;
  }
  EXPECT_EQ(Metric("flux_service_calls_ended_total", "unauthenticated"), 7);
  // gRPC's clients watch before they call, and would keep UNAUTHENTICATED to themselves.
  EXPECT_EQ(Ask("/grpc.health.v1.Health/Watch", "wrong").error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Ask("/no.such.Service/Method", "right").error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(PortTest, HealthIsToldToCallers) {
  Serve();
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("flux.v1.FluxService");
  EXPECT_TRUE(Ask("/grpc.health.v1.Health/Check", "right", request.SerializeAsString()).ok());
  request.set_service("flux.v1.NoService");
  EXPECT_EQ(Ask("/grpc.health.v1.Health/Check", "right", request.SerializeAsString()).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

class CompressedTest : public PortTest, public testing::WithParamInterface<grpc_compression_algorithm> {};

TEST_P(CompressedTest, IsRefusedWithoutBeingInflated) {
  Serve();
  const auto compress = [](grpc::ClientContext& context) { context.set_compression_algorithm(GetParam()); };
  v1::TextToImageRequest request;
  request.set_model("text-to-image/dev");
  request.set_prompt(std::string(20'000, 'x'));
  const grpc::Status status = Ask(kDraw, "right", request.SerializeAsString(), compress);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_THAT(status.error_message(), HasSubstr("compressed"));
  EXPECT_EQ(Told(status).billed, Billed::kNo);
  EXPECT_EQ(fal_.calls, 0);
  // Who calls is asked first.
  EXPECT_EQ(Ask(kDraw, "wrong", request.SerializeAsString(), compress).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, CompressedTest,
                         testing::Values(GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE), [](const auto& row) {
                           return row.param == GRPC_COMPRESS_GZIP ? "gzip" : "deflate";
                         });

TEST_F(PortTest, AStreamThatIsCompressedAsAWholeIsRefused) {
  Serve();
  const grpc::Status status = Ask(kDraw, "right", Picture(), [](grpc::ClientContext& context) {
    context.AddMetadata("content-encoding", "gzip");
  });
  EXPECT_EQ(Told(status).reason, Reason::kUnsupportedMediaType);
  EXPECT_EQ(fal_.calls, 0);
}

TEST_F(PortTest, BytesThatAreNoMessageAreTheCallersMistake) {
  Serve();
  for (const char* method : {kDraw, kModels, "/flux.v1.FluxService/EstimateCost"}) {
    const grpc::Status status = Ask(method, "right", "\xff\xff\xff\xff");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_EQ(Told(status).reason, Reason::kMalformedRequest) << method;
  }
  EXPECT_EQ(fal_.calls, 0);
}

TEST_F(PortTest, ADeadlineThatNoPictureFitsInBuysNone) {
  Serve();
  grpc::Status status;
  // On a busy machine the caller's own timer may be first, which tells nothing.
  for (int i = 0; i < 20 && status.error_details().empty(); ++i) {
    status = Ask(kDraw, "right", Picture(), [](grpc::ClientContext& context) {
      context.set_deadline(std::chrono::system_clock::now() + 900ms);
    });
  }
  EXPECT_EQ(Told(status).reason, Reason::kDeadlineExceeded) << status.error_message();
  EXPECT_EQ(Told(status).billed, Billed::kNo);
  EXPECT_EQ(fal_.calls, 0);
}

TEST_F(PortTest, AMessageThatDoesNotEndIsRefusedInTime) {
  Serve({.message_time = 200ms});
  RawH2 caller(address_);
  const std::uint32_t call = caller.Call(kDraw, {{"authorization", "Bearer right"}});
  ASSERT_TRUE(caller.Send(call, GrpcPrefix(kMiB) + std::string(1000, 'x')));
  EXPECT_TRUE(caller.WaitForEnd(call));
  EXPECT_FALSE(caller.closed());
  EXPECT_EQ(Metric("flux_service_calls_ended_total", "slow_message"), 1);
  EXPECT_TRUE(Eventually([&] { return budget_.used() == 0; }));
}

TEST_F(PortTest, UnfinishedMessagesHoldNoMoreThanThereIs) {
  Serve();
  RawH2 honest(address_);
  std::vector<std::unique_ptr<RawH2>> callers;
  std::vector<std::uint32_t> calls;
  for (int i = 0; i < 4; ++i) {
    callers.push_back(std::make_unique<RawH2>(address_));
    calls.push_back(callers.back()->Call(kDraw, {{"authorization", "Bearer right"}}));
    callers.back()->Send(calls.back(), GrpcPrefix(15 * kMiB));
    callers.back()->Send(calls.back(), std::string(15 * kMiB - 1, 'x'));
  }
  EXPECT_TRUE(Eventually([&] { return Metric("flux_service_calls_ended_total", "over_limit") >= 2; }));
  EXPECT_LE(budget_.used(), budget_.limit());
  EXPECT_TRUE(Ask("/grpc.health.v1.Health/Check", "right").ok());
  callers.clear();
  EXPECT_TRUE(Eventually([&] { return budget_.used() == 0; }));
  EXPECT_TRUE(Ask(kDraw, "right", Picture()).ok());
}

TEST_F(PortTest, StrangersHoldNothing) {
  Serve();
  RawH2 stranger(address_);
  const std::uint32_t call = stranger.Call(kDraw, {{"authorization", "Bearer wrong"}});
  EXPECT_FALSE(stranger.Send(call, GrpcPrefix(15 * kMiB) + std::string(15 * kMiB - 1, 'x')));
  EXPECT_EQ(budget_.used(), 0u);
}

TEST_F(PortTest, AStrangerWhoSendsWithoutEndIsEnded) {
  Serve();
  RawH2 stranger(address_);
  // A block of headers that does not end, which gRPC reads in ever longer time.
  stranger.SendFrame(1, 0, 1, "");
  const std::string piece(16'384, 'a');
  std::size_t sent = 0;
  while (sent < 64 * kMiB && stranger.SendFrame(9, 0, 1, piece)) sent += piece.size();
  EXPECT_LT(sent, 64 * kMiB);
}

TEST_F(PortTest, AReplyThatNobodyReadsIsLetGo) {
  fal_.reply_bytes = 2 * kMiB;
  Serve({.reply_time = 100ms});
  RawH2 caller(address_, {.window = 0});
  const std::uint32_t call = caller.Call(kDraw, {{"authorization", "Bearer right"}});
  ASSERT_TRUE(caller.Send(call, GrpcMessage(Picture()), true));
  EXPECT_TRUE(Eventually([&] { return budget_.used() > 0; }));
  EXPECT_TRUE(Eventually([&] { return budget_.used() == 0; }));
  EXPECT_EQ(Metric("flux_service_calls_ended_total", "unread_reply"), 1);
}

TEST_F(PortTest, UnreadRepliesDoNotHoldUpTheEnd) {
  Serve();
  RawH2 caller(address_, {.window = 0});
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t call = caller.Call(kModels, {{"authorization", "Bearer right"}});
    ASSERT_TRUE(caller.Send(call, GrpcMessage(""), true));
  }
  RawH2 unfinished(address_);
  ASSERT_TRUE(unfinished.Send(unfinished.Call(kDraw, {{"authorization", "Bearer right"}}), GrpcPrefix(1000)));
  EXPECT_TRUE(Eventually([&] { return Metric("flux_service_calls_open") == 101; }));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(server_.Drain(30s));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
}

TEST_F(PortTest, MoreCallsThanThereMayBeFailAtOnce) {
  Serve({.max_calls = 10});
  RawH2 caller(address_, {.window = 0, .heed_settings = false});
  for (int i = 0; i < 12; ++i) {
    const std::uint32_t call = caller.Call(kModels, {{"authorization", "Bearer right"}});
    ASSERT_TRUE(caller.Send(call, GrpcMessage(""), true));
  }
  EXPECT_TRUE(Eventually([&] { return Metric("flux_service_calls_ended_total", "over_limit") >= 2; }));
  EXPECT_TRUE(Ask("/grpc.health.v1.Health/Check", "right").ok());
}

TEST_F(PortTest, ASilentConnectionEnds) {
  Serve({.handshake_time = 100ms});
  fakes::RawH2 speaks(address_);
  const int silent = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address_.substr(address_.rfind(':') + 1))));
  ASSERT_EQ(connect(silent, reinterpret_cast<sockaddr*>(&peer), sizeof peer), 0);
  char byte = 0;
  EXPECT_EQ(recv(silent, &byte, 1, 0), 0);  // closed by the port
  close(silent);
  EXPECT_EQ(Metric("flux_service_connections_ended_total", "silent"), 1);
}

TEST_F(PortTest, ReadyWhileItServes) {
  Serve();
  EXPECT_EQ(server_.NotReady(), "");
  server_.Retire();
  EXPECT_NE(server_.NotReady(), "");
}

}  // namespace
}  // namespace flux::service

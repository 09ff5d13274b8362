// What people who mean no good can do to flux-service from its gRPC port, with the real program: it goes on,
// others are served, memory stays within its bound, and it ends when it is told to.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "tests/e2e/stack.h"
#include "tests/fakes/certificate.h"
#include "tests/fakes/raw_h2.h"

namespace flux::e2e {
namespace {

using fakes::GrpcMessage;
using fakes::GrpcPrefix;
using fakes::RawH2;
using testing::HasSubstr;

constexpr char kDraw[] = "/flux.v1.FluxService/TextToImage";
constexpr char kModels[] = "/flux.v1.FluxService/ListModels";
constexpr char kUsage[] = "/flux.v1.FluxService/GetUsage";  // whose reply is a small one
constexpr std::size_t kMiB = 1 << 20;
// MiB that the program may grow by, whatever is sent; AddressSanitizer keeps what was freed for a while.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kGrowth = 512;
#else
constexpr std::size_t kGrowth = 96;
#endif

// What a GiB of zeros is as gzip.
std::string Bomb() {
  std::string bomb(8 * kMiB, '\0');
  const std::string zeros(kMiB, '\0');
  z_stream stream{};
  constexpr int kGzip = 31;
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY);
  stream.next_out = reinterpret_cast<Bytef*>(bomb.data());
  stream.avail_out = static_cast<uInt>(bomb.size());
  for (int i = 0; i < 1024; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
    stream.avail_in = static_cast<uInt>(zeros.size());
    deflate(&stream, Z_NO_FLUSH);
  }
  deflate(&stream, Z_FINISH);
  bomb.resize(stream.total_out);
  deflateEnd(&stream);
  return bomb;
}

class StrangersTest : public testing::Test {
 protected:
  double Metric(Stack& stack, const std::string& name) {
    const std::string metrics = stack.Get(stack.metrics_address(), "/metrics").body;
    const auto found = metrics.find("\n" + name + " ");
    return found == std::string::npos ? -1 : std::stod(metrics.substr(found + name.size() + 2));
  }
};

TEST_F(StrangersTest, ACompressedBombIsNotInflated) {
  Stack stack({.sim = {"--latency=500ms"}});
  const std::string bomb = Bomb();
  const std::string address = stack.service->Address("grpc");
  auto drawn = std::async(std::launch::async, [&] { return stack.Draw("x").status; });
  const std::size_t before = stack.service->Resident();
  for (const char* encoding : {"gzip", "deflate", "identity", "br"}) {
    RawH2 stranger(address);
    const std::uint32_t call = stranger.Call(kDraw, {{"grpc-encoding", encoding}});
    stranger.Send(call, GrpcMessage(bomb, /*compressed=*/true), true);
    EXPECT_TRUE(stranger.WaitForEnd(call)) << encoding;
    EXPECT_LT(stack.service->Resident(), before + kGrowth) << encoding;
  }
  EXPECT_EQ(drawn.get(), 200);
  EXPECT_EQ(stack.Billed(), 1u);
}

TEST_F(StrangersTest, WithoutDescriptorsItGoesOnAndRecovers) {
  Process sim("flux-sim", {"--listen=127.0.0.1:0"}, {{"FLUX_SIM_KEY", kKey}});
  Process service("/usr/bin/prlimit",
                  {"--nofile=256", FLUX_BIN_DIR "/flux-service", "--listen=127.0.0.1:0",
                   "--metrics-listen=127.0.0.1:0", "--fal-url=http://" + sim.Address("fal")},
                  {{"FAL_KEY", kKey}});
  const std::string address = service.Address("grpc");
  const auto served = [&] {
    RawH2 caller(address);
    const std::uint32_t call = caller.Call(kUsage);
    return caller.Send(call, GrpcMessage(""), true) && caller.WaitForEnd(call) && !caller.closed();
  };
  EXPECT_TRUE(served());
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  std::vector<int> silent;
  for (int i = 0; i < 300; ++i) {
    silent.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connect(silent.back(), reinterpret_cast<sockaddr*>(&peer), sizeof peer);
  }
  EXPECT_TRUE(served());
  const auto ready = [&] {
    const httplib::Result answer = httplib::Client("http://" + service.Address("metrics")).Get("/readyz");
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(ready(), 200);
  for (const int descriptor : silent) close(descriptor);
  EXPECT_TRUE(served());
  EXPECT_EQ(ready(), 200);
}

TEST_F(StrangersTest, UnfinishedMessagesStayWithinTheBound) {
  Stack stack({.service = {"--max-bytes-in-flight=48MiB", "--max-message-bytes=16MiB"}});
  const std::string address = stack.service->Address("grpc");
  std::vector<std::unique_ptr<RawH2>> callers;
  const std::size_t before = stack.service->Resident();
  for (int i = 0; i < 12; ++i) {
    callers.push_back(std::make_unique<RawH2>(address));
    const std::uint32_t call = callers.back()->Call(kDraw);
    callers.back()->Send(call, GrpcPrefix(16 * kMiB - 1) + std::string(16 * kMiB - 2, 'x'));
  }
  EXPECT_LE(Metric(stack, "flux_service_bytes_in_flight"), 48.0 * kMiB);
  EXPECT_LT(stack.service->Resident(), before + kGrowth);
  EXPECT_EQ(stack.Draw("x").status, 200);
}

TEST_F(StrangersTest, RepliesThatNobodyReadsCostLittleAndDoNotHoldUpTheEnd) {
  Stack stack;
  RawH2 caller(stack.service->Address("grpc"), {.window = 0});
  const std::size_t before = stack.service->Resident();
  for (int i = 0; i < 2000; ++i) caller.Send(caller.Call(kModels), GrpcMessage(""), true);
  EXPECT_TRUE(Eventually([&] { return Metric(stack, "flux_service_calls_open") >= 2000; }));
  EXPECT_LT(stack.service->Resident(), before + kGrowth);
  EXPECT_EQ(stack.Draw("x").status, 200);
  stack.service->Signal(SIGTERM);
  EXPECT_EQ(stack.service->Wait(), 0);
}

TEST_F(StrangersTest, AFloodOfCallsLeavesOthersServed) {
  Stack stack;
  const std::string address = stack.service->Address("grpc");
  std::atomic<bool> enough = false;
  std::vector<std::thread> floods;
  for (int i = 0; i < 2; ++i) {
    floods.emplace_back([&] {
      while (!enough) {
        RawH2 caller(address, {.heed_settings = false});
        for (int k = 0; k < 50 && !enough; ++k) {
          if (!caller.Send(caller.Call("/no.such.Service/Method"), GrpcMessage("x"), true)) break;
        }
      }
    });
  }
  for (int i = 0; i < 10; ++i) {
    const Answer answer = stack.Draw("x");
    EXPECT_EQ(answer.status, 200) << answer.body;
  }
  enough = true;
  for (std::thread& flood : floods) flood.join();
  stack.service->Signal(SIGTERM);
  EXPECT_EQ(stack.service->Wait(), 0);
}

TEST_F(StrangersTest, OneUnixSocketHasOneServer) {
  const std::string path = testing::TempDir() + "flux-one-" + std::to_string(getpid());
  const std::vector<std::string> arguments{"--listen=unix:" + path, "--metrics-listen=127.0.0.1:0",
                                           "--fal-url=http://127.0.0.1:9"};
  auto first = std::make_unique<Process>("flux-service", arguments, Process::Settings{{"FAL_KEY", kKey}});
  EXPECT_EQ(first->Address("grpc"), "unix:" + path);
  Process second("flux-service", arguments, {{"FAL_KEY", kKey}});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.Output(), HasSubstr("start_failed"));
  EXPECT_TRUE(std::filesystem::exists(path));
  first.reset();  // killed: its socket is left behind
  Process third("flux-service", arguments, {{"FAL_KEY", kKey}});
  EXPECT_EQ(third.Address("grpc"), "unix:" + path);
  third.Signal(SIGTERM);
  EXPECT_EQ(third.Wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(StrangersTest, ABrokenCertificateIsToldAndTheOldOneKept) {
  const fakes::Certificate certificate;
  const auto path = certificate.certificate();
  Process service("flux-service",
                  {"--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--fal-url=http://127.0.0.1:9",
                   "--tls-cert=" + path.string(), "--tls-key=" + certificate.key().string()},
                  {{"FAL_KEY", kKey}});
  service.Address("grpc");
  std::ofstream(path) << "half a certificate";
  service.Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return service.Output().find("certificate_kept") != std::string::npos; }));
  EXPECT_THAT(service.Output(), HasSubstr("PEM certificate"));
}

}  // namespace
}  // namespace flux::e2e

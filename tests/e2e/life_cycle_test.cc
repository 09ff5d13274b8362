// Starting, draining and stopping the real programs.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

TEST(LifeCycleTest, TermFinishesWhatRunsAndExitsWithZero) {
  Stack stack;
  std::thread caller([&] { EXPECT_EQ(stack.Draw("sim:slow=1500").status, 200); });
  ASSERT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 1; }));
  stack.gateway->Signal(SIGTERM);
  stack.service->Signal(SIGTERM);
  caller.join();
  EXPECT_EQ(stack.gateway->Wait(), 0);
  EXPECT_EQ(stack.service->Wait(), 0);
  stack.sim->Signal(SIGINT);
  EXPECT_EQ(stack.sim->Wait(), 0);
}

TEST(LifeCycleTest, GraceIsALimit) {
  Stack stack({.service = {"--drain-grace=300ms"}, .gateway = {"--drain-grace=300ms"}});
  std::thread caller([&] { EXPECT_NE(stack.Draw("sim:hang").status, 200); });
  ASSERT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 1; }));
  stack.service->Signal(SIGTERM);
  EXPECT_EQ(stack.service->Wait(), 3);
  caller.join();

  Stack other({.gateway = {"--drain-grace=300ms"}});
  std::thread second([&] { EXPECT_NE(other.Draw("sim:hang").status, 200); });
  ASSERT_TRUE(Eventually([&] { return other.Ledger()["in_flight"] == 1; }));
  other.gateway->Signal(SIGTERM);
  EXPECT_EQ(other.gateway->Wait(), 3);
  second.join();
}

// A balancer needs time to look elsewhere; until then whoever comes is served, for the last time.
TEST(LifeCycleTest, NotReadyComesBeforeTheEnd) {
  Stack stack({.service = {"--drain-delay=1h"}, .gateway = {"--drain-delay=1h"}});
  httplib::Client caller("http://" + stack.public_address());
  caller.set_keep_alive(true);
  const auto connection = [&] {
    const httplib::Result answer = caller.Get("/api/v1/models");
    EXPECT_TRUE(answer && answer->status == 200);
    return answer ? answer->get_header_value("Connection") : "no answer";
  };
  EXPECT_EQ(connection(), "");
  stack.gateway->Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return stack.Get(stack.admin_address(), "/readyz").status == 503; }));
  EXPECT_EQ(stack.Get(stack.admin_address(), "/healthz").status, 200);
  ASSERT_TRUE(Eventually([&] { return connection() == "close"; }));
  EXPECT_EQ(stack.Draw("x").status, 200);
  stack.service->Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return stack.Get(stack.metrics_address(), "/readyz").status == 503; }));
  stack.gateway->Signal(SIGTERM);  // said twice: now
  EXPECT_EQ(stack.gateway->Wait(), 0);
  stack.service->Signal(SIGINT);
  EXPECT_EQ(stack.service->Wait(), 0);
}

// Sends SIGTERM, and SIGINT until the program has stopped. Its exit code.
int EndInAHurry(Process& program) {
  program.Signal(SIGTERM);
  EXPECT_TRUE(Eventually([&] { return program.Output().find("\"draining\"") != std::string::npos; }));
  EXPECT_TRUE(Eventually([&] {
    program.Signal(SIGINT);
    return program.Output().find("\"stopped\"") != std::string::npos;
  }));
  return program.Wait();
}

TEST(LifeCycleTest, ASecondSignalEndsTheGraceOfTheGateway) {
  Stack stack({.gateway = {"--drain-grace=1h"}});
  std::thread caller([&] {
    const Answer answer = stack.Draw("sim:hang");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.json["code"], "SHUTTING_DOWN");
    EXPECT_EQ(answer.json["billed"], "maybe");
    EXPECT_EQ(answer.json["retryable"], false);
  });
  ASSERT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 1; }));
  EXPECT_EQ(EndInAHurry(*stack.gateway), 3);
  caller.join();
}

TEST(LifeCycleTest, ASecondSignalEndsTheGraceOfTheService) {
  Stack stack({.service = {"--drain-grace=1h"}});
  std::thread caller([&] { EXPECT_EQ(stack.Draw("sim:hang").json["billed"], "maybe"); });
  ASSERT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 1; }));
  EXPECT_EQ(EndInAHurry(*stack.service), 3);
  caller.join();
}

TEST(LifeCycleTest, ConnectionsToTheServiceAreRenewedAndNoCallIsLost) {
  Stack stack({.service = {"--max-connection-age=10s"},
               .gateway = {"--service-connection-age=30ms", "--rate-limit-per-minute=0"}});
  const auto accepted = [&stack] {
    const std::string name = "\nflux_service_connections_accepted_total ";
    const std::string metrics = stack.Get(stack.metrics_address(), "/metrics").body;
    const auto at = metrics.find(name);
    return at == std::string::npos ? 0.0 : std::stod(metrics.substr(at + name.size()));
  };
  std::atomic<bool> enough = false;
  std::atomic<std::size_t> drawn = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!enough) {
        const Answer answer = stack.Draw("x");
        EXPECT_EQ(answer.status, 200) << answer.body;
        ++drawn;
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return accepted() >= 10; }));
  enough = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(stack.Billed(), drawn);
}

TEST(LifeCycleTest, HangupEndsNothing) {
  Stack stack;
  stack.gateway->Signal(SIGHUP);
  stack.service->Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return stack.gateway->Output().find("\"reloading\"") != std::string::npos; }));
  ASSERT_TRUE(
      Eventually([&] { return stack.service->Output().find("\"nothing_to_reload\"") != std::string::npos; }));
  EXPECT_EQ(stack.Draw("x").status, 200);
}

TEST(LifeCycleTest, HealthcheckAsksTheProgramThatRuns) {
  Stack stack;
  EXPECT_EQ(Process("flux-gateway", {"healthcheck", "--admin-listen=" + stack.admin_address()}).Wait(), 0);
  EXPECT_EQ(Process("flux-service", {"healthcheck"},
                    {{"FAL_KEY", kKey}, {"FLUX_METRICS_LISTEN", stack.metrics_address()}})
                .Wait(),
            0);
  EXPECT_EQ(Process("flux-sim", {"healthcheck", "--listen=" + stack.fal_address()}).Wait(), 0);
  const std::string gone = stack.admin_address();
  stack.gateway->Signal(SIGTERM);
  EXPECT_EQ(stack.gateway->Wait(), 0);
  Process check("flux-gateway", {"healthcheck", "--admin-listen=" + gone});
  EXPECT_EQ(check.Wait(), 1);
  EXPECT_NE(check.Output().find(gone + "/healthz"), std::string::npos);
}

TEST(LifeCycleTest, TakenPortIsToldAndExitsWithOne) {
  Stack stack;
  Process second("flux-gateway", {"--listen=" + stack.public_address(), "--admin-listen=127.0.0.1:0"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_NE(second.Output().find("cannot listen on " + stack.public_address()), std::string::npos)
      << second.Output();
  Process third("flux-service",
                {"--listen=" + stack.service->Address("grpc"), "--metrics-listen=127.0.0.1:0"},
                {{"FAL_KEY", kKey}, {"FLUX_STORE", "memory"}});
  EXPECT_EQ(third.Wait(), 1);
}

TEST(LifeCycleTest, ServiceOverAUnixSocket) {
  const std::string path = testing::TempDir() + "flux_e2e.sock";
  Stack stack({.service = {"--listen=unix:" + path}});
  EXPECT_EQ(stack.service->Address("grpc"), "unix:" + path);
  EXPECT_EQ(stack.Draw("x").status, 200);
}

}  // namespace
}  // namespace flux::e2e

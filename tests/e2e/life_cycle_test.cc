// Start, drain, stop.
#include <gtest/gtest.h>

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
  Stack stack({.gateway = {"--drain-grace=300ms"}});
  std::thread caller([&] { EXPECT_NE(stack.Draw("sim:hang").status, 200); });
  ASSERT_TRUE(Eventually([&] { return stack.Ledger()["in_flight"] == 1; }));
  stack.gateway->Signal(SIGTERM);
  EXPECT_EQ(stack.gateway->Wait(), 0);
  caller.join();
}

TEST(LifeCycleTest, TakenPortIsToldAndExitsWithOne) {
  Stack stack;
  Process second("flux-gateway", {"--listen=" + stack.public_address(), "--admin-listen=127.0.0.1:0"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_NE(second.Output().find("cannot listen on " + stack.public_address()), std::string::npos)
      << second.Output();
  Process third("flux-service",
                {"--listen=" + stack.service->Address("grpc"), "--metrics-listen=127.0.0.1:0"},
                {{"FAL_KEY", kKey}});
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

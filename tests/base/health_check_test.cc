// Runs the health check against an admin port that answers, refuses or is not there.
#include "base/health_check.h"

#include <gtest/gtest.h>

#include <string>

#include "base/admin_server.h"

namespace flux {
namespace {

class HealthCheckTest : public testing::Test {
 protected:
  HealthCheckTest() { address_ = admin_.Start({"127.0.0.1:0"}).value(); }

  std::string Port() const { return address_.substr(address_.rfind(':')); }

  AdminServer admin_{{}, [] { return "never"; }};
  std::string address_;
};

TEST_F(HealthCheckTest, AliveIsZero) {
  EXPECT_EQ(HealthCheck({address_}, "/healthz"), 0);
}

TEST_F(HealthCheckTest, AnAddressThatMeansAllIsAskedOnLoopback) {
  EXPECT_EQ(HealthCheck({"0.0.0.0" + Port()}, "/healthz"), 0);
}

TEST_F(HealthCheckTest, AnyOtherAnswerIsOne) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(HealthCheck({address_}, "/readyz"), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), address_ + "/readyz: answered 503\n");
}

TEST_F(HealthCheckTest, NobodyThereIsOne) {
  admin_.Stop();
  testing::internal::CaptureStderr();
  EXPECT_EQ(HealthCheck({address_}, "/healthz"), 1);
  EXPECT_NE(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(HealthCheck({"nonsense"}, "/healthz"), 1);
}

}  // namespace
}  // namespace flux

// SplitHostPort; the server itself is tested by who stands on it.
#include "base/http_server.h"

#include <gtest/gtest.h>

#include <string>

namespace flux {
namespace {

TEST(SplitHostPortTest, Forms) {
  std::string host;
  int port = 0;
  EXPECT_TRUE(SplitHostPort("[::1]:80", host, port));
  EXPECT_EQ(host, "::1");
  EXPECT_EQ(port, 80);
  for (const char* bad : {"", ":80", "a", "a:", "a:65536", "a:-1", "a:x"})
    EXPECT_FALSE(SplitHostPort(bad, host, port)) << bad;
}

}  // namespace
}  // namespace flux

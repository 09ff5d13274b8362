// The engine compiled against the declarations of cpp-httplib 0.18.
#include <gtest/gtest.h>
#include <httplib.h>

#include "gateway/http/engine.h"

namespace flux::gateway {
namespace {

TEST(Engine018, AsksTheLibraryThroughItsNewSignature) {
  Engine engine;
  Head head;
  ASSERT_EQ(FrameHead("GET /a/b HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n", HeadLimits{}, head).verdict,
            Verdict::kComplete);
  const Result<Request> request = engine.Interpret(head);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/a/b");
  EXPECT_EQ(request->Header("x"), "1");
}

}  // namespace
}  // namespace flux::gateway

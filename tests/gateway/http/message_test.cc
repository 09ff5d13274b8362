// How a request's headers are looked up.
#include "gateway/http/message.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

TEST(Request, FindsTheFirstHeaderWithoutCase) {
  Request request;
  request.headers = {{"X-One", "1"}, {"x-one", "2"}, {"Empty", ""}};
  EXPECT_EQ(request.Header("x-ONE"), "1");
  EXPECT_EQ(request.Header("empty"), "");
  EXPECT_EQ(request.Header("absent"), "");
}

}  // namespace
}  // namespace flux::gateway

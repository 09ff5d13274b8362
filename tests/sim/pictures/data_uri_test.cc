// Data URIs as fal takes them.
#include "sim/pictures/data_uri.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

TEST(DataUriTest, TakesOnlyBase64) {
  EXPECT_EQ(FromDataUri("data:image/png;base64,Zm9v"), "foo");
  EXPECT_EQ(FromDataUri("data:;base64,Zm9v"), "foo");
  for (const char* uri :
       {"data:image/png,foo", "data:image/png;base64", "data:", "image/png;base64,Zm9v", ""}) {
    EXPECT_EQ(FromDataUri(uri), std::nullopt) << uri;
  }
}

}  // namespace
}  // namespace flux::sim

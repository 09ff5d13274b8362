// W3C trace contexts, and what is none.
#include "base/trace.h"

#include <gtest/gtest.h>

#include <string>

namespace flux {
namespace {

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceTest, KnowsATraceparent) {
  EXPECT_TRUE(IsTraceparent(kParent));
  EXPECT_EQ(TraceId(kParent), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(TraceTest, LaterVersionsMayHaveMore) {
  EXPECT_TRUE(IsTraceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"));
  EXPECT_FALSE(IsTraceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"));
  EXPECT_FALSE(IsTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
}

TEST(TraceTest, RefusesEverythingElse) {
  for (const std::string text : {"", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                 "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                 "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                                 "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(IsTraceparent(text)) << text;
    EXPECT_EQ(TraceId(text), "");
  }
  EXPECT_FALSE(IsTraceparent("cc" + std::string(kParent.substr(2)) + "-" + std::string(300, 'a')));
  EXPECT_FALSE(IsTraceparent("cc" + std::string(kParent.substr(2)) + "-a\r\nx: y"));
}

}  // namespace
}  // namespace flux

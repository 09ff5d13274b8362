#include "base/log.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

TEST(LogLineTest, IsOneJsonObjectInOrder) {
  EXPECT_EQ(
      LogLine("T", "info", "listening",
              {{"name", "http"}, {"port", 8080}, {"ms", 0.5}, {"ok", true}, {"text", std::string("x")}}),
      R"({"ts":"T","level":"info","event":"listening","name":"http","port":8080,"ms":0.5,"ok":true,"text":"x"})");
}

TEST(LogLineTest, CannotBeForged) {
  EXPECT_EQ(LogLine("T", "info", "e", {{"path", "a\"}\n{\"event\":\"x"}}),
            R"({"ts":"T","level":"info","event":"e","path":"a\"}\n{\"event\":\"x"})");
}

TEST(LogLineTest, ReplacesInvalidUtf8) {
  EXPECT_EQ(LogLine("T", "info", "e", {{"p", "\xff"}}),
            "{\"ts\":\"T\",\"level\":\"info\",\"event\":\"e\",\"p\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace flux

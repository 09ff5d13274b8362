#include "base/log.h"

#include <gtest/gtest.h>

#include <limits>

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

TEST(LogLineTest, HasNoNumberThatJsonLacks) {
  EXPECT_EQ(LogLine("T", "info", "e",
                    {{"ms", std::numeric_limits<double>::quiet_NaN()},
                     {"max", std::numeric_limits<double>::infinity()},
                     {"least", std::numeric_limits<std::int64_t>::min()}}),
            R"({"ts":"T","level":"info","event":"e","ms":null,"max":null,"least":-9223372036854775808})");
}

}  // namespace
}  // namespace flux

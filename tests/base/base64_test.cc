// Base64 both ways, and everything that is none.
#include "base/base64.h"

#include <gtest/gtest.h>

namespace flux {
namespace {

std::string Encoded(std::string_view bytes) {
  std::string out = "x";
  AppendBase64(bytes, out);
  return out;
}

TEST(Base64Test, AppendsWithPadding) {
  EXPECT_EQ(Encoded(""), "x");
  EXPECT_EQ(Encoded("f"), "xZg==");
  EXPECT_EQ(Encoded("fo"), "xZm8=");
  EXPECT_EQ(Encoded("foo"), "xZm9v");
  EXPECT_EQ(Encoded(std::string_view("\0\xff", 2)), "xAP8=");
}

TEST(Base64Test, ReadsBackWhatItWrote) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    std::string text;
    AppendBase64(bytes, text);
    EXPECT_EQ(text.size(), Base64Size(bytes.size()));
    std::string back = "y";
    ASSERT_TRUE(AppendFromBase64(text, back)) << i;
    EXPECT_EQ(back, "y" + bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST(Base64Test, RefusesEverythingElse) {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zm9v\n", " Zm9v", "Zm9v    ", "Zm-_", "Zg==Zg==", "Z=g="}) {
    std::string out = "y";
    EXPECT_FALSE(AppendFromBase64(text, out)) << text;
    EXPECT_EQ(out, "y") << text;
  }
}

}  // namespace
}  // namespace flux

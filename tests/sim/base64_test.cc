#include "sim/base64.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

TEST(Base64Test, KnownPairs) {
  for (const auto& [bytes, text] : {std::pair("", ""), {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}}) {
    EXPECT_EQ(Base64(bytes), text);
    EXPECT_EQ(FromBase64(text), bytes);
  }
}

TEST(Base64Test, RoundTripsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(FromBase64(Base64(bytes)), bytes);
}

TEST(Base64Test, RefusesWhatIsNotBase64) {
  for (const char* text : {"Z", "Zg", "Zg=", "Z!==", "====", "Zm9vZg=a"})
    EXPECT_EQ(FromBase64(text), std::nullopt);
}

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

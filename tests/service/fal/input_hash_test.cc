// The hash by which a purchase is found in fal's history: the same however its input is written.
#include "service/fal/input_hash.h"

#include <gtest/gtest.h>

namespace flux::fal {
namespace {

TEST(InputSha256Test, IsThatOfTheCanonicalForm) {
  // printf '{"a":1,"b":"x"}' | sha256sum
  EXPECT_EQ(InputSha256(R"({"a":1,"b":"x"})"),
            "ecf9e98ec0641e23113ff3ce8bdc78d0ddd249886517fd4a7f68cc83d4e65667");
}

TEST(InputSha256Test, IsTheSameHoweverTheInputIsWritten) {
  const std::string hash =
      InputSha256(R"({"prompt":"caf\u00e9","size":{"h":2,"w":1},"scale":3.5,"steps":28})");
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(
      InputSha256("{ \"steps\" : 28.0,\n\"scale\":3.50, \"size\":{\"w\":1,\"h\":2},\"prompt\":\"café\" }"),
      hash);
  EXPECT_NE(InputSha256(R"({"prompt":"café","size":{"h":2,"w":1},"scale":3.5,"steps":29})"), hash);
  EXPECT_NE(InputSha256(R"({"prompt":"café","size":{"h":2,"w":1},"scale":3.5,"steps":"28"})"), hash);
}

TEST(InputSha256Test, OfWhatIsNoObjectThereIsNone) {
  for (const char* text : {"", "[]", "1", "null", "\"{}\"", "{", "{}x", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(InputSha256(text), "") << text;
  }
  EXPECT_EQ(InputSha256(std::string(100'000, '{')), "");
  EXPECT_NE(InputSha256(R"({"a":1e300,"b":-0.0,"c":18446744073709551615})"), "");
}

TEST(InputSha256Test, PicturesOfMegabytesAreNotHashed) {
  const std::string fits = R"({"a":")" + std::string(kMaxHashedInput - 8, 'x') + R"("})";
  ASSERT_EQ(fits.size(), kMaxHashedInput);
  EXPECT_NE(InputSha256(fits), "");
  EXPECT_EQ(InputSha256(fits + " "), "");
}

}  // namespace
}  // namespace flux::fal

// What is cut out of fal's answers, and what is left alone.
#include "service/fal/inline_pictures.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/base64.h"

namespace flux::fal {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::string Uri(const std::string& bytes) {
  std::string uri = "data:image/png;charset=x;base64,";
  AppendBase64(bytes, uri);
  return uri;
}

const std::string kLarge(10'000, '\x7f');

TEST(InlinePicturesTest, EachIsCutAndFoundAgain) {
  const std::string other(20'000, '\x01');
  std::string json =
      R"({"images":[{"url": ")" + Uri(kLarge) + R"("},{"url":")" + Uri(other) + R"("}],"seed":1})";
  std::vector<InlinePicture> cut = CutPictures(json);
  ASSERT_THAT(cut, SizeIs(2));
  EXPECT_EQ(cut[0].content_type, "image/png");
  EXPECT_EQ(cut[0].bytes, kLarge);
  EXPECT_EQ(cut[1].bytes, other);
  EXPECT_EQ(json, R"({"images":[{"url": "data:cut-picture,0"},{"url":"data:cut-picture,1"}],"seed":1})");
  EXPECT_EQ(FindCut(cut, "data:cut-picture,1"), &cut[1]);
  for (const char* text :
       {"data:cut-picture,2", "data:cut-picture,-1", "data:cut-picture,", "data:cut-picture,1x",
        "data:cut-picture,18446744073709551616", "data:image/png;base64,AAAA", ""}) {
    EXPECT_EQ(FindCut(cut, text), nullptr) << text;
  }
}

TEST(InlinePicturesTest, EverythingElseStaysAsItWas) {
  const std::string uri = Uri(kLarge);
  const std::vector<std::string> untouched = {
      std::string(),
      std::string("\"data:"),
      R"({"prompt":"say \")" + uri + R"(\" aloud"})",          // within a text
      R"({"images":[{"url":"data:image/png;base64,AAAA"}]})",  // short
      R"({"url":"data:image\/png;base64,)" + uri.substr(30) + "\"}",
      R"({"url":"data:image/png;base64,)" + std::string(10'000, '?') + "\"}",
      R"({"url":"data:image/png,)" + std::string(10'000, 'A') + "\"}",
      R"({"url":")" + uri,        // cut off
      R"({")" + uri + R"(":1})",  // a name after {
      "\"" + uri + "\"",          // a document of its own
  };
  for (const std::string& json : untouched) {
    std::string same = json;
    EXPECT_THAT(CutPictures(same), IsEmpty()) << json.substr(0, 60);
    EXPECT_EQ(same, json);
  }
}

}  // namespace
}  // namespace flux::fal

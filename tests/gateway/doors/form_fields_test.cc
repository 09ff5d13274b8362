// Forms as JSON objects and files.
#include "gateway/doors/form_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string Part(const std::string& head, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
}

Result<FormFields> Read(const std::string& parts) {
  return ReadFormFields("multipart/form-data; boundary=b", parts + "--b--", [](std::string_view name) {
    return FormName{.file = name == "file", .repeated = name == "many"};
  });
}

TEST(FormFieldsTest, TextBecomesStringsAndFilesKeepTheirBytes) {
  const Result<FormFields> read = Read(Part("name=a", " 1 ") + Part("name=empty", "") +
                                       Part(R"(name="file"; filename="x")", std::string("\0\r\n\xff", 4)) +
                                       Part(R"(name="file[]"; filename="y")", "Y"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->object, json::parse(R"({"a":" 1 ","empty":""})"));
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files[0].content, std::string("\0\r\n\xff", 4));
  EXPECT_EQ(read->files[1].field, "file");
  EXPECT_EQ(read->files[1].content, "Y");
}

TEST(FormFieldsTest, NamesThatMayComeAgainAreLists) {
  const Result<FormFields> read =
      Read(Part("name=many", "1") + Part("name=many", "2") + Part("name=one[]", "3") + Part("name=[]", "4"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->object, json::parse(R"({"many":["1","2"],"one":["3"],"[]":"4"})"));
}

TEST(FormFieldsTest, APartMayBeJson) {
  const Result<FormFields> read =
      Read(Part("name=a\r\nContent-Type: application/json; x=y", R"([{"path":"p"}])"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->object, json::parse(R"({"a":[{"path":"p"}]})"));
  EXPECT_THAT(Read(Part("name=a\r\nContent-Type: application/json", "{")).error().message,
              HasSubstr("no JSON"));
}

TEST(FormFieldsTest, AFileThatNobodyChoseIsNotSet) {
  const Result<FormFields> read = Read(Part(R"(name="file"; filename="")", ""));
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->files.empty());
}

TEST(FormFieldsTest, WhatIsWrongIsToldAtOnceAndByName) {
  const Result<FormFields> read = Read(Part(R"(name="a"; filename="x")", "1") + Part("name=b", "1") +
                                       Part("name=b", "2") + Part("name=c", "\xff\xfe"));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().reason, Reason::kInvalidField);
  ASSERT_EQ(read.error().violations.size(), 3u);
  EXPECT_THAT(read.error().violations[0].message, HasSubstr("must be text, not a file"));
  EXPECT_EQ(read.error().violations[1], (Violation{"b", "is there twice"}));
  EXPECT_EQ(read.error().violations[2], (Violation{"c", "must be text in UTF-8"}));
}

}  // namespace
}  // namespace flux::gateway

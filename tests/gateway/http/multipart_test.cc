// Forms as browsers, curl and SDKs send them, and what only somebody with bad intentions sends.
#include "gateway/http/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace flux::gateway {
namespace {

using testing::HasSubstr;

constexpr char kType[] = "multipart/form-data; boundary=b";

std::string Field(const std::string& head, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
}

TEST(MultipartTest, ReadsTextAndFiles) {
  const std::string body =
      Field(R"(name="prompt")", "a cat") +
      "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"../../etc/x.png\"\r\n"
      "Content-Type: Image/PNG; x=y\r\n\r\n" +
      std::string("\x89PNG\r\n\x1a\n\0--b", 12) + "\r\n--b--\r\nepilogue";
  Result<Form> form = Form::Read(kType, body);
  ASSERT_TRUE(form.has_value()) << form.error().message;
  ASSERT_EQ(form->parts().size(), 2u);
  EXPECT_EQ(form->parts()[0].name, "prompt");
  EXPECT_FALSE(form->parts()[0].file);
  EXPECT_EQ(form->parts()[0].content, "a cat");
  EXPECT_EQ(form->parts()[1].name, "image");
  EXPECT_TRUE(form->parts()[1].file);
  EXPECT_EQ(form->parts()[1].content_type, "image/png");
  EXPECT_EQ(form->parts()[1].content, std::string_view("\x89PNG\r\n\x1a\n\0--b", 12));
}

TEST(MultipartTest, TheLargestPartKeepsTheMemoryOfTheBody) {
  const std::string large(100'000, 'x');
  std::string body = Field(R"(name="a"; filename="")", "1") + Field(R"(name="b"; filename="f")", large) +
                     Field(R"(name="c"; filename="f")", "333") + "--b--\r\n";
  const char* memory = body.data();
  Result<Form> form = Form::Read(kType, std::move(body));
  ASSERT_TRUE(form.has_value()) << form.error().message;
  const std::size_t indexes[] = {0, 1, 2};
  const std::vector<std::string> contents = (*std::move(form)).TakeContents(indexes);
  EXPECT_EQ(contents[0], "1");
  EXPECT_EQ(contents[1], large);
  EXPECT_EQ(contents[1].data(), memory);
  EXPECT_EQ(contents[2], "333");
}

TEST(MultipartTest, TakesNothingOutOfAFormWithoutFiles) {
  Result<Form> form = Form::Read(kType, "--b--");
  ASSERT_TRUE(form.has_value());
  EXPECT_TRUE((*std::move(form)).TakeContents({}).empty());
}

struct Fine {
  const char* name;
  const char* type;
  std::string body;
  std::size_t parts;
};

class Forms : public testing::TestWithParam<Fine> {};

TEST_P(Forms, AreRead) {
  const Result<Form> form = Form::Read(GetParam().type, GetParam().body);
  ASSERT_TRUE(form.has_value()) << form.error().message;
  EXPECT_EQ(form->parts().size(), GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Of, Forms,
    testing::Values(
        Fine{"NoParts", kType, "--b--\r\n", 0}, Fine{"Preamble", kType, "hello\r\n--b--", 0},
        Fine{"Padding", kType, "--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--  \r\n", 1},
        Fine{"QuotedBoundary", R"(multipart/form-data; charset=utf-8; boundary="a b:c")",
             "--a b:c\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--a b:c--", 1},
        Fine{"CapitalsInNames", "Multipart/Form-Data; BOUNDARY=b",
             "--b\r\ncontent-disposition: Form-Data; NAME=\"a\"\r\n\r\n1\r\n--b--", 1},
        Fine{"BoundaryInContent", kType, Field("name=a", "x\r\n--bc\r\n--b c") + "--b--", 1},
        Fine{"EmptyContent", kType, Field("name=a", "") + "--b--", 1},
        Fine{"Latin1InFileName", kType, Field("name=a; filename=\"caf\xe9.png\"", "1") + "--b--", 1},
        Fine{"QuotesInFileName", kType, Field(R"(name=a; filename="a\"b;c.png")", "1") + "--b--", 1},
        Fine{"ExtendedFileName", kType, Field(R"(name=a; filename*=UTF-8''a.png)", "1") + "--b--", 1},
        Fine{
            "CharsetUtf8", kType,
            "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n"
            "1\r\n--b--",
            1},
        Fine{"Binary", kType,
             "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: Binary\r\n\r\n"
             "1\r\n--b--",
             1}),
    [](const auto& row) { return row.param.name; });

struct BadForm {
  const char* name;
  std::string type;
  std::string body;
  const char* says;
};

class BadForms : public testing::TestWithParam<BadForm> {};

TEST_P(BadForms, AreRefusedWithWhatToChange) {
  const Result<Form> form = Form::Read(GetParam().type, GetParam().body);
  ASSERT_FALSE(form.has_value());
  EXPECT_EQ(form.error().reason, Reason::kInvalidForm);
  EXPECT_EQ(form.error().billed, Billed::kNo);
  EXPECT_THAT(form.error().message, HasSubstr(GetParam().says));
}

std::string Many(int count) {
  std::string body;
  for (int i = 0; i < count; ++i) body += Field("name=a", "1");
  return body + "--b--";
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadForms,
    testing::Values(
        BadForm{"Json", "application/json", "{}", "not multipart"},
        BadForm{"NoBoundary", "multipart/form-data", "--b--", "no boundary"},
        BadForm{"TwoBoundaries", "multipart/form-data; boundary=b; boundary=c", "--b--", "no boundary"},
        BadForm{"EmptyBoundary", "multipart/form-data; boundary=\"\"", "--\r\n--", "1 to 70"},
        BadForm{"LongBoundary", "multipart/form-data; boundary=" + std::string(71, 'b'), "x", "1 to 70"},
        BadForm{"BoundaryWithLineEnd", "multipart/form-data; boundary=\"b\rc\"", "x", "1 to 70"},
        BadForm{"OpenQuote", "multipart/form-data; boundary=\"b", "--b--", "no boundary"},
        BadForm{"OtherBoundary", "multipart/form-data; boundary=other", Many(1), "no line of the body"},
        BadForm{"Empty", kType, "", "no line of the body"},
        BadForm{"NoEnd", kType, Field("name=a", "1"), "does not end"},
        BadForm{"NoEndOfHead", kType, "--b\r\nContent-Disposition: form-data; name=a\r\n--b--",
                "no empty line"},
        BadForm{"LineFeedsOnly", kType, "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--\n",
                "no line of the body"},
        BadForm{"EmptyPart", kType, "--b\r\n--b--", "part 1 is empty"},
        BadForm{"TenThousandParts", kType, Many(10'000), "more than 128 parts"},
        BadForm{"LongHead", kType,
                Field("name=a; filename=\"" + std::string(5000, 'x') + "\"", "1") + "--b--",
                "no empty line within 4096"},
        BadForm{"ManyHeaderLines", kType,
                "--b\r\n" +
                    [] {
                      std::string lines;
                      for (int i = 0; i < 2000; ++i) lines += "A: 1\r\n";
                      return lines;
                    }() +
                    "\r\n1\r\n--b--",
                "4096"},
        BadForm{"LongName", kType, Field("name=" + std::string(300, 'n'), "1") + "--b--", "longer than 256"},
        BadForm{"MuchText", kType, Field("name=a", std::string((1 << 20) + 1, 'x')) + "--b--",
                "needs a file name"},
        BadForm{"NoName", kType, Field("filename=x", "1") + "--b--", "Content-Disposition: form-data; name="},
        BadForm{"EmptyName", kType, Field(R"(name="")", "1") + "--b--",
                "Content-Disposition: form-data; name="},
        BadForm{"TwoNames", kType, Field("name=a; name=b", "1") + "--b--",
                "Content-Disposition: form-data; name="},
        BadForm{"NoDisposition", kType, "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--",
                "no line Content-Dis"},
        BadForm{
            "TwoDispositions", kType,
            "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n"
            "1\r\n--b--",
            "must have one line"},
        BadForm{"Attachment", kType, "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--",
                "form-data"},
        BadForm{"Nested", kType,
                "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; "
                "boundary=c\r\n\r\n"
                "--c--\r\n--b--",
                "itself a form"},
        BadForm{"Base64", kType,
                "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                "MQ==\r\n--b--",
                "send the bytes as they are"},
        BadForm{"Folded", kType, "--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n1\r\n--b--",
                "must have one line"},
        BadForm{"ControlInHead", kType,
                "--b\r\nContent-Disposition: form-data; name=a\r\nX: \x01\r\n\r\n1\r\n--b--", "control"},
        BadForm{"Latin1", kType,
                "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; "
                "charset=latin1\r\n\r\n"
                "1\r\n--b--",
                "other than UTF-8"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace flux::gateway

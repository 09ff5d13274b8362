// Pictures that callers hand in: by URL, as data URIs, as bytes.
#include "service/order/image_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace flux::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

template <std::size_t N>
std::string Literal(const char (&text)[N]) {
  return std::string(text, N - 1);
}

struct SourceCase {
  const char* text;
  const char* problem;  // part of the message; nullptr: fine
};

void Expect(const SourceCase& given, const v1::ImageInput& image) {
  SCOPED_TRACE(std::string(given.text).substr(0, 80));
  if (given.problem) {
    EXPECT_THAT(ImageProblem(image), Optional(HasSubstr(given.problem)));
  } else {
    EXPECT_EQ(ImageProblem(image), std::nullopt);
  }
}

TEST(ImageProblem, JudgesUrls) {
  const SourceCase cases[] = {
      {"https://example.com/cat.png", nullptr},
      {"HTTPS://EXAMPLE.COM/cat.png?sig=a%20b&x=1#f", nullptr},
      {"http://127.0.0.1:8090/files/1.png", nullptr},
      {"https://[2001:db8::1]/x", nullptr},
      {"", "absolute http"},
      {"cat.png", "absolute http"},
      {"example.com/cat.png", "absolute http"},
      {"//example.com/cat.png", "absolute http"},
      {"ftp://example.com/cat.png", "absolute http"},
      {"file:///etc/passwd", "absolute http"},
      {"gopher://example.com/", "absolute http"},
      {"javascript:alert(1)", "absolute http"},
      {"data:image/png;base64,AAAA", "absolute http"},
      {"https:///cat.png", "absolute http"},
      {"https:/example.com/cat.png", "absolute http"},
      {"https:////example.com/cat.png", "absolute http"},
      {"https://", "absolute http"},
      {"https://example.com:99999/", "absolute http"},
      {"https://example.com/a b", "percent-encode"},
      {"https://example.com/\xc3\xa9", "percent-encode"},
      {"https://example.com/\r\nX: y", "percent-encode"},
      {"https://user@example.com/", "user name"},
      {"https://user:secret@example.com/", "user name"},
      {"https://:secret@example.com/", "user name"},
  };
  for (const SourceCase& given : cases) {
    v1::ImageInput image;
    image.set_url(given.text);
    Expect(given, image);
  }
  v1::ImageInput image;
  image.set_url("https://example.com/" + std::string(kMaxUrlBytes - 20, 'x'));
  EXPECT_EQ(ImageProblem(image), std::nullopt);
  image.set_url(image.url() + "x");
  EXPECT_THAT(ImageProblem(image), Optional(HasSubstr("8192 bytes")));
}

TEST(ImageProblem, JudgesDataUris) {
  const SourceCase cases[] = {
      {"data:image/png;base64,iVBORw0KGgo=", nullptr},
      {"DATA:IMAGE/PNG;BASE64,iVBORw0KGgo=", nullptr},
      {"data:image/jpg;base64,/9j/", nullptr},
      {"data:image/jpeg;base64,/9j/4A==", nullptr},
      {"data:;base64,iVBORw0KGgo=", nullptr},
      {"data:application/octet-stream;base64,iVBORw0KGgo=", nullptr},
      {"data:image/png;name=a,b.png;base64,iVBORw0KGgo=", nullptr},
      {"data:image/png;charset=utf-8;base64,iVBORw0KGgo=", nullptr},
      {" data: image/png ; base64 ,iVBORw0KGgo=\r\n", nullptr},
      {"data:image/png;base64,iVBO\r\nRw0K\r\nGgo=", nullptr},
      {"data:image/png;base64,aGVsbG8gd29ybGQh", "bytes of a JPEG"},
      {"data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=", "bytes of a JPEG"},
      {"data:image/webp;base64,AAAA", "bytes of a JPEG"},
      {"", "data:image/TYPE"},
      {"data:image/png;base64", "data:image/TYPE"},
      {"data:image/png,AAAA", "data:image/TYPE"},
      {"https://example.com/cat.png", "data:image/TYPE"},
      {"data:image/png;base64,", "padded base64"},
      {"data:image/png;base64,=", "padded base64"},
      {"data:image/png;base64,====", "padded base64"},
      {"data:image/png;base64,AAA", "padded base64"},
      {"data:image/png;base64,A===", "padded base64"},
      {"data:image/png;base64,AA=A", "padded base64"},
      {"data:image/png;base64,AA A", "padded base64"},
      {"data:image/png;base64,AA-_", "padded base64"},
      {"data:image/png;base64,\"AAA", "padded base64"},
      {"data:image/png;base64,AA\xc3\xa9", "padded base64"},
  };
  for (const SourceCase& given : cases) {
    v1::ImageInput image;
    image.set_data_uri(given.text);
    Expect(given, image);
  }
}

TEST(ImageProblem, CapsPicturesAtWhatFalReads) {
  const std::string png = Literal("\x89PNG\r\n\x1a\n");
  v1::ImageInput image;
  image.set_data(png + std::string(kMaxImageBytes - png.size(), '\0'));
  EXPECT_EQ(ImageProblem(image), std::nullopt);
  image.mutable_data()->push_back('\0');
  EXPECT_THAT(ImageProblem(image), Optional(HasSubstr("64 MiB")));

  // 64 MiB is one byte more than a multiple of 3: two characters and padding at the end.
  const std::string head = "data:image/png;base64,";
  const std::size_t groups = kMaxImageBytes / 3;
  ASSERT_EQ(kMaxImageBytes % 3, 1u);
  const std::string start = "iVBORw0KGgoA";  // a PNG's
  image.set_data_uri(head + start + std::string(groups * 4 - start.size(), 'A') + "AA==");
  EXPECT_EQ(ImageProblem(image), std::nullopt);
  image.set_data_uri(head + start + std::string(groups * 4 - start.size(), 'A') + "AAA=");
  EXPECT_THAT(ImageProblem(image), Optional(HasSubstr("64 MiB")));
}

TEST(ImageProblem, WantsOneSource) {
  EXPECT_THAT(ImageProblem({}), Optional(HasSubstr("a URL, a data: URI or the bytes")));
  v1::ImageInput image;
  image.set_data("");
  EXPECT_THAT(ImageProblem(image), Optional(HasSubstr("JPEG, PNG, WebP, GIF or AVIF")));
}

}  // namespace
}  // namespace flux::service

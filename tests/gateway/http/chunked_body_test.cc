// ChunkedBody: one row per trick; every row is fed whole and byte by byte.
#include "gateway/http/chunked_body.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

namespace flux::gateway {
namespace {

using std::string_literals::operator""s;

constexpr std::uint64_t kMaxBody = 100;

struct ChunkedRow {
  std::string name;
  std::string bytes;
  Verdict verdict;
  std::string body = {};
  std::string behind = {};  // what is left for the next request
  Reason reason = Reason::kMalformedRequest;
};

void PrintTo(const ChunkedRow& row, std::ostream* out) {
  *out << row.name;
}

ChunkedRow BadChunks(std::string name, std::string bytes, Reason reason = Reason::kMalformedRequest) {
  return {std::move(name), std::move(bytes), Verdict::kRefused, {}, {}, reason};
}

std::string Chunk(std::size_t size) {
  constexpr char kHex[] = "0123456789abcdef";
  return {kHex[size / 16], kHex[size % 16], '\r', '\n'};
}

class ChunkedBodyTest : public testing::TestWithParam<ChunkedRow> {};

void Check(const Framed& framed, const std::string& body, std::string_view behind) {
  const ChunkedRow& row = ChunkedBodyTest::GetParam();
  EXPECT_EQ(framed.verdict, row.verdict) << framed.sentence;
  if (row.verdict == Verdict::kRefused) {
    EXPECT_EQ(framed.reason, row.reason) << framed.sentence;
  } else {
    EXPECT_EQ(body, row.body);
    EXPECT_EQ(behind, row.behind);
  }
}

TEST_P(ChunkedBodyTest, Whole) {
  ChunkedBody decoder(kMaxBody);
  std::string body;
  std::size_t consumed = 0;
  const Framed framed = decoder.Feed(GetParam().bytes, body, consumed);
  Check(framed, body, std::string_view(GetParam().bytes).substr(consumed));
}

TEST_P(ChunkedBodyTest, ByteByByte) {
  ChunkedBody decoder(kMaxBody);
  const std::string_view bytes = GetParam().bytes;
  std::string body;
  Framed framed;
  std::size_t at = 0;
  while (at < bytes.size() && framed.verdict == Verdict::kNeedMore) {
    std::size_t consumed = 0;
    framed = decoder.Feed(bytes.substr(at, 1), body, consumed);
    ASSERT_EQ(consumed, 1U);
    at += consumed;
  }
  Check(framed, body, bytes.substr(at));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ChunkedBodyTest,
    testing::Values(
        ChunkedRow{"Empty", "0\r\n\r\n", Verdict::kComplete},
        ChunkedRow{"One", "3\r\nabc\r\n0\r\n\r\n", Verdict::kComplete, "abc"},
        ChunkedRow{"Two", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", Verdict::kComplete, "abcde"},
        ChunkedRow{"NextRequestBehind", "1\r\na\r\n0\r\n\r\nGET /", Verdict::kComplete, "a", "GET /"},
        ChunkedRow{"HexEitherCase", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", Verdict::kComplete,
                   "01234567890123456789"},
        ChunkedRow{"LeadingZeros", "0000000000000001\r\na\r\n000\r\n\r\n", Verdict::kComplete, "a"},
        ChunkedRow{"DataLooksLikeAnEnd", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", Verdict::kComplete,
                   "\r\n0\r\n\r\n"},
        ChunkedRow{"Extension", "1;a=b\r\nx\r\n0;c\r\n\r\n", Verdict::kComplete, "x"},
        ChunkedRow{"ExtensionQuoted", "1;a=\"b;c\"\r\nx\r\n0\r\n\r\n", Verdict::kComplete, "x"},
        ChunkedRow{"Trailer", "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", Verdict::kComplete, "x"},
        ChunkedRow{"FullBody", Chunk(kMaxBody) + std::string(kMaxBody, 'x') + "\r\n0\r\n\r\n",
                   Verdict::kComplete, std::string(kMaxBody, 'x')},
        ChunkedRow{"NothingYet", "", Verdict::kNeedMore}, ChunkedRow{"HalfSize", "1", Verdict::kNeedMore},
        ChunkedRow{"HalfData", "5\r\nab", Verdict::kNeedMore, "ab"},
        ChunkedRow{"NoLastLine", "1\r\na\r\n0\r\n", Verdict::kNeedMore, "a"},
        BadChunks("OneByteTooMany", Chunk(kMaxBody + 1), Reason::kPayloadTooLarge),
        BadChunks("TooManyInAll", Chunk(kMaxBody) + std::string(kMaxBody, 'x') + "\r\n1\r\n",
                  Reason::kPayloadTooLarge),
        BadChunks("LargestSize", "ffffffffffffffff\r\n", Reason::kPayloadTooLarge),
        BadChunks("SeventeenDigits", "00000000000000001\r\n"), BadChunks("NoSize", "\r\n"),
        BadChunks("NoSizeButExtension", ";a\r\n"), BadChunks("HexPrefix", "0x1\r\na\r\n"),
        BadChunks("Minus", "-1\r\n"), BadChunks("Plus", "+1\r\n"), BadChunks("SpaceBefore", " 1\r\n"),
        BadChunks("SpaceBehind", "1 \r\na\r\n"), BadChunks("NotHex", "g\r\n"),
        BadChunks("BareFeedAfterSize", "1\na\r\n"), BadChunks("BareReturnAfterSize", "1\ra\r\n"),
        BadChunks("DataTooLong", "1\r\nab\r\n"), BadChunks("DataTooShort", "3\r\nab\r\n0\r\n\r\n"),
        BadChunks("BareFeedAfterData", "1\r\na\n0\r\n"), BadChunks("BareReturnAfterData", "1\r\na\r0\r\n"),
        BadChunks("BareFeedInExtension", "1;a\nb\r\n"), BadChunks("NulInExtension", "1;\0\r\n"s),
        BadChunks("ExtensionTooLong", "1;" + std::string(5000, 'a') + "\r\n"),
        BadChunks("TrailerWithoutColon", "0\r\nabc\r\n\r\n"),
        BadChunks("TrailerFolded", "0\r\nA: b\r\n c\r\n\r\n"),
        BadChunks("TrailerEmptyName", "0\r\n: b\r\n\r\n"), BadChunks("TrailerBareFeed", "0\r\nA: b\n\r\n"),
        BadChunks("TrailerBareReturn", "0\r\nA: b\rc\r\n"), BadChunks("TrailerNul", "0\r\nA: \0\r\n"s),
        BadChunks("FeedInsteadOfTheLastLine", "0\r\n\n"),
        BadChunks("TrailersTooLong", "0\r\nA: " + std::string(9000, 'a') + "\r\n\r\n",
                  Reason::kHeadersTooLarge)),
    [](const testing::TestParamInfo<ChunkedRow>& row) { return row.param.name; });

TEST(ChunkedBody, ExtensionsAreBoundedOverTheWholeBody) {
  ChunkedBody decoder(1'000'000);
  const std::string chunk = "1;" + std::string(100, 'e') + "\r\nx\r\n";
  std::string body;
  Framed framed;
  int chunks = 0;
  while (framed.verdict == Verdict::kNeedMore && chunks < 1000) {
    std::size_t consumed = 0;
    framed = decoder.Feed(chunk, body, consumed);
    ++chunks;
  }
  EXPECT_EQ(framed.verdict, Verdict::kRefused);
  EXPECT_LT(chunks, 50);
}

}  // namespace
}  // namespace flux::gateway

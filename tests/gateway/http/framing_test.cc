// FrameHead: one row per trick; every row is also fed byte by byte.
#include "gateway/http/framing.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {
namespace {

using std::string_literals::operator""s;

struct HeadRow {
  std::string name;
  std::string bytes;
  Verdict verdict;
  Reason reason = Reason::kMalformedRequest;
};

void PrintTo(const HeadRow& row, std::ostream* out) {
  *out << row.name;
}

HeadRow Ok(std::string name, std::string bytes) {
  return {std::move(name), std::move(bytes), Verdict::kComplete};
}
HeadRow More(std::string name, std::string bytes) {
  return {std::move(name), std::move(bytes), Verdict::kNeedMore};
}
HeadRow Bad(std::string name, std::string bytes, Reason reason = Reason::kMalformedRequest) {
  return {std::move(name), std::move(bytes), Verdict::kRefused, reason};
}

// "GET / HTTP/1.1" with a Host and these header lines.
std::string With(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}
// This request line with a Host.
std::string HeadOf(const std::string& line) {
  return line + "\r\nHost: a\r\n\r\n";
}
// "GET / HTTP/1.1" with only this Host line.
std::string Host(const std::string& value) {
  return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}

std::string ManyHeaders(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "x" + std::to_string(i) + ": 1\r\n";
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

// A head of exactly `size` bytes.
std::string HeadOfSize(std::size_t size) {
  const std::string empty = With("x: \r\n");
  return With("x: " + std::string(size - empty.size(), 'v') + "\r\n");
}

constexpr std::size_t kHeadBytes = HeadLimits{}.bytes;

class FrameHeadTest : public testing::TestWithParam<HeadRow> {};

TEST_P(FrameHeadTest, Decides) {
  Head head;
  const Framed framed = FrameHead(GetParam().bytes, HeadLimits{}, head);
  EXPECT_EQ(framed.verdict, GetParam().verdict) << framed.sentence;
  if (framed.verdict == Verdict::kRefused) {
    EXPECT_EQ(framed.reason, GetParam().reason) << framed.sentence;
    EXPECT_TRUE(framed.sentence.ends_with('.')) << framed.sentence;
  }
}

TEST_P(FrameHeadTest, NoPrefixDecidesDifferently) {
  const std::string& bytes = GetParam().bytes;
  Head whole_head;
  const Framed whole = FrameHead(bytes, HeadLimits{}, whole_head);
  for (std::size_t size = 0; size<bytes.size(); size += bytes.size()> 4096 && size > 64 ? 509 : 1) {
    Head head;
    const Framed part = FrameHead(std::string_view(bytes).substr(0, size), HeadLimits{}, head);
    if (part.verdict == Verdict::kNeedMore) continue;
    ASSERT_EQ(part.verdict, whole.verdict) << size << " bytes: " << part.sentence;
    ASSERT_EQ(part.reason, whole.reason) << size << " bytes: " << part.sentence << " / " << whole.sentence;
    if (part.verdict == Verdict::kComplete) {
      ASSERT_EQ(head.size, whole_head.size);
    }
  }
}

std::string RowName(const testing::TestParamInfo<HeadRow>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    RequestLine, FrameHeadTest,
    testing::Values(
        Ok("Get", HeadOf("GET / HTTP/1.1")), Ok("Http10", HeadOf("GET / HTTP/1.0")),
        Ok("Http10WithoutHost", "GET / HTTP/1.0\r\n\r\n"), Ok("UnknownMethod", HeadOf("BREW /pot HTTP/1.1")),
        Ok("LowerCaseMethod", HeadOf("get / HTTP/1.1")),
        Ok("OneEmptyLineFirst", "\r\n" + HeadOf("GET / HTTP/1.1")),
        Ok("BytesBehind", HeadOf("GET / HTTP/1.1") + "\x01\x02"),
        Ok("Query", HeadOf("GET /a?b=c&d=%20 HTTP/1.1")),
        Ok("QueryWithQuestionMark", HeadOf("GET /a?b=c?d HTTP/1.1")),
        Ok("OptionsStar", HeadOf("OPTIONS * HTTP/1.1")),
        Ok("AbsoluteForm", HeadOf("GET http://a/x HTTP/1.1")),
        Ok("AbsoluteFormHttps", HeadOf("GET HTTPS://A/x HTTP/1.1")),
        Ok("LongestTarget", HeadOf("GET /" + std::string(kMaxTargetBytes - 1, 'a') + " HTTP/1.1")),
        More("Nothing", ""), More("HalfAMethod", "GE"), More("LineWithoutFeed", "GET / HTTP/1.1\r"),
        More("OnlyEmptyLine", "\r\n"), More("HalfEmptyLine", "\r"),
        More("NoEndYet", "GET / HTTP/1.1\r\nHost: a\r\n"),
        More("NoLastFeed", "GET / HTTP/1.1\r\nHost: a\r\n\r"),
        Bad("TwoEmptyLinesFirst", "\r\n\r\n" + HeadOf("GET / HTTP/1.1")),
        Bad("BareFeedFirst", "\n" + HeadOf("GET / HTTP/1.1")),
        Bad("SpaceFirst", " " + HeadOf("GET / HTTP/1.1")), Bad("TabFirst", "\t" + HeadOf("GET / HTTP/1.1")),
        Bad("NulFirst", "\0"s + HeadOf("GET / HTTP/1.1")), Bad("ColonFirst", ":" + HeadOf("GET / HTTP/1.1")),
        Bad("BareFeedAtEnd", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        Bad("BareReturnInside", "GET /\ra HTTP/1.1\r\nHost: a\r\n\r\n"),
        Bad("ReturnReturnFeed", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
        Bad("TwoSpacesBeforeTarget", HeadOf("GET  / HTTP/1.1")),
        Bad("TwoSpacesBeforeVersion", HeadOf("GET /  HTTP/1.1")),
        Bad("TabBetween", HeadOf("GET\t/\tHTTP/1.1")), Bad("SpaceAtEnd", HeadOf("GET / HTTP/1.1 ")),
        Bad("TabInTarget", HeadOf("GET /\ta HTTP/1.1")), Bad("SpaceInTarget", HeadOf("GET /a b HTTP/1.1")),
        Bad("NoVersion", HeadOf("GET /")), Bad("OnlyMethod", HeadOf("GET")),
        Bad("EmptyTarget", HeadOf("GET  HTTP/1.1")), Bad("MethodWithSlash", HeadOf("GE/T / HTTP/1.1")),
        Bad("MethodWithNul", HeadOf("GE\0T / HTTP/1.1"s)), Bad("MethodWithColon", HeadOf("GET: / HTTP/1.1")),
        Bad("MethodWithHighByte", HeadOf("GET\xff / HTTP/1.1"))),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Version, FrameHeadTest,
    testing::Values(Bad("Http12", HeadOf("GET / HTTP/1.2"), Reason::kVersionUnsupported),
                    Bad("Http20", HeadOf("GET / HTTP/2.0"), Reason::kVersionUnsupported),
                    Bad("Http09", HeadOf("GET / HTTP/0.9"), Reason::kVersionUnsupported),
                    Bad("Http30", HeadOf("GET / HTTP/3.0"), Reason::kVersionUnsupported),
                    Bad("TwoDigits", HeadOf("GET / HTTP/1.10")),
                    Bad("LeadingZero", HeadOf("GET / HTTP/01.1")), Bad("LowerCase", HeadOf("GET / http/1.1")),
                    Bad("Comma", HeadOf("GET / HTTP/1,1")), Bad("NoMinor", HeadOf("GET / HTTP/1")),
                    Bad("OtherProtocol", HeadOf("GET / ICAP/1.0")),
                    Bad("Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                    Bad("TlsHello", "\x16\x03\x01\x02\x00\x01\x00\x01"s), Bad("TlsFirstByte", "\x16"),
                    Bad("SshBanner", "SSH-2.0-OpenSSH_9.2\r\n"), Bad("Sslv2Hello", "\x80\x2e\x01\x00\x02"s)),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Target, FrameHeadTest,
    testing::Values(
        Bad("Connect", HeadOf("CONNECT a:443 HTTP/1.1")), Bad("ConnectPath", HeadOf("CONNECT / HTTP/1.1")),
        Bad("GetStar", HeadOf("GET * HTTP/1.1")), Bad("StarAndMore", HeadOf("OPTIONS *a HTTP/1.1")),
        Bad("NoSlash", HeadOf("GET a HTTP/1.1")), Bad("Fragment", HeadOf("GET /a#b HTTP/1.1")),
        Bad("HighByte", HeadOf("GET /\xc3\xa9 HTTP/1.1")), Bad("Quote", HeadOf("GET /\"a HTTP/1.1")),
        Bad("Backslash", HeadOf("GET /a\\b HTTP/1.1")), Bad("Nul", HeadOf("GET /a\0b HTTP/1.1"s)),
        Bad("Escape", HeadOf("GET /a\x1b HTTP/1.1")), Bad("Delete", HeadOf("GET /a\x7f HTTP/1.1")),
        Bad("PercentAtEnd", HeadOf("GET /a% HTTP/1.1")), Bad("PercentOneDigit", HeadOf("GET /a%2 HTTP/1.1")),
        Bad("PercentNotHex", HeadOf("GET /a%zz HTTP/1.1")),
        Bad("PercentUnicode", HeadOf("GET /a%u002f HTTP/1.1")),
        Ok("PercentInQuery", HeadOf("GET /a?b=% HTTP/1.1")),
        Ok("BracketsInQuery", HeadOf("GET /a?tags[]=a&t[0]=b HTTP/1.1")),
        Ok("QuotesInQuery", HeadOf("GET /a?q=\"a\"'b'`c` HTTP/1.1")),
        Ok("MarksInQuery", HeadOf("GET /a?{}|\\^<>;,~! HTTP/1.1")),
        Ok("HighBytesInQuery", HeadOf("GET /a?q=\xc3\xa9\xff\x80 HTTP/1.1")),
        Ok("AbsoluteWithAnyQuery", HeadOf("GET http://a/x?[%\xff] HTTP/1.1")),
        Bad("FragmentInQuery", HeadOf("GET /a?b#c HTTP/1.1")),
        Bad("ControlInQuery", HeadOf("GET /a?b\x01 HTTP/1.1")),
        Bad("NulInQuery", HeadOf("GET /a?b\0c HTTP/1.1"s)), Bad("TabInQuery", HeadOf("GET /a?b\tc HTTP/1.1")),
        Bad("DeleteInQuery", HeadOf("GET /a?b\x7f HTTP/1.1")),
        Bad("SpaceInQuery", HeadOf("GET /a?b c HTTP/1.1")),
        Bad("BracketInPath", HeadOf("GET /a[]?b HTTP/1.1")),
        Bad("PercentInPathBeforeQuery", HeadOf("GET /a%?41 HTTP/1.1")),
        Bad("TooLong", HeadOf("GET /" + std::string(kMaxTargetBytes, 'a') + " HTTP/1.1"),
            Reason::kHeadersTooLarge),
        Bad("AbsoluteOtherHost", HeadOf("GET http://b/x HTTP/1.1")),
        Bad("AbsoluteOtherPort", HeadOf("GET http://a:81/x HTTP/1.1")),
        Bad("AbsoluteNoPath", HeadOf("GET http://a HTTP/1.1")),
        Bad("AbsoluteQueryOnly", HeadOf("GET http://a?x HTTP/1.1")),
        Bad("AbsoluteUser", HeadOf("GET http://u@a/x HTTP/1.1")),
        Bad("AbsoluteFtp", HeadOf("GET ftp://a/x HTTP/1.1")),
        Bad("AbsoluteNoHost", HeadOf("GET http:///x HTTP/1.1")),
        Bad("AbsoluteBadPath", HeadOf("GET http://a/x#y HTTP/1.1"))),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    HostHeader, FrameHeadTest,
    testing::Values(
        Ok("Name", Host("api.example.com")), Ok("NamePort", Host("a.b:8080")), Ok("V4", Host("127.0.0.1:1")),
        Ok("V6", Host("[::1]:80")), Ok("V6NoPort", Host("[fe80::1]")), Ok("Underscore", Host("flux_gw")),
        Bad("Missing", "GET / HTTP/1.1\r\n\r\n"), Bad("Twice", With("Host: a\r\n")),
        Bad("TwiceDiffering", With("hOST: b\r\n")), Bad("Empty", Host("")), Bad("Comma", Host("a,b")),
        Bad("Slash", Host("a/b")), Bad("User", Host("u@a")), Bad("Space", Host("a b")),
        Bad("PortEmpty", Host("a:")), Bad("PortLetters", Host("a:x")), Bad("PortTooBig", Host("a:65536")),
        Bad("PortTooLong", Host("a:000080")), Bad("TwoColons", Host("a:1:2")), Bad("OnlyPort", Host(":80")),
        Bad("V6Unclosed", Host("[::1")), Bad("V6Empty", Host("[]")), Bad("V6NotHex", Host("[::g]")),
        Bad("V6Tail", Host("[::1]x")), Bad("V4InBrackets", Host("[1.2.3.4]")), Bad("Percent", Host("a%00")),
        Bad("HighByte", Host("\xe9")), Bad("Http10BadHost", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n"),
        Bad("Http10TwoHosts", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n")),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    Fields, FrameHeadTest,
    testing::Values(
        Ok("NoSpaceAfterColon", With("a:b\r\n")), Ok("SpacesAround", With("a: \t b \t\r\n")),
        Ok("EmptyValue", With("a:\r\n")), Ok("HighBytesInValue", With("a: \xc3\xa9\r\n")),
        Ok("TabInValue", With("a: b\tc\r\n")), Ok("ColonsInValue", With("a: b:c::\r\n")),
        Ok("OddTokenName", With("!#$%&'*+-.^_`|~: 1\r\n")), Ok("SameNameTwice", With("a: 1\r\na: 2\r\n")),
        Ok("MostHeaders", ManyHeaders(99)), Ok("BigAsAllowed", HeadOfSize(kHeadBytes)),
        Bad("TooManyHeaders", ManyHeaders(100), Reason::kHeadersTooLarge),
        Bad("OneByteTooBig", HeadOfSize(kHeadBytes + 1), Reason::kHeadersTooLarge),
        Bad("EndlessLine", "GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(kHeadBytes, 'x'),
            Reason::kHeadersTooLarge),
        Bad("EndlessRequestLine", "GET /" + std::string(kHeadBytes, 'x'), Reason::kHeadersTooLarge),
        Bad("Folded", With("a: b\r\n c\r\n")), Bad("FoldedTab", With("a: b\r\n\tc\r\n")),
        Bad("FoldedFirst", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"), Bad("SpaceBeforeColon", With("a : b\r\n")),
        Bad("TabBeforeColon", With("a\t: b\r\n")), Bad("EmptyName", With(": b\r\n")),
        Bad("NoColon", With("abc\r\n")), Bad("SpaceInName", With("a b: c\r\n")),
        Bad("NulInName", With("a\0: c\r\n"s)), Bad("HighByteInName", With("\xe9: c\r\n")),
        Bad("ParenthesisInName", With("a(b): c\r\n")), Bad("NulInValue", With("a: b\0c\r\n"s)),
        Bad("EscapeInValue", With("a: \x1b[0m\r\n")), Bad("DeleteInValue", With("a: \x7f\r\n")),
        Bad("VerticalTabInValue", With("a: \x0b\r\n")), Bad("BareReturnInValue", With("a: b\rc\r\n")),
        Bad("BareFeedInValue", With("a: b\nc: d\r\n")),
        Bad("BareFeedEndsHead", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        Bad("ReturnReturnFeedEnd", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n")),
    RowName);

INSTANTIATE_TEST_SUITE_P(
    BodyLength, FrameHeadTest,
    testing::Values(
        Ok("Length", With("Content-Length: 5\r\n")), Ok("LengthZero", With("content-length: 0\r\n")),
        Ok("LengthLeadingZeros", With("Content-Length: 005\r\n")),
        Ok("LengthLargest", With("Content-Length: 18446744073709551615\r\n")),
        Ok("Chunked", With("Transfer-Encoding: chunked\r\n")),
        Ok("ChunkedUpperCase", With("Transfer-Encoding: CHUNKED\r\n")),
        Bad("LengthOverflow", With("Content-Length: 18446744073709551616\r\n")),
        Bad("LengthHuge", With("Content-Length: 99999999999999999999999\r\n")),
        Bad("LengthEmpty", With("Content-Length:\r\n")), Bad("LengthPlus", With("Content-Length: +5\r\n")),
        Bad("LengthMinus", With("Content-Length: -5\r\n")), Bad("LengthHex", With("Content-Length: 0x5\r\n")),
        Bad("LengthFloat", With("Content-Length: 5.0\r\n")),
        Bad("LengthUnderscore", With("Content-Length: 1_0\r\n")),
        Bad("LengthInnerSpace", With("Content-Length: 1 0\r\n")),
        Bad("LengthList", With("Content-Length: 5, 5\r\n")),
        Bad("LengthTwice", With("Content-Length: 5\r\nContent-Length: 5\r\n")),
        Bad("LengthTwiceDiffering", With("Content-Length: 5\r\ncontent-length: 6\r\n")),
        Bad("LengthAndChunked", With("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
        Bad("ChunkedAndLength", With("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")),
        Bad("ChunkedTwice", With("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
        Bad("ChunkedListTwice", With("Transfer-Encoding: chunked, chunked\r\n")),
        Bad("ChunkedNotLast", With("Transfer-Encoding: chunked, gzip\r\n")),
        Bad("CodingsEmpty", With("Transfer-Encoding:\r\n")),
        Bad("CodingsTrailingComma", With("Transfer-Encoding: chunked,\r\n")),
        Bad("CodingsLeadingComma", With("Transfer-Encoding: ,chunked\r\n")),
        Bad("CodingQuoted", With("Transfer-Encoding: \"chunked\"\r\n")),
        Bad("CodingParameter", With("Transfer-Encoding: chunked;a=b\r\n")),
        Bad("CodingVerticalTab", With("Transfer-Encoding: \x0b"
                                      "chunked\r\n")),
        Bad("CodingSpaceBeforeColon", With("Transfer-Encoding : chunked\r\n")),
        Bad("CodingInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Bad("CodingGzip", With("Transfer-Encoding: gzip\r\n"), Reason::kTransferEncodingUnsupported),
        Bad("CodingGzipChunked", With("Transfer-Encoding: gzip, chunked\r\n"),
            Reason::kTransferEncodingUnsupported),
        Bad("CodingIdentity", With("Transfer-Encoding: identity\r\n"), Reason::kTransferEncodingUnsupported),
        Bad("CodingLookalike", With("Transfer-Encoding: xchunked\r\n"), Reason::kTransferEncodingUnsupported),
        Ok("ExpectContinue", With("Expect: 100-Continue\r\n")),
        Ok("ExpectOtherInHttp10", "GET / HTTP/1.0\r\nExpect: tea\r\n\r\n"),
        Bad("ExpectOther", With("Expect: tea\r\n"), Reason::kExpectationFailed)),
    RowName);

Head Framed1(const std::string& bytes) {
  Head head;
  const Framed framed = FrameHead(bytes, HeadLimits{}, head);
  EXPECT_EQ(framed.verdict, Verdict::kComplete) << framed.sentence;
  return head;
}

TEST(FrameHead, GivesEveryPart) {
  const std::string bytes = "POST /a?b HTTP/1.1\r\nHost: h\r\nX:  1 2 \r\nContent-Length: 7\r\n\r\nbody...";
  const Head head = Framed1(bytes);
  EXPECT_EQ(head.size, bytes.size() - 7);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/a?b");
  EXPECT_EQ(head.origin_target, "/a?b");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(head.has_content_length);
  EXPECT_EQ(head.content_length, 7U);
  ASSERT_EQ(head.fields.size(), 3U);
  EXPECT_EQ(head.fields[1].name, "X");
  EXPECT_EQ(head.fields[1].value, "1 2");
}

TEST(FrameHead, AbsoluteFormKeepsTheTargetAndGivesItsPath) {
  const std::string bytes = "GET http://a/x?y HTTP/1.1\r\nHost: A\r\n\r\n";
  const Head head = Framed1(bytes);
  EXPECT_EQ(head.target, "http://a/x?y");
  EXPECT_EQ(head.origin_target, "/x?y");
}

TEST(FrameHead, CountsTheEmptyLineBeforeTheRequest) {
  const std::string bytes = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(Framed1(bytes).size, bytes.size());
}

TEST(FrameHead, ForgetsTheRequestBefore) {
  Head head;
  ASSERT_EQ(FrameHead(With("Content-Length: 5\r\nExpect: 100-continue\r\n"), HeadLimits{}, head).verdict,
            Verdict::kComplete);
  ASSERT_EQ(FrameHead("GET / HTTP/1.0\r\n\r\n", HeadLimits{}, head).verdict, Verdict::kComplete);
  EXPECT_FALSE(head.has_content_length);
  EXPECT_EQ(head.content_length, 0U);
  EXPECT_FALSE(head.expect_continue);
  EXPECT_TRUE(head.fields.empty());
}

TEST(FrameHead, KeepsAliveAsTheVersionAndConnectionSay) {
  EXPECT_TRUE(Framed1(With("")).keep_alive);
  EXPECT_FALSE(Framed1(With("Connection: close\r\n")).keep_alive);
  EXPECT_FALSE(Framed1(With("Connection: Upgrade, CLOSE\r\n")).keep_alive);
  EXPECT_FALSE(Framed1(With("Connection: keep-alive\r\nConnection: close\r\n")).keep_alive);
  EXPECT_TRUE(Framed1(With("Connection: closed\r\n")).keep_alive);
  EXPECT_FALSE(Framed1("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(Framed1("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(Framed1("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);
}

TEST(FrameHead, IgnoresExpectationsOfHttp10) {
  EXPECT_TRUE(Framed1(With("Expect: 100-continue\r\n")).expect_continue);
  EXPECT_FALSE(Framed1("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expect_continue);
}

TEST(FrameHead, NeverAsksForMoreAtTheLimit) {
  const HeadLimits limits{.bytes = 64, .headers = 100};
  Head head;
  EXPECT_EQ(FrameHead("GET /" + std::string(58, 'a'), limits, head).verdict, Verdict::kNeedMore);
  EXPECT_EQ(FrameHead("GET /" + std::string(59, 'a'), limits, head).verdict, Verdict::kRefused);
}

}  // namespace
}  // namespace flux::gateway

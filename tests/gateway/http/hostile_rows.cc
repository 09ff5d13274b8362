// Hostile requests, grouped by the part of HTTP that they abuse. A row of Refused() is followed by a second
// request, which a smuggler would want to be served.
#include "tests/gateway/http/hostile_rows.h"

#include <ostream>
#include <utility>

namespace flux::gateway {
namespace {

using Fate = HostileRow::Fate;
using std::string_literals::operator""s;

constexpr char kGet[] = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

HostileRow Refused(std::string name, std::string bytes, int status = 400) {
  return {std::move(name), std::move(bytes) + kGet, {status}};
}
// Served once, then the connection ends.
HostileRow Last(std::string name, std::string bytes) {
  return {std::move(name), std::move(bytes), {200}};
}
HostileRow Served(std::string name, std::string bytes, std::vector<int> statuses = {200}) {
  return {std::move(name), std::move(bytes), std::move(statuses), Fate::kStays};
}
HostileRow Waits(std::string name, std::string bytes, std::vector<int> statuses = {}) {
  return {std::move(name), std::move(bytes), std::move(statuses), Fate::kWaits};
}

// A request line with a Host.
std::string HeadOf(const std::string& line) {
  return line + "\r\nHost: a\r\n\r\n";
}
// GET with these header lines and a Host.
std::string With(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}
// GET with this Host.
std::string Host(const std::string& value) {
  return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}
// POST with these header lines, a Host and whatever is behind.
std::string Body(const std::string& lines, const std::string& body = "hello") {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
}
std::string Chunked(const std::string& body) {
  return Body("Transfer-Encoding: chunked\r\n", body);
}
std::string Headers(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "x" + std::to_string(i) + ": 1\r\n";
  return With(lines);
}
std::string Times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::vector<HostileRow> RequestLines() {
  return {
      Refused("OnlyAMethod", "GET\r\n\r\n"),
      Refused("NoVersion", HeadOf("GET /")),
      Refused("TwoSpaces", HeadOf("GET  / HTTP/1.1")),
      Refused("TabsForSpaces", HeadOf("GET\t/\tHTTP/1.1")),
      Refused("SpaceFirst", HeadOf(" GET / HTTP/1.1")),
      Refused("SpaceLast", HeadOf("GET / HTTP/1.1 ")),
      Refused("SpaceInTarget", HeadOf("GET /a b HTTP/1.1")),
      Refused("TwoEmptyLinesFirst", "\r\n\r\n" + HeadOf("GET / HTTP/1.1")),
      Refused("BareFeedFirst", "\n" + HeadOf("GET / HTTP/1.1")),
      Refused("BareFeeds", "GET / HTTP/1.1\nHost: a\n\n"),
      Refused("BareFeedInOneLine", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
      Refused("BareFeedAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
      Refused("BareReturns", "GET / HTTP/1.1\rHost: a\r\r"),
      Refused("BareReturnInTarget", "GET /\ra HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refused("ReturnReturnFeed", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
      Refused("NulInMethod", HeadOf("GE\0T / HTTP/1.1"s)),
      Refused("ColonInMethod", HeadOf("GET: / HTTP/1.1")),
      Refused("HighByteInMethod", HeadOf("GET\xff / HTTP/1.1")),
      Refused("NulInTarget", HeadOf("GET /a\0b HTTP/1.1"s)),
      Refused("EscapedNulInPath", HeadOf("GET /a%00b HTTP/1.1")),
      Refused("EscapedLineEndInPath", HeadOf("GET /a%0d%0ab HTTP/1.1")),
      Refused("NulInQuery", HeadOf("GET /?a\0b HTTP/1.1"s)),
      Refused("TabInQuery", HeadOf("GET /?a\tb HTTP/1.1")),
      Refused("DeleteInQuery", HeadOf("GET /?a\x7f"
                                      "b HTTP/1.1")),
      Refused("FragmentInQuery", HeadOf("GET /?a#b HTTP/1.1")),
      Refused("HighByteInTarget", HeadOf("GET /\xc3\xa9 HTTP/1.1")),
      Refused("FragmentInTarget", HeadOf("GET /a#b HTTP/1.1")),
      Refused("BackslashInTarget", HeadOf("GET /a\\b HTTP/1.1")),
      Refused("PercentWithoutDigits", HeadOf("GET /a%zz HTTP/1.1")),
      Refused("PercentAtTheEnd", HeadOf("GET /a% HTTP/1.1")),
      Refused("RelativeTarget", HeadOf("GET a HTTP/1.1")),
      Refused("StarForGet", HeadOf("GET * HTTP/1.1")),
      Refused("Connect", HeadOf("CONNECT a:443 HTTP/1.1")),
      Refused("OtherScheme", HeadOf("GET ftp://a/x HTTP/1.1")),
      Refused("UserInTarget", HeadOf("GET http://u@a/x HTTP/1.1")),
      Refused("AnotherHostInTarget", HeadOf("GET http://b/x HTTP/1.1")),
      Refused("LongTarget", HeadOf("GET /" + std::string(8'000, 'a') + " HTTP/1.1"), 431),
      Refused("Version09", HeadOf("GET / HTTP/0.9"), 505),
      Refused("Version12", HeadOf("GET / HTTP/1.2"), 505),
      Refused("Version20", HeadOf("GET / HTTP/2.0"), 505),
      Refused("VersionOfTwoDigits", HeadOf("GET / HTTP/1.10")),
      Refused("VersionInLowerCase", HeadOf("GET / http/1.1")),
      Refused("NoVersionAtAll", "GET /\r\n"),
      Refused("Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      Refused("TlsHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s),
      Refused("SslV2Hello", "\x80\x2e\x01\x00\x02"s),
      Refused("SshBanner", "SSH-2.0-OpenSSH_9.2\r\n"),
      Refused("Noise", "\xff\xfe\xfd\xfc\r\n\r\n"),
      Served("OneEmptyLineFirst", "\r\n" + HeadOf("GET / HTTP/1.1")),
      Served("AnyMethod", HeadOf("BREW / HTTP/1.1")),
      Served("AbsoluteTarget", HeadOf("GET http://a/x HTTP/1.1")),
      Served("EscapedNulInQuery", HeadOf("GET /?a=%00 HTTP/1.1")),
      Served("BracketsInQuery", HeadOf("GET /?tags[]=a HTTP/1.1")),
      Served("LonePercentInQuery", HeadOf("GET /?a=100% HTTP/1.1")),
      Served("MarksInQuery", HeadOf("GET /?\"<>\\^`{|} HTTP/1.1")),
      Served("HighBytesInQuery", HeadOf("GET /?a=\xc3\xa9\xff HTTP/1.1")),
      Served("QuestionMarksOnly", HeadOf("GET /" + std::string(7'999, '?') + " HTTP/1.1")),
      Served("LongestTarget", HeadOf("GET /" + std::string(7'999, 'a') + " HTTP/1.1")),
      Waits("HalfAMethod", "GE"),
      Waits("NoLastFeed", "GET / HTTP/1.1\r\nHost: a\r\n\r"),
  };
}

std::vector<HostileRow> Fields() {
  return {
      Refused("Folded", With("a: b\r\n c\r\n")),
      Refused("FoldedWithATab", With("a: b\r\n\tc\r\n")),
      Refused("FoldedFirst", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
      Refused("FoldedCoding", Body("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
      Refused("SpaceBeforeColon", With("a : b\r\n")),
      Refused("TabBeforeColon", With("a\t: b\r\n")),
      Refused("SpaceBeforeColonOfLength", Body("Content-Length : 5\r\n")),
      Refused("SpaceBeforeColonOfCoding", Body("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
      Refused("NoColon", With("abc\r\n")),
      Refused("NoName", With(": b\r\n")),
      Refused("SpaceInName", With("a b: c\r\n")),
      Refused("NulInName", With("a\0: b\r\n"s)),
      Refused("HighByteInName", With("\xe9: b\r\n")),
      Refused("NulInValue", With("a: b\0c\r\n"s)),
      Refused("EscapeInValue", With("a: \x1b[2J\r\n")),
      Refused("DeleteInValue", With("a: \x7f\r\n")),
      Refused("BareReturnInValue", With("a: b\rc: d\r\n")),
      Refused("BareFeedInValue", With("a: b\nc: d\r\n")),
      Refused("TooManyHeaders", Headers(100), 431),
      Refused("HeadTooLarge", With("x: " + std::string(32 * 1024, 'x') + "\r\n"), 431),
      Refused("LineWithoutEnd", "GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(40'000, 'x'), 431),
      Refused("NameWithoutEnd", "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(40'000, 'x'), 431),
      Refused("RequestLineWithoutEnd", "GET /" + std::string(40'000, 'x'), 431),
      Served("MostHeaders", Headers(99)),
      Served("HighBytesInValue", With("a: \xc3\xa9\r\n")),
      Served("SameNameTwice", With("a: 1\r\na: 2\r\n")),
      Waits("HalfAHeader", "GET / HTTP/1.1\r\nHost: a\r\nx: "),
      Refused("NoHost", "GET / HTTP/1.1\r\n\r\n"),
      Refused("TwoHosts", With("Host: a\r\n")),
      Refused("TwoHostsThatDiffer", With("hOST: b\r\n")),
      Refused("EmptyHost", Host("")),
      Refused("ListOfHosts", Host("a, b")),
      Refused("UserInHost", Host("u@a")),
      Refused("PathInHost", Host("a/b")),
      Refused("SpaceInHost", Host("a b")),
      Refused("PortOfLetters", Host("a:x")),
      Refused("PortTooLarge", Host("a:65536")),
      Refused("OldClientTwoHosts", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
      Served("HostV6", Host("[::1]:80")),
      Refused("Expectation", With("Expect: tea\r\n"), 417),
  };
}

std::vector<HostileRow> Lengths() {
  return {
      Refused("LengthAndChunked", Body("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
      Refused("ChunkedAndLength", Body("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")),
      Refused("LengthTwice", Body("Content-Length: 5\r\nContent-Length: 5\r\n")),
      Refused("LengthsThatDiffer", Body("Content-Length: 5\r\nContent-Length: 6\r\n")),
      Refused("LengthsInAList", Body("Content-Length: 5, 5\r\n")),
      Refused("LengthNegative", Body("Content-Length: -5\r\n")),
      Refused("LengthWithPlus", Body("Content-Length: +5\r\n")),
      Refused("LengthInHex", Body("Content-Length: 0x5\r\n")),
      Refused("LengthAsFraction", Body("Content-Length: 5.0\r\n")),
      Refused("LengthWithSpace", Body("Content-Length: 1 0\r\n")),
      Refused("LengthEmpty", Body("Content-Length:\r\n")),
      Refused("LengthOverflow", Body("Content-Length: 18446744073709551621\r\n")),
      Refused("LengthBeyondTheLimit", Body("Content-Length: 1000001\r\n"), 413),
      Refused("LengthLargest", Body("Content-Length: 18446744073709551615\r\n"), 413),
      Refused("CodingTwice",
              Body("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
      Refused("CodingTwiceInAList", Body("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
      Refused("CodingNotLast", Body("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")),
      Refused("CodingEmpty", Body("Transfer-Encoding:\r\n")),
      Refused("CodingWithComma", Body("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n")),
      Refused("CodingQuoted", Body("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
      Refused("CodingWithVerticalTab", Body("Transfer-Encoding: \x0b"
                                            "chunked\r\n",
                                            "0\r\n\r\n")),
      Refused("CodingWithParameter", Body("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")),
      Refused("CodingOfOldClient", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      Refused("CodingGzip", Body("Transfer-Encoding: gzip\r\n"), 501),
      Refused("CodingGzipChunked", Body("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501),
      Refused("CodingIdentity", Body("Transfer-Encoding: identity\r\n"), 501),
      Refused("CodingAlmost", Body("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501),
      Served("LengthWithZeros", Body("Content-Length: 005\r\n")),
      Served("LengthInGet", "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
      Served("LengthZero", Body("Content-Length: 0\r\n", "")),
      Served("NoLength", Body("", "")),
      Served("CodingInCapitals", Body("TRANSFER-ENCODING: CHUNKED\r\n", "0\r\n\r\n")),
      Served("LengthShorterThanBody", Body("Content-Length: 5\r\n", "hello"s + kGet), {200, 200}),
      Waits("LengthLongerThanBody", Body("Content-Length: 6\r\n")),
  };
}

std::vector<HostileRow> Chunks() {
  return {
      Refused("ChunkNoSize", Chunked("\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkNotHex", Chunked("zz\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkNegative", Chunked("-5\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkPlus", Chunked("+5\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkPrefixed", Chunked("0x5\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkSpaceFirst", Chunked(" 5\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkSpaceLast", Chunked("5 \r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkTab", Chunked("5\t\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkUnderscore", Chunked("1_0\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkOverflow", Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkManyZeros", Chunked("00000000000000005\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkLargest", Chunked("ffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 413),
      Refused("ChunkBeyondTheLimit", Chunked("f4241\r\n"), 413),
      Refused("ChunksBeyondTheLimit", Chunked("f4240\r\n" + std::string(1'000'000, 'x') + "\r\n1\r\n"), 413),
      Refused("ChunkBareFeed", Chunked("5\nhello\n0\n\n")),
      Refused("ChunkBareFeedAfterSize", Chunked("5\nhello\r\n0\r\n\r\n")),
      Refused("ChunkBareReturnAfterSize", Chunked("5\rhello\r\n0\r\n\r\n")),
      Refused("ChunkBareFeedAfterData", Chunked("5\r\nhello\n0\r\n\r\n")),
      Refused("ChunkDataTooLong", Chunked("5\r\nhello!\r\n0\r\n\r\n")),
      Refused("ChunkDataTooShort", Chunked("6\r\nhello\r\n0\r\n\r\n")),
      Refused("ChunkExtensionBareFeed", Chunked("5;a\nhello\r\n0\r\n\r\n")),
      Refused("ChunkExtensionNul", Chunked("5;a\0b\r\nhello\r\n0\r\n\r\n"s)),
      Refused("ChunkExtensionEndless", Chunked("5;" + std::string(5'000, 'x'))),
      Refused("ChunkExtensionBomb", Chunked(Times(100, "1;" + std::string(100, 'x') + "\r\ny\r\n"))),
      Refused("TrailerEndless", Chunked("0\r\nx: " + std::string(9'000, 'x')), 431),
      Refused("TrailerMany", Chunked("0\r\n" + Times(2'000, "x: y\r\n")), 431),
      Refused("TrailerFolded", Chunked("0\r\nx: y\r\n z\r\n\r\n")),
      Refused("TrailerSpaceBeforeColon", Chunked("0\r\nx : y\r\n\r\n")),
      Refused("TrailerNoColon", Chunked("0\r\nxyz\r\n\r\n")),
      Refused("TrailerBareFeed", Chunked("0\r\nx: y\n\r\n")),
      Refused("TrailerWithLength", Chunked("0\r\nContent-Length: 5\r\n\r\n")),
      Refused("TrailerWithCoding", Chunked("0\r\ntransfer-encoding: chunked\r\n\r\n")),
      Refused("TrailerWithHost", Chunked("0\r\nHost: b\r\n\r\n")),
      Refused("TrailerNul", Chunked("0\r\nx: \0\r\n\r\n"s)),
      Served("ChunkLeadingZeros", Chunked("0000000000000005\r\nhello\r\n0\r\n\r\n")),
      Served("ChunkCapitals", Chunked("A\r\n0123456789\r\n0\r\n\r\n")),
      Served("ChunkExtension", Chunked("5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n")),
      Served("ChunksOfOneByte", Chunked(Times(2'000, "1\r\nx\r\n") + "0\r\n\r\n")),
      Served("ChunkZerosAsLast", Chunked("000\r\n\r\n")),
      Served("Trailer", Chunked("0\r\nDigest: 5\r\n\r\n"s + kGet), {200, 200}),
      Waits("ChunkNoEnd", Chunked("5\r\nhello\r\n0\r\n")),
      Waits("ChunkHalf", Chunked("5\r\nhel")),
  };
}

std::vector<HostileRow> Connections() {
  return {
      Last("CloseIsTheLast", With("Connection: close\r\n") + kGet),
      Last("CloseInAList", With("Connection: Upgrade, CLOSE\r\n") + kGet),
      Last("CloseBeatsKeepAlive", With("Connection: keep-alive\r\nConnection: close\r\n") + kGet),
      Last("OldClient", "GET / HTTP/1.0\r\n\r\n"s + kGet),
      Last("OldClientWithBody", "POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello"s + kGet),
      Served("OldClientStays", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
      Served("OldClientExpects", "GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: tea\r\n\r\n"),
      Served("UpgradeIsIgnored", With("Connection: Upgrade\r\nUpgrade: websocket\r\n")),
      Served("Http2UpgradeIsIgnored", With("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n")),
      Served("Pipelined", Times(20, kGet), std::vector<int>(20, 200)),
      Served("PipelinedBodies", Times(5, Body("Content-Length: 5\r\n") + Chunked("3\r\nabc\r\n0\r\n\r\n")),
             std::vector<int>(10, 200)),
      Served("BodyLooksLikeARequest",
             Body("Content-Length: " + std::to_string(sizeof kGet - 1) + "\r\n", kGet)),
      Served("ExpectWithItsBody", Body("Content-Length: 5\r\nExpect: 100-continue\r\n")),
      Waits("ExpectWithoutItsBody", Body("Content-Length: 5\r\nExpect: 100-continue\r\n", ""), {100}),
      {"RefusedBehindServed", kGet + "GET / HTTP/1.1\n\n"s + kGet, {200, 400}},
      {"OneByteTooMuchBelongsToTheNext",
       Body("Content-Length: 5\r\n", "hello!") + kGet,
       {200, 200},
       Fate::kStays},
      {"RefusedChunkBehindServed", kGet + Chunked("zz\r\n") + kGet, {200, 400}},
      {"NothingIsServedBehindClose", With("Connection: close\r\n") + "GET / HTTP/1.1\n\n", {200}},
  };
}

}  // namespace

void PrintTo(const HostileRow& row, std::ostream* out) {
  *out << row.name;
}

const std::vector<HostileRow>& HostileRows() {
  static const std::vector<HostileRow> rows = [] {
    std::vector<HostileRow> all;
    for (const auto& group : {RequestLines(), Fields(), Lengths(), Chunks(), Connections()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return rows;
}

}  // namespace flux::gateway

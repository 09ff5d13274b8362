// Engine: what a target means, and that headers arrive as they were sent.
#include "gateway/http/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace flux::gateway {
namespace {

using testing::ElementsAre;
using testing::Pair;

Result<Request> Interpret(Engine& engine, const std::string& bytes) {
  Head head;
  const Framed framed = FrameHead(bytes, HeadLimits{}, head);
  EXPECT_EQ(framed.verdict, Verdict::kComplete) << framed.sentence;
  return engine.Interpret(head);
}

Result<Request> Get(const std::string& target) {
  Engine engine;
  return Interpret(engine, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
}

struct PathRow {
  std::string name;
  std::string target;
  std::string path;
};

void PrintTo(const PathRow& row, std::ostream* out) {
  *out << row.name;
}

class EnginePathTest : public testing::TestWithParam<PathRow> {};

TEST_P(EnginePathTest, Decodes) {
  const Result<Request> request = Get(GetParam().target);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->path, GetParam().path);
  EXPECT_EQ(request->target, GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, EnginePathTest,
    testing::Values(PathRow{"Root", "/", "/"}, PathRow{"Plain", "/api/v1/flux", "/api/v1/flux"},
                    PathRow{"Space", "/a%20b", "/a b"}, PathRow{"Utf8", "/%C3%A9", "/\xc3\xa9"},
                    PathRow{"LowerCaseHex", "/%c3%a9", "/\xc3\xa9"}, PathRow{"PlusStays", "/a+b", "/a+b"},
                    PathRow{"Slash", "/a%2Fb", "/a/b"}, PathRow{"OnlyOnce", "/%2541", "/%41"},
                    PathRow{"Dots", "/a/../b/./c", "/a/../b/./c"}, PathRow{"TwoSlashes", "//a//b", "//a//b"},
                    PathRow{"QueryCut", "/a?b=c", "/a"}, PathRow{"EmptyQuery", "/a?", "/a"},
                    PathRow{"QuestionMarkEscaped", "/a%3Fb", "/a?b"},
                    PathRow{"HashEscaped", "/a%23b", "/a#b"},
                    PathRow{"Reserved", "/a;b=c,d:e@f!$&'()*", "/a;b=c,d:e@f!$&'()*"},
                    PathRow{"Absolute", "http://a/x%20y", "/x y"}),
    [](const testing::TestParamInfo<PathRow>& row) { return row.param.name; });

TEST(Engine, DecodesTheQuery) {
  const Result<Request> request = Get("/a?b=1&a=x%20y+z&c=&d&a=2");
  ASSERT_TRUE(request);
  EXPECT_THAT(request->query,
              ElementsAre(Pair("b", "1"), Pair("a", "x y z"), Pair("c", ""), Pair("d", ""), Pair("a", "2")));
}

TEST(Engine, ASecondQuestionMarkBelongsToTheQuery) {
  const Result<Request> request = Get("/a?b=c?d");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/a");
  EXPECT_THAT(request->query, ElementsAre(Pair("b", "c?d")));
}

TEST(Engine, RefusesControlBytesInThePath) {
  for (const char* target : {"/a%00b", "/a%0d%0aX:1", "/%1f", "/%7f", "/%09"}) {
    const Result<Request> request = Get(target);
    ASSERT_FALSE(request) << target;
    EXPECT_EQ(request.error().reason, Reason::kMalformedRequest);
  }
}

TEST(Engine, AQueryMayBeAnything) {
  const Result<Request> request = Get("/a?b=%00&tags[]=%5B&100%&=x&&%zz=%4&\xff=\xc3\xa9");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/a");
  EXPECT_THAT(request->query,
              ElementsAre(Pair("b", std::string(1, '\0')), Pair("tags[]", "["), Pair("100%", ""),
                          Pair("", "x"), Pair("%zz", "%4"), Pair("\xff", "\xc3\xa9")));
}

TEST(Engine, TheLongestQueryIsRead) {
  const Result<Request> request = Get("/a?" + std::string(kMaxTargetBytes - 3, '?'));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/a");
  EXPECT_EQ(request->query.size(), 1U);
}

TEST(Engine, KeepsHeadersInOrderAndUndecoded) {
  Engine engine;
  const Result<Request> request = Interpret(
      engine, "PUT /a HTTP/1.1\r\nHost: h\r\nb: %41\r\nA: 1\r\nb: 2\r\nREMOTE_ADDR: 6.6.6.6\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "PUT");
  EXPECT_THAT(request->headers, ElementsAre(Pair("Host", "h"), Pair("b", "%41"), Pair("A", "1"),
                                            Pair("b", "2"), Pair("REMOTE_ADDR", "6.6.6.6")));
  EXPECT_TRUE(request->remote_addr.empty());
}

TEST(Engine, TakesMethodsTheLibraryDoesNotKnow) {
  Engine engine;
  const Result<Request> request = Interpret(engine, "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "BREW");
}

TEST(Engine, OptionsStarHasTheStarAsItsPath) {
  Engine engine;
  const Result<Request> request = Interpret(engine, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "*");
}

TEST(Engine, TheLongestTargetIsRead) {
  const std::string target = "/" + std::string(kMaxTargetBytes - 1, 'a');
  const Result<Request> request = Get(target);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->path, target);
}

TEST(Engine, RemembersTargetsWithoutMixingThem) {
  Engine engine;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 500; ++i) {
      const std::string number = std::to_string(i);
      const Result<Request> request = Interpret(
          engine, "GET /%61" + number + (i % 3 == 0 ? "?q=" + number : "") + " HTTP/1.1\r\nHost: a\r\n\r\n");
      ASSERT_TRUE(request);
      ASSERT_EQ(request->path, "/a" + number);
      ASSERT_EQ(request->query.size(), i % 3 == 0 ? 1U : 0U);
    }
  }
}

}  // namespace
}  // namespace flux::gateway

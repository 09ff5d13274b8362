// /openapi.json and /docs behind the guard: when the document is written again, and what browsers are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SiteTest : public GuardTest {
 protected:
  // Without reading the body as JSON, which pages are not.
  Reply Ask(const std::string& path, HeaderList headers = {}) {
    Request request = Get(path);
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    Reply reply = fakes::Handled(loop_, *guard_, std::move(request));
    headers_.clear();
    headers_.insert(reply.headers.begin(), reply.headers.end());
    return reply;
  }

  static v1::ListModelsResponse ModelsWith(const std::string& name) {
    v1::ListModelsResponse models;
    models.add_models()->set_name(name);
    return models;
  }

  // The name of the page's first file with this ending.
  static std::string FileIn(const std::string& page, const std::string& end) {
    const std::size_t to = page.find(end + "\"") + end.size();
    const std::size_t from = page.rfind('"', to - 1) + 1;
    return "/" + page.substr(from, to - from);
  }
};

TEST_F(SiteTest, TheDocumentIsWrittenOnceAndToldByItsTag) {
  const Reply first = Ask("/openapi.json");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(headers_["Content-Type"], "application/json");
  EXPECT_EQ(headers_["Cache-Control"], "no-cache");
  EXPECT_EQ(headers_["Content-Security-Policy"], "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(headers_["X-Content-Type-Options"], "nosniff");
  const std::string tag = headers_["ETag"];
  EXPECT_THAT(tag, testing::MatchesRegex("\"[0-9a-f]{16}\""));
  for (const std::string& had : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    const Reply again = Ask("/openapi.json", {{"If-None-Match", had}});
    EXPECT_EQ(again.status, 304) << had;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(headers_["ETag"], tag);
  }
  EXPECT_EQ(Ask("/openapi.json", {{"If-None-Match", "\"other\""}}).body, first.body);
  EXPECT_EQ(backend_.asked_for_models(), 1);
}

TEST_F(SiteTest, ItFollowsTheModels) {
  EXPECT_THAT(Ask("/openapi.json").body, HasSubstr("text-to-image/dev"));
  const std::string tag = headers_["ETag"];
  backend_.AnswerModels(ModelsWith("edit/new"));
  EXPECT_THAT(Ask("/openapi.json").body, HasSubstr("text-to-image/dev")) << "not asked again yet";
  clock_.Advance(6s);
  const Reply reply = Ask("/openapi.json");
  EXPECT_THAT(reply.body, HasSubstr("/api/v1/flux/edit/new"));
  EXPECT_NE(headers_["ETag"], tag);
  EXPECT_EQ(backend_.asked_for_models(), 2);
}

TEST_F(SiteTest, WithoutTheServiceWhatIsKnownIsTold) {
  backend_.AnswerModels(Status(Reason::kServiceUnavailable));
  const Reply none = Ask("/openapi.json");
  EXPECT_EQ(none.status, 503);
  EXPECT_EQ(headers_["Cache-Control"], "no-store");
  EXPECT_THAT(none.body, HasSubstr("SERVICE_UNAVAILABLE"));
  backend_.AnswerModels(ModelsWith("edit/known"));
  EXPECT_EQ(Ask("/openapi.json").status, 200);
  backend_.AnswerModels(Status(Reason::kServiceUnavailable));
  clock_.Advance(6s);
  EXPECT_THAT(Ask("/openapi.json").body, HasSubstr("edit/known"));
}

TEST_F(SiteTest, ThePlaygroundIsOfItsOwnFilesToo) {
  const Reply page = Ask("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(headers_["Content-Type"], "text/html; charset=utf-8");
  const std::string policy = headers_["Content-Security-Policy"];
  EXPECT_THAT(policy, HasSubstr("img-src 'self' data: blob:; connect-src 'self'; "));
  EXPECT_THAT(policy, testing::Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, testing::Not(HasSubstr("http")));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("://")));
  // Every module names those that it takes in as they are called here.
  std::vector<std::string> open{FileIn(page.body, ".js")};
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (!seen.insert(name).second) continue;
    EXPECT_THAT(name, testing::MatchesRegex("/playground/[a-z]+\\.[0-9a-f]{16}\\.js"));
    const std::string script = Ask(name).body;
    EXPECT_EQ(headers_["Content-Type"], "text/javascript; charset=utf-8") << name;
    for (const std::string_view word : {"from './", "import('./"}) {
      for (std::size_t at = 0; (at = script.find(word, at)) != std::string::npos; ++at) {
        const std::size_t from = at + word.size();
        open.push_back("/playground/" + script.substr(from, script.find('\'', from) - from));
      }
    }
  }
  EXPECT_EQ(seen.size(), 14);
}

TEST_F(SiteTest, ThePageLoadsItsOwnFilesAndNothingElse) {
  const Reply page = Ask("/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(headers_["Content-Type"], "text/html; charset=utf-8");
  EXPECT_EQ(headers_["Cache-Control"], "no-cache");
  const std::string policy = headers_["Content-Security-Policy"];
  EXPECT_THAT(policy, testing::StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; "));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, testing::Not(HasSubstr("unsafe")));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("://")));
  for (const auto& [end, type] :
       {std::pair(".css", "text/css; charset=utf-8"), std::pair(".js", "text/javascript; charset=utf-8"),
        std::pair(".svg", "image/svg+xml")}) {
    const std::string name = FileIn(page.body, end);
    EXPECT_THAT(name, testing::MatchesRegex("/docs/[a-z]+\\.[0-9a-f]{16}\\.[a-z]+"));
    EXPECT_EQ(Ask(name).status, 200) << name;
    EXPECT_EQ(headers_["Content-Type"], type);
    EXPECT_EQ(headers_["Cache-Control"], "public, max-age=31536000, immutable");
    EXPECT_EQ(headers_["X-Content-Type-Options"], "nosniff");
  }
  const std::string script = Ask(FileIn(page.body, ".js")).body;
  EXPECT_THAT(script, testing::ContainsRegex("'\\./samples\\.[0-9a-f]{16}\\.js'"));
}

TEST_F(SiteTest, WhatIsNoFileIsNotFound) {
  for (const char* path : {"/docs/", "/docs/x.js", "/docs/docs.js", "/docs/../docs", "/docs/a/b"}) {
    EXPECT_EQ(Ask(path).status, 404) << path;
    EXPECT_EQ(headers_["Cache-Control"], "no-store") << path;
  }
}

TEST_F(SiteTest, NothingIsThereWhereItIsSwitchedOff) {
  const PublicDoors doors(backend_, clock_, aliases_,
                          {.max_body = 1 << 20, .docs = false, .playground = false});
  EXPECT_EQ(doors.routes().Find("/", "GET").path, nullptr);
  EXPECT_EQ(doors.routes().Find("/playground/x", "GET").path, nullptr);
  EXPECT_EQ(doors.routes().Find("/docs", "GET").path, nullptr);
  EXPECT_EQ(doors.routes().Find("/openapi.json", "GET").path, nullptr);
}

}  // namespace
}  // namespace flux::gateway

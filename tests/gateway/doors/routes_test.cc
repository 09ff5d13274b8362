// How a path and a method find their row.
#include "gateway/doors/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace flux::gateway {
namespace {

class PlainDialect final : public Dialect {
 public:
  nlohmann::ordered_json DescribeError(ApiDocument&) const override { return {}; }
  Reply Render(const Status&, std::string_view, WallTime) const override { return {}; }
  const HeaderPolicy& Headers() const override { return policy_; }

 private:
  HeaderPolicy policy_;
};

class PlainDoor final : public Door {
 public:
  const Dialect& Speaks() const override { return dialect; }
  asio::awaitable<Result<Served>> Serve(Exchange&) override { co_return Served(); }

  PlainDialect dialect;
};

class RoutesTest : public testing::Test {
 protected:
  std::string_view Pattern(std::string_view path, std::string_view method = "GET") {
    const RouteMatch match = table_.Find(path, method);
    return match.path == nullptr ? "none" : match.route == nullptr ? "no method" : match.route->pattern;
  }

  PlainDoor door_;
  PlainDialect elsewhere_;
  PlainDialect area_;
  RouteTable table_{{{"GET", "/jobs", door_, Access::kKey, 0},
                     {"POST", "/jobs/{id}", door_, Access::kSpends, 10},
                     {"GET", "/jobs/{id}", door_, Access::kKey, 0},
                     {"DELETE", "/jobs/{id}", door_, Access::kKey, 0},
                     {"GET", "/jobs/all", door_, Access::kKey, 0},
                     {"GET", "/jobs/{id}/logs", door_, Access::kKey, 0},
                     {"GET", "/models/{model}", door_, Access::kKey, 0},
                     {"GET", "/apps/{...}", door_, Access::kKey, 0}},
                    {{"/v1/", area_}},
                    elsewhere_};
};

TEST_F(RoutesTest, APathFindsItsRow) {
  EXPECT_EQ(Pattern("/jobs"), "/jobs");
  EXPECT_EQ(Pattern("/jobs/7f"), "/jobs/{id}");
  EXPECT_EQ(Pattern("/jobs/all"), "/jobs/all") << "no braces win";
  EXPECT_EQ(Pattern("/jobs/7f/logs"), "/jobs/{id}/logs");
  for (const char* path : {"", "/", "/job", "/jobs/", "/jobs//logs", "/jobs/7f/", "/jobs/7f/log",
                           "/jobs/7f/logs/", "//jobs", "jobs"}) {
    EXPECT_EQ(Pattern(path), "none") << path;
  }
}

TEST_F(RoutesTest, ARestIsAsLongAsItIs) {
  for (const char* path : {"/apps/a", "/apps/a/b", "/apps/a/b/c/", "/apps/", "/apps//"}) {
    EXPECT_EQ(Pattern(path), "/apps/{...}") << path;
  }
  EXPECT_EQ(Pattern("/apps"), "none");
}

TEST_F(RoutesTest, WhatAnIdIsTheDoorJudges) {
  for (const std::string& id : {std::string("7F"), std::string("{id}"), std::string("a b"),
                                std::string("\xff"), std::string(5000, 'a')}) {
    EXPECT_EQ(Pattern("/jobs/" + id), "/jobs/{id}") << id;
  }
}

TEST_F(RoutesTest, ModelsHaveNamesOfTheirOwn) {
  for (const std::string& name : {std::string("a"), std::string("flux-1.1"), std::string(64, 'a')}) {
    EXPECT_EQ(Pattern("/models/" + name), "/models/{model}") << name;
  }
  for (const std::string& name : {std::string(), std::string("A"), std::string("{model}"), std::string("a b"),
                                  std::string("a/b"), std::string(65, 'a')}) {
    EXPECT_EQ(Pattern("/models/" + name), "none") << name;
  }
}

TEST_F(RoutesTest, APathMayHaveRowsForSeveralMethods) {
  EXPECT_EQ(table_.Find("/jobs/7f", "DELETE").route->access, Access::kKey);
  EXPECT_EQ(table_.Find("/jobs/7f", "POST").route->access, Access::kSpends);
  EXPECT_EQ(table_.Find("/jobs/7f", "HEAD").route->method, "GET");
  EXPECT_EQ(Pattern("/jobs/7f", "PUT"), "no method");
  EXPECT_EQ(table_.Find("/jobs/7f", "PUT").path->allow, "POST, GET, HEAD, DELETE, OPTIONS");
}

TEST_F(RoutesTest, PatternsAreToldOnce) {
  EXPECT_THAT(table_.Patterns(), testing::ElementsAre("/jobs", "/jobs/{id}", "/jobs/all", "/jobs/{id}/logs",
                                                      "/models/{model}", "/apps/{...}"));
}

TEST_F(RoutesTest, WhoeverIsNotThereSpeaksTheDialectOfElsewhere) {
  EXPECT_EQ(&table_.DialectOf(table_.Find("/nowhere", "GET")), &elsewhere_);
  EXPECT_EQ(&table_.DialectOf(table_.Find("/jobs", "PUT")), &door_.dialect);
  EXPECT_EQ(&table_.DialectOf(table_.Find("/v1/chat/completions", "POST")), &area_) << "a door's own area";
  EXPECT_EQ(&table_.DialectOf(table_.Find("/v1", "GET")), &elsewhere_);
  EXPECT_EQ(&table_.DialectOf(RouteMatch()), &elsewhere_);
}

}  // namespace
}  // namespace flux::gateway

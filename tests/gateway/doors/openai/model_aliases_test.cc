// The file of aliases: what is read, what is refused, what counts.
#include "gateway/doors/openai/model_aliases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace flux::gateway {
namespace {

using testing::HasSubstr;

TEST(ModelAliasesTest, ARowSaysOneModelOrOneForEachPurpose) {
  const auto [aliases, problems] = ModelAliases::Parse(
      R"({"gpt-image-1":{"generate":"text-to-image/dev","edit":"image-to-image/flux-1-dev","inpaint":"inpainting/krea"},
          "mine":"edit/flux-2"})");
  ASSERT_THAT(problems, testing::IsEmpty());
  const AliasRow* row = aliases.Find("gpt-image-1");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->For(Purpose::kGenerate), "text-to-image/dev");
  EXPECT_EQ(row->For(Purpose::kEdit), "image-to-image/flux-1-dev");
  EXPECT_EQ(row->For(Purpose::kInpaint), "inpainting/krea");
  EXPECT_EQ(aliases.Find("mine")->For(Purpose::kEdit), "edit/flux-2");
  EXPECT_EQ(aliases.Find("mine")->For(Purpose::kGenerate), "");
  EXPECT_EQ(aliases.Find("gpt-image-2"), nullptr);
}

TEST(ModelAliasesTest, TheLongestStartCountsAndAWholeNameBeforeIt) {
  const auto [aliases, problems] = ModelAliases::Parse(
      R"({"*":"text-to-image/a","gpt-*":"text-to-image/b","gpt-image-*":"text-to-image/c","gpt-image-1":"text-to-image/d"})");
  ASSERT_THAT(problems, testing::IsEmpty());
  EXPECT_EQ(aliases.Find("gpt-image-1")->generate, "text-to-image/d");
  EXPECT_EQ(aliases.Find("gpt-image-2")->generate, "text-to-image/c");
  EXPECT_EQ(aliases.Find("gpt-4")->generate, "text-to-image/b");
  EXPECT_EQ(aliases.Find("x")->generate, "text-to-image/a");
}

TEST(ModelAliasesTest, WithoutAFileOpenAisNamesAreKnown) {
  for (const char* name : {"gpt-image-1", "chatgpt-image-latest", "dall-e-3", "default"}) {
    ASSERT_NE(ModelAliases::BuiltIn().Find(name), nullptr) << name;
  }
  EXPECT_EQ(ModelAliases::BuiltIn().Find("dev"), nullptr);
}

struct BadFile {
  const char* name;
  const char* text;
  const char* says;
};

class BadFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, SayWhichRowIsWrong) {
  const auto parsed = ModelAliases::Parse(GetParam().text);
  ASSERT_EQ(parsed.problems.size(), 1u);
  EXPECT_THAT(parsed.problems.front(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadFiles,
    testing::Values(BadFile{"NoJson", "gpt-image-1: x", "must be a JSON object"},
                    BadFile{"List", "[]", "must be a JSON object"},
                    BadFile{"Number", R"({"a":1})", R"(row "a": must be a model's name)"},
                    BadFile{"Empty", R"({"a":{}})", R"(row "a": must be a model's name)"},
                    BadFile{"ShortName", R"({"a":"dev"})", R"(row "a": "dev" is no model's whole name)"},
                    BadFile{"OtherKind", R"({"a":{"edit":"text-to-image/dev"}})",
                            R"(row "a": "edit" must be the whole name)"},
                    BadFile{"OtherPurpose", R"({"a":{"draw":"text-to-image/dev"}})",
                            R"("draw" is not known)"},
                    BadFile{"StarInside", R"({"a*b":"text-to-image/dev"})", "star at its end"},
                    BadFile{"NoName", R"({"":"text-to-image/dev"})", "1 to 128"},
                    BadFile{"Space", R"({"a b":"text-to-image/dev"})", "without spaces"},
                    BadFile{"Slashes", R"({"a":"text-to-image/dev/x"})", "is no model's whole name"}),
    [](const auto& row) { return row.param.name; });

TEST(ModelAliasesTest, AFileThatGetsAMistakeChangesNothing) {
  const std::string file = testing::TempDir() + "flux_aliases.json";
  std::ofstream(file) << R"({"a":"text-to-image/dev"})";
  Log log(LogLevel::kError);
  AliasFile aliases(file, log);
  EXPECT_NE(aliases.Current()->Find("a"), nullptr);
  std::ofstream(file, std::ios::trunc) << "{";
  aliases.Reload();
  EXPECT_NE(aliases.Current()->Find("a"), nullptr);
  std::ofstream(file, std::ios::trunc) << R"({"b":"text-to-image/dev"})";
  aliases.Reload();
  EXPECT_EQ(aliases.Current()->Find("a"), nullptr);
  EXPECT_NE(aliases.Current()->Find("b"), nullptr);
  EXPECT_THAT(LoadAliases(file + ".gone").problems, testing::ElementsAre("cannot be read"));
}

}  // namespace
}  // namespace flux::gateway

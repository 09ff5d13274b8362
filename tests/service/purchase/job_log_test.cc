// The log of a job, however fal tells it.
#include "service/purchase/job_log.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::service {
namespace {

using namespace std::chrono_literals;

fal::LogLine Line(int second, const std::string& message) {
  return {WallTime(std::chrono::seconds(second)), message};
}

std::string From(const JobLog& log, std::uint32_t seen) {
  google::protobuf::RepeatedPtrField<v1::JobLog> lines;
  log.CopyFrom(seen, lines);
  std::string text;
  for (const v1::JobLog& line : lines) text += line.message() + ";";
  return text;
}

TEST(JobLogTest, TakesTheWholeLogAgainAndAgain) {
  JobLog log;
  EXPECT_FALSE(log.Take({}));
  EXPECT_TRUE(log.Take({Line(1, "a")}));
  EXPECT_FALSE(log.Take({Line(1, "a")}));
  EXPECT_TRUE(log.Take({Line(1, "a"), Line(2, "b")}));
  EXPECT_EQ(log.size(), 2u);
  EXPECT_EQ(From(log, 0), "a;b;");
  EXPECT_EQ(From(log, 1), "b;");
  EXPECT_EQ(From(log, 2), "");
  EXPECT_EQ(From(log, 99), "");
}

TEST(JobLogTest, TakesNewLinesAlone) {
  JobLog log;
  EXPECT_TRUE(log.Take({Line(1, "a")}));
  EXPECT_TRUE(log.Take({Line(2, "b")}));
  EXPECT_TRUE(log.Take({Line(2, "a")})) << "the same words later are another line";
  EXPECT_EQ(From(log, 0), "a;b;a;");
}

TEST(JobLogTest, IsBounded) {
  JobLog log;
  std::vector<fal::LogLine> many;
  for (int i = 0; i < 2'000; ++i) many.push_back(Line(i, "line " + std::to_string(i)));
  EXPECT_TRUE(log.Take(many));
  EXPECT_EQ(log.size(), 2'000u);
  google::protobuf::RepeatedPtrField<v1::JobLog> lines;
  log.CopyFrom(0, lines);
  EXPECT_LT(lines.size(), 300);
  EXPECT_EQ(lines.rbegin()->message(), "line 1999");
  EXPECT_FALSE(log.Take(many)) << "what is forgotten is not taken for new";
  JobLog long_lines;
  long_lines.Take({Line(1, std::string(100'000, 'x'))});
  long_lines.CopyFrom(0, lines);
  EXPECT_LE(lines.rbegin()->message().size(), 1'024u);
}

}  // namespace
}  // namespace flux::service

// Whatever the service that this one replaces answers with pictures, and means something certain by, this one
// answers and means the same; but for a closed list, which stands in docs/operations.md too.
#include "tests/today/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/today/bodies.h"
#include "tests/today/reading.h"
#include "tests/today/worker.h"

namespace flux::today {
namespace {

// Whether rows of the list, and only those, explain why the answer is not what was meant.
bool IsExplained(const Sent& sent, const Meaning& meant, const Answer& answer) {
  std::set<std::string, std::less<>> may;
  bool may_refuse = false;
  for (const Difference& one : Differences()) {
    if (!one.covers(sent)) continue;
    // A body that is no JSON here is refused by its type where that does not say JSON.
    may_refuse = may_refuse || answer.status == one.refusal || (answer.status == 415 && one.refusal == 400);
    may.insert(one.changes.begin(), one.changes.end());
  }
  if (answer.status != 200) return may_refuse;
  const auto explained = [&](const Meaning& from, const Meaning& to) {
    return std::ranges::all_of(from.items(), [&](const auto& item) {
      return may.contains(item.key()) || (to.contains(item.key()) && to[item.key()] == item.value());
    });
  };
  return explained(meant, answer.meaning) && explained(answer.meaning, meant);
}

std::string Told(const Sent& sent, const Answer& answer) {
  std::ostringstream text;
  text << sent.model << " [" << sent.type << "] [" << sent.coding << "] " << sent.body.substr(0, 300)
       << "\n  here: " << answer.status << " " << answer.body.substr(0, 300) << "\n  "
       << answer.meaning.dump(-1, ' ', false, Meaning::error_handler_t::replace);
  return text.str();
}

struct BodyRow {
  const char* name;
  const char* model;
  const char* members;  // beside the prompt
  const char* type = "application/json";
};

class TodaysBodies : public testing::TestWithParam<BodyRow> {};

// The rows whose meaning is beyond doubt, said one by one, so that a slip of the restatement shows too.
TEST_P(TodaysBodies, MeanTheSame) {
  const std::string more = GetParam().members;
  const Sent sent{.model = GetParam().model,
                  .body = R"({"prompt":"fox")" + (more.empty() ? "" : "," + more) + "}",
                  .type = GetParam().type};
  const std::optional<Meaning> meant = MeantToTheWorker(sent);
  ASSERT_TRUE(meant) << sent.body;
  const Answer answer = Reading().Read(sent);
  EXPECT_EQ(answer.status, 200) << Told(sent, answer);
  EXPECT_EQ(answer.meaning, *meant) << sent.body;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TodaysBodies,
    testing::Values(
        BodyRow{"Prompt", kDev, ""}, BodyRow{"PromptPro", kPro, ""},
        BodyRow{"Guide", kPro, R"("aspect_ratio":"landscape_16_9","guidance_scale":3.5,"num_images":1)"},
        BodyRow{"Schnell", kSchnell, R"("num_inference_steps":4)"},
        BodyRow{"CountText", kDev, R"("num_images":" 2 ")"},
        BodyRow{"CountFloat", kDev, R"("num_images":2.0)"},
        BodyRow{"StepsText", kDev, R"("num_inference_steps":"20")"},
        BodyRow{"StepsZero", kDev, R"("num_inference_steps":0)"},
        BodyRow{"GuidanceText", kPro, R"("guidance_scale":"7.5")"},
        BodyRow{"GuidanceFalse", kPro, R"("guidance_scale":false)"},
        BodyRow{
            "Empties", kDev,
            R"("num_images":"","num_inference_steps":"","guidance_scale":"","seed":"","aspect_ratio":"")"},
        BodyRow{"Nulls", kDev,
                R"("num_images":null,"seed":null,"aspect_ratio":null,"safety_tolerance":null)"},
        BodyRow{"SizeZero", kDev, R"("aspect_ratio":0)"},
        BodyRow{"SizeTexts", kDev, R"("aspect_ratio":{"width":"1024","height":768.0})"},
        BodyRow{"SizeWidth", kDev, R"("aspect_ratio":{"width":768})"},
        BodyRow{"SizeNone", kDev, R"("aspect_ratio":{})"}, BodyRow{"Seed", kDev, R"("seed":42.0)"},
        BodyRow{"SeedText", kPro, R"("seed":"42")"},
        BodyRow{"SeedExact", kDev, R"("seed":"9007199254740993")"},
        BodyRow{"SeedMinusOne", kDev, R"("seed":-1)"},
        BodyRow{"ToleranceText", kDev, R"("safety_tolerance":"6")"},
        BodyRow{"ToleranceNumber", kDev, R"("safety_tolerance":6)"},
        BodyRow{"ToleranceFloat", kDev, R"("safety_tolerance":6.0)"},
        BodyRow{"ToleranceSpace", kDev, R"("safety_tolerance":" 6 ")"},
        BodyRow{"ToleranceTrue", kDev, R"("safety_tolerance":true)"},
        BodyRow{"ToleranceWord", kDev, R"("safety_tolerance":"high")"},
        BodyRow{"Twice", kDev, R"("num_images":2,"num_images":3)"},
        BodyRow{"Foreign", kDev, R"("user":"u","seen":true,"speed":2,"n":1,"deep":[[[{"a":[]}]]])"},
        BodyRow{"ForeignNothing", kDev, R"("negativePrompt":null,"numImages":"")"},
        BodyRow{"Html", kDev, "", "text/html"}, BodyRow{"Octets", kPro, "", "application/octet-stream"}),
    [](const auto& row) { return row.param.name; });

TEST(Differences, AreThoseOfTheClosedList) {
  constexpr int kBodies = 12'000;
  Bodies bodies(12);
  Reading reading;
  int certain = 0;
  int same = 0;
  int wrong = 0;
  std::map<std::string_view, int> seen;
  for (int i = 0; i < kBodies && wrong < 10; ++i) {
    const Sent sent = bodies.Next();
    const std::optional<Meaning> meant = MeantToTheWorker(sent);
    const Answer answer = reading.Read(sent);
    EXPECT_LT(answer.status, 500) << Told(sent, answer);
    if (!meant) continue;
    ++certain;
    if (answer.status == 200 && answer.meaning == *meant) {
      ++same;
      continue;
    }
    for (const Difference& one : Differences()) seen[one.row] += one.covers(sent) ? 1 : 0;
    if (IsExplained(sent, *meant, answer)) continue;
    ++wrong;
    ADD_FAILURE() << Told(sent, answer) << "\n  " << *meant;
  }
  EXPECT_GT(certain, kBodies / 6);
  EXPECT_GT(same, certain / 2);
  for (const Difference& one : Differences()) EXPECT_GT(seen[one.row], 0) << one.row << ": no body had it";
}

TEST(Differences, AreDifferencesIndeed) {
  Reading reading;
  for (const Difference& one : Differences()) {
    EXPECT_FALSE(one.examples.empty()) << one.row;
    for (const Sent& sent : one.examples) {
      EXPECT_TRUE(one.covers(sent)) << one.row << ": " << sent.body.substr(0, 200);
      const std::optional<Meaning> meant = MeantToTheWorker(sent);
      ASSERT_TRUE(meant) << one.row << ": " << sent.body.substr(0, 200);
      const Answer answer = reading.Read(sent);
      EXPECT_TRUE(answer.status == one.refusal || (answer.status == 200 && !one.changes.empty()))
          << one.row << ": " << Told(sent, answer);
      EXPECT_TRUE(IsExplained(sent, *meant, answer)) << one.row << ": " << Told(sent, answer);
      EXPECT_FALSE(answer.status == 200 && answer.meaning == *meant) << one.row << ": " << Told(sent, answer);
    }
  }
}

// The first cells of the table of docs/operations.md that follows these words.
std::vector<std::string> DocumentedRows() {
  constexpr std::string_view kBefore = "Bodies that the worker took and that are read otherwise here:";
  std::ifstream file(FLUX_SOURCE_DIR "/docs/operations.md");
  std::vector<std::string> rows;
  std::string line;
  while (std::getline(file, line) && line != kBefore) continue;
  while (std::getline(file, line) && (rows.empty() || line.starts_with("| "))) {
    if (line.starts_with("| ") && !line.starts_with("| |"))
      rows.push_back(line.substr(2, line.find(" | ") - 2));
  }
  return rows;
}

TEST(Differences, AreDocumented) {
  std::vector<std::string> listed;
  for (const Difference& one : Differences()) listed.emplace_back(one.row);
  EXPECT_THAT(DocumentedRows(), testing::ElementsAreArray(listed));
}

}  // namespace
}  // namespace flux::today

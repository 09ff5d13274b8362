// Holds what fal must get for a request against what it would get. tests/golden/<model, "/" as "_">.json has
// the cases of one model: {NAME: {"request": the request as proto JSON, "fal": fal's body}}. A new model
// needs its file with the cases "minimal" and "full"; this file stays.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/fal/fal_json.h"
#include "service/order/validate.h"
#include "tests/service/order/order_fixture.h"

namespace flux::service {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoot = "tests/golden";

std::string FileName(const ModelRow& row) {
  std::string name = row.name;
  std::ranges::replace(name, '/', '_');
  return name;
}

struct Case {
  std::string file;  // the model's, without ".json"
  std::string name = {};
  std::string request = {};
  nlohmann::json fal = {};
};

// Every case of every file. A file that is not as described above becomes a case without a name, which fails.
std::vector<Case> Cases() {
  std::vector<Case> cases;
  if (!fs::is_directory(kRoot)) return cases;
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    const std::string file = entry.path().stem().string();
    std::ifstream in(entry.path(), std::ios::binary);
    const auto read = nlohmann::json::parse(in, nullptr, false);
    if (!read.is_object() || entry.path().extension() != ".json") {
      cases.push_back({.file = file});
      continue;
    }
    for (const auto& [name, pair] : read.items()) {
      const bool sound =
          pair.is_object() && pair.size() == 2 && pair.contains("request") && pair.contains("fal");
      cases.push_back(sound ? Case{file, name, pair["request"].dump(), pair["fal"]} : Case{.file = file});
    }
  }
  std::ranges::sort(cases, {}, [](const Case& one) { return std::pair(one.file, one.name); });
  return cases;
}

template <typename Request>
void Check(const ModelRow& row, const std::string& request_json, const nlohmann::json& expected) {
  Request request;
  const auto parsed = google::protobuf::util::JsonStringToMessage(request_json, &request);
  ASSERT_TRUE(parsed.ok()) << parsed.message();
  ASSERT_EQ(request.model(), row.name);
  const Order order = ToOrder(request);
  const auto violations = Validate(row, order);
  ASSERT_THAT(violations, ::testing::IsEmpty())
      << violations.front().field << " " << violations.front().message;

  std::set<std::string> keys;
  const auto unique = [&keys](int depth, nlohmann::json::parse_event_t event, const nlohmann::json& key) {
    const bool top = depth == 1 && event == nlohmann::json::parse_event_t::key;
    EXPECT_TRUE(!top || keys.insert(key).second) << key << " is sent twice";
    return true;
  };
  const auto actual = nlohmann::json::parse(ToFalJson(row, order), unique, false);
  ASSERT_FALSE(actual.is_discarded()) << "fal would get something that is not JSON";
  EXPECT_EQ(actual, expected) << "got " << actual.dump() << "\nnot " << expected.dump();
}

class Golden : public ::testing::TestWithParam<Case> {};

TEST_P(Golden, FalGetsWhatTheFileSays) {
  const auto& [file, name, request, fal] = GetParam();
  ASSERT_NE(name, "") << file << ".json does not hold {NAME: {\"request\": …, \"fal\": …}}";
  const auto row = std::ranges::find(TestCatalogue().rows(), file, FileName);
  ASSERT_NE(row, TestCatalogue().rows().end()) << "no model has this file";
  switch (row->kind) {
    case v1::MODEL_KIND_TEXT_TO_IMAGE:
      return Check<v1::TextToImageRequest>(*row, request, fal);
    case v1::MODEL_KIND_IMAGE_TO_IMAGE:
      return Check<v1::ImageToImageRequest>(*row, request, fal);
    case v1::MODEL_KIND_INPAINTING:
      return Check<v1::InpaintRequest>(*row, request, fal);
    case v1::MODEL_KIND_EDIT:
      return Check<v1::EditImageRequest>(*row, request, fal);
    case v1::MODEL_KIND_TRANSFORM:
      return Check<v1::TransformRequest>(*row, request, fal);
    default:
      FAIL() << "a kind without a request";
  }
}

INSTANTIATE_TEST_SUITE_P(Pairs, Golden, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return TestName(test.param.file + "/" + test.param.name); });

TEST(GoldenFiles, CoverEveryModel) {
  std::set<std::string> cases;
  for (const Case& one : Cases()) cases.insert(one.file + "/" + one.name);
  for (const ModelRow& row : TestCatalogue().rows()) {
    for (const char* name : {"minimal", "full"}) {
      EXPECT_THAT(cases, ::testing::Contains(FileName(row) + "/" + name)) << "a new model needs this case";
    }
  }
}

}  // namespace
}  // namespace flux::service

// tests/golden/<model, "/" as "_">/NAME.request.json is a request as proto JSON, NAME.fal.json what fal must
// get for it. A new model needs its folder, a new case its two files; this file stays.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "service/fal/fal_json.h"
#include "service/order/validate.h"
#include "tests/service/order/order_fixture.h"

namespace flux::service {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoot = "tests/golden";
constexpr std::string_view kRequest = ".request.json";
constexpr std::string_view kFal = ".fal.json";

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Folder(const ModelRow& row) {
  std::string name = row.name;
  std::ranges::replace(name, '/', '_');
  return name;
}

// "folder/NAME" of every file with this ending.
std::vector<std::string> Cases(std::string_view ending) {
  std::vector<std::string> cases;
  if (!fs::is_directory(kRoot)) return cases;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot)) {
    std::string path = fs::relative(entry.path(), kRoot).string();
    if (path.ends_with(ending)) cases.push_back(path.substr(0, path.size() - ending.size()));
  }
  std::ranges::sort(cases);
  return cases;
}

template <typename Request>
void Check(const ModelRow& row, const std::string& request_json, const std::string& fal_json) {
  Request request;
  const auto parsed = google::protobuf::util::JsonStringToMessage(request_json, &request);
  ASSERT_TRUE(parsed.ok()) << parsed.message();
  ASSERT_EQ(request.model(), row.name);
  const Order order = ToOrder(request);
  const auto violations = Validate(row, order);
  ASSERT_THAT(violations, ::testing::IsEmpty())
      << violations.front().field << " " << violations.front().message;

  const auto expected = nlohmann::json::parse(fal_json, nullptr, false);
  ASSERT_FALSE(expected.is_discarded()) << "the golden file is not JSON";
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

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, FalGetsWhatTheFileSays) {
  const fs::path base = fs::path(kRoot) / GetParam();
  const std::string folder = base.parent_path().filename().string();
  const auto row = std::ranges::find(TestCatalogue().rows(), folder, Folder);
  ASSERT_NE(row, TestCatalogue().rows().end()) << "no model has this folder";
  const std::string request = ReadFile(base.string() + std::string(kRequest));
  const std::string fal = ReadFile(base.string() + std::string(kFal));
  switch (row->kind) {
    case v1::MODEL_KIND_TEXT_TO_IMAGE:
      return Check<v1::TextToImageRequest>(*row, request, fal);
    case v1::MODEL_KIND_IMAGE_TO_IMAGE:
      return Check<v1::ImageToImageRequest>(*row, request, fal);
    case v1::MODEL_KIND_INPAINTING:
      return Check<v1::InpaintRequest>(*row, request, fal);
    case v1::MODEL_KIND_EDIT:
      return Check<v1::EditImageRequest>(*row, request, fal);
    default:
      FAIL() << "a kind without a request";
  }
}

INSTANTIATE_TEST_SUITE_P(Pairs, Golden, ::testing::ValuesIn(Cases(kRequest)),
                         [](const auto& test) { return TestName(test.param); });

TEST(GoldenFiles, ComeInPairs) {
  EXPECT_EQ(Cases(kRequest), Cases(kFal));
}

TEST(GoldenFiles, CoverEveryModel) {
  const auto cases = Cases(kRequest);
  for (const ModelRow& row : TestCatalogue().rows()) {
    for (const char* name : {"minimal", "full"}) {
      EXPECT_THAT(cases, ::testing::Contains(Folder(row) + "/" + name)) << "a new model needs this pair";
    }
  }
}

}  // namespace
}  // namespace flux::service

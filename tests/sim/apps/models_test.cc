// Every field of every model: there, with fal's default, at its edges and beyond them, of the wrong type,
// missing (fal-api §1), in the words of both generations of fal's framework (§3.2).
#include "sim/apps/models.h"

#include <gmock/gmock.h>

#include <map>

#include "sim/apps/validate.h"
#include "tests/sim/model_specs.h"

namespace flux::sim {
namespace {

constexpr const char* kPicture = "https://example.com/a.png";

class ModelTest : public testing::TestWithParam<Spec> {
 protected:
  // The minimal body with `value` in `field`.
  Given With(const FieldSpec& field, const Given& value) const {
    Given body = Minimal(GetParam(), kPicture);
    body[field.name] = value;
    return body;
  }
  Json Refused(const Given& body, Dialect dialect) const {
    Problems problems(dialect);
    Validate(*FindModel(GetParam().endpoint), body, problems);
    return problems.items();
  }
  void ExpectTaken(const FieldSpec& field, const Given& value) const {
    const Json items = Refused(With(field, value), Dialect::kPydantic2);
    EXPECT_TRUE(items.empty()) << field.name << " " << value << ": " << items;
  }
  // The first problem names the field and is of the type that each generation says.
  void ExpectRefused(const FieldSpec& field, const Given& body, const char* type1, const char* type2) const {
    for (const auto& [dialect, type] :
         {std::pair(Dialect::kPydantic1, type1), {Dialect::kPydantic2, type2}}) {
      const Json items = Refused(body, dialect);
      ASSERT_FALSE(items.empty()) << field.name << " " << body;
      EXPECT_EQ(items[0]["loc"][0], "body");
      EXPECT_EQ(items[0]["loc"][1], field.name);
      EXPECT_EQ(items[0]["type"], type) << field.name << " " << body;
      EXPECT_EQ(items[0].contains("input"), dialect == Dialect::kPydantic2);
      EXPECT_TRUE(items[0]["msg"].is_string());
    }
  }
};

TEST_P(ModelTest, HasTheseFieldsAndNoOthers) {
  const Model* const model = FindModel(GetParam().endpoint);
  ASSERT_NE(model, nullptr);
  std::vector<std::string> wanted, there;
  for (const FieldSpec& field : FieldsOf(GetParam())) wanted.push_back(field.name);
  for (const Field& field : model->fields) there.emplace_back(field.name);
  EXPECT_THAT(there, testing::UnorderedElementsAreArray(wanted));
}

TEST_P(ModelTest, FillsInFalsDefaults) {
  Problems problems(Dialect::kPydantic2);
  const Given body = Minimal(GetParam(), kPicture);
  Given wanted = body;
  for (const FieldSpec& field : FieldsOf(GetParam())) {
    if (!field.fallback.empty()) wanted[field.name] = Given::parse(field.fallback);
  }
  EXPECT_EQ(Validate(*FindModel(GetParam().endpoint), body, problems), wanted);
  EXPECT_TRUE(problems.empty()) << problems.items();
}

TEST_P(ModelTest, TakesTheEdges) {
  for (const FieldSpec& field : FieldsOf(GetParam())) {
    for (const std::string& choice : field.choices) ExpectTaken(field, choice);
    if (field.nullable) ExpectTaken(field, nullptr);
    for (const std::string& edge : {field.least, field.most}) {
      if (edge.empty()) continue;
      const Given number = Given::parse(edge);
      if (field.type == "int" || field.type == "num") ExpectTaken(field, number);
      if (field.type == "size") ExpectTaken(field, {{"width", number}, {"height", number}});
      if (field.type == "images") ExpectTaken(field, std::vector<std::string>(number, kPicture));
    }
    if (field.type == "size") {
      for (const char* preset :
           {"square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"}) {
        ExpectTaken(field, preset);
      }
      ExpectTaken(field, Given::object());  // 512x512
    }
    if (field.type == "images") ExpectTaken(field, std::vector<std::string>(10, kPicture));
    if (field.type == "objects" && !field.most.empty()) {
      ExpectTaken(field, std::vector<Given>(std::stoul(field.most), Given{{"path", "x"}}));
    }
  }
}

TEST_P(ModelTest, RefusesWhatIsBeyond) {
  for (const FieldSpec& field : FieldsOf(GetParam())) {
    const bool whole = field.type == "int";
    if (field.type == "choice") {
      ExpectRefused(field, With(field, "other"), "value_error.const", "literal_error");
    }
    if (field.type == "int" || field.type == "num") {
      const double step = whole ? 1 : 0.001;
      const auto beyond = [&](const std::string& edge, double by) {
        const double value = std::stod(edge) + by;
        return With(field, whole ? Given(static_cast<int>(value)) : Given(value));
      };
      if (!field.least.empty()) {
        ExpectRefused(field, beyond(field.least, -step), "value_error.number.not_ge", "greater_than_equal");
      }
      if (!field.most.empty()) {
        ExpectRefused(field, beyond(field.most, step), "value_error.number.not_le", "less_than_equal");
      }
    }
    if (field.type == "size") {
      const int least = field.least.empty() ? 1 : std::stoi(field.least);
      const int most = field.most.empty() ? 14142 : std::stoi(field.most);
      ExpectRefused(field, With(field, {{"width", 0}}), "value_error.number.not_gt", "greater_than");
      if (least > 1) {
        ExpectRefused(field, With(field, {{"height", least - 1}}), "value_error.number.not_ge",
                      "greater_than_equal");
      }
      ExpectRefused(field, With(field, {{"height", most + 1}}), "value_error.number.not_le",
                    "less_than_equal");
      ExpectRefused(field, With(field, "16:9"), "type_error.dict", "model_attributes_type");
      if (field.fallback != R"("auto")") {
        ExpectRefused(field, With(field, "auto"), "type_error.dict", "model_attributes_type");
      }
    }
    if (field.type == "images") {
      ExpectRefused(field, With(field, Given::array()), "value_error.list.min_items", "too_short");
      if (!field.most.empty()) {
        ExpectRefused(field, With(field, std::vector<std::string>(std::stoul(field.most) + 1, kPicture)),
                      "value_error.list.max_items", "too_long");
      }
    }
    if (field.type == "objects" && !field.most.empty()) {
      ExpectRefused(field, With(field, std::vector<Given>(std::stoul(field.most) + 1, Given{{"path", "x"}})),
                    "value_error.list.max_items", "too_long");
    }
  }
}

TEST_P(ModelTest, RefusesWrongTypes) {
  struct Wrong {
    Given value;
    const char* type1;
    const char* type2;
  };
  const std::map<std::string, Wrong> wrong = {
      {"text", {7, "type_error.str", "string_type"}},
      {"image", {Given::array(), "type_error.str", "string_type"}},
      {"int", {"many", "type_error.integer", "int_parsing"}},
      {"num", {Given::object(), "type_error.float", "float_type"}},
      {"bool", {"perhaps", "type_error.bool", "bool_parsing"}},
      {"choice", {2, "value_error.const", "literal_error"}},
      {"size", {Given::array(), "type_error.dict", "model_attributes_type"}},
      {"images", {kPicture, "type_error.list", "list_type"}},
      {"object", {7, "type_error.dict", "model_attributes_type"}},
      {"objects", {{7}, "type_error.dict", "model_attributes_type"}},
  };
  for (const FieldSpec& field : FieldsOf(GetParam())) {
    const Wrong& row = wrong.at(field.type);
    ExpectRefused(field, With(field, row.value), row.type1, row.type2);
  }
}

TEST_P(ModelTest, MissesWhatIsRequired) {
  for (const FieldSpec& field : FieldsOf(GetParam())) {
    if (!field.required) continue;
    Given body = Minimal(GetParam(), kPicture);
    body.erase(field.name);
    ExpectRefused(field, body, "value_error.missing", "missing");
    EXPECT_EQ(Refused(body, Dialect::kPydantic2).size(), 1U);
  }
}

TEST_P(ModelTest, IgnoresWhatItDoesNotKnow) {
  Given body = Minimal(GetParam(), kPicture);
  body["finetune_ids"] = {1, 2};
  body["width"] = "wide";
  EXPECT_TRUE(Refused(body, Dialect::kPydantic2).empty());
}

INSTANTIATE_TEST_SUITE_P(All, ModelTest, testing::ValuesIn(Specs()),
                         [](const auto& row) { return TestName(row.param.endpoint); });

TEST(ModelsTest, AreThoseOfTheDocument) {
  std::vector<std::string> wanted, there;
  for (const Spec& spec : Specs()) wanted.push_back(spec.endpoint);
  for (const Model& model : Models()) there.emplace_back(model.endpoint);
  EXPECT_THAT(there, testing::UnorderedElementsAreArray(wanted));
}

TEST(ModelsTest, WhatFalDoesNotHaveIsNotThere) {
  for (const char* endpoint :
       {"fal-ai/flux", "fal-ai/flux/dev/inpainting", "blackforestlabs/flux-3", "fal-ai/flux-2/pro",
        "fal-ai/flux-2-turbo", "fal-ai/flux-pro/v1", "fal-ai/flux-kontext"}) {
    EXPECT_EQ(FindModel(endpoint), nullptr) << endpoint;
  }
}

}  // namespace
}  // namespace flux::sim

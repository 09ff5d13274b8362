// The exact bodies of fal-api §3.2, in both dialects.
#include "sim/apps/problems.h"

#include <gtest/gtest.h>

#include "sim/apps/models.h"
#include "sim/apps/validate.h"

namespace flux::sim {
namespace {

std::string Refuse(Dialect dialect, const char* endpoint, const char* body) {
  Problems problems(dialect);
  Validate(*FindModel(endpoint), Given::parse(body), problems);
  return Text(problems.items());
}

TEST(Pydantic1Test, SaysItAsSeen) {
  EXPECT_EQ(Refuse(Dialect::kPydantic1, "fal-ai/flux/schnell", R"({"num_inference_steps":28})"),
            R"([{"loc":["body","prompt"],"msg":"field required","type":"value_error.missing"},)"
            R"({"loc":["body","num_inference_steps"],"msg":"ensure this value is less than or equal to 12",)"
            R"("type":"value_error.number.not_le","ctx":{"limit_value":12}}])");
}

TEST(Pydantic1Test, ImageSizeHasOneEntryPerBranch) {
  const Given items =
      Given::parse(Refuse(Dialect::kPydantic1, "fal-ai/flux/dev", R"({"prompt":"x","image_size":"16:9"})"));
  ASSERT_EQ(items.size(), 2U);
  for (const Given& item : items) EXPECT_EQ(item["loc"], Given({"body", "image_size"}));
  EXPECT_EQ(items[0]["type"], "type_error.dict");
  EXPECT_EQ(items[0]["msg"], "value is not a valid dict");
  EXPECT_EQ(items[1]["type"], "value_error.const");
  EXPECT_EQ(
      items[1]["msg"],
      "unexpected value; permitted: 'square_hd', 'square', 'portrait_4_3', 'portrait_16_9', 'landscape_4_3', "
      "'landscape_16_9'");
  EXPECT_EQ(items[1]["ctx"]["given"], "16:9");
  EXPECT_EQ(items[1]["ctx"]["permitted"].size(), 6U);
}

TEST(TooFewTest, IsSaidInBothDialects) {
  const char* const body = R"({"prompt":"x","image_urls":[]})";
  EXPECT_EQ(Refuse(Dialect::kPydantic1, "fal-ai/flux-2/edit", body),
            R"([{"loc":["body","image_urls"],"msg":"ensure this value has at least 1 items",)"
            R"("type":"value_error.list.min_items","ctx":{"limit_value":1}}])");
  EXPECT_EQ(Refuse(Dialect::kPydantic2, "fal-ai/flux-2/edit", body),
            R"([{"type":"too_short","loc":["body","image_urls"],)"
            R"("msg":"List should have at least 1 item after validation, not 0","input":[],)"
            R"("ctx":{"field_type":"List","min_length":1,"actual_length":0}}])");
}

TEST(Pydantic1Test, NullIsNotAllowed) {
  EXPECT_EQ(
      Refuse(Dialect::kPydantic1, "fal-ai/flux/dev", R"({"prompt":null})"),
      R"([{"loc":["body","prompt"],"msg":"none is not an allowed value","type":"type_error.none.not_allowed"}])");
}

TEST(Pydantic2Test, SaysItAsSeen) {
  EXPECT_EQ(
      Refuse(Dialect::kPydantic2, "fal-ai/flux/dev/image-to-image", R"({"prompt":"x"})"),
      R"([{"type":"missing","loc":["body","image_url"],"msg":"Field required","input":{"prompt":"x"}}])");
  EXPECT_EQ(Refuse(Dialect::kPydantic2, "fal-ai/flux/schnell", R"({"prompt":"x","num_inference_steps":28})"),
            R"([{"type":"less_than_equal","loc":["body","num_inference_steps"],)"
            R"("msg":"Input should be less than or equal to 12","input":28,"ctx":{"le":12}}])");
}

TEST(Pydantic2Test, ImageSizeHasOneEntryPerBranch) {
  EXPECT_EQ(
      Refuse(Dialect::kPydantic2, "fal-ai/flux/dev", R"({"prompt":"x","image_size":"16:9"})"),
      R"([{"type":"model_attributes_type","loc":["body","image_size","ImageSize"],)"
      R"("msg":"Input should be a valid dictionary or object to extract fields from","input":"16:9"},)"
      R"({"type":"literal_error","loc":["body","image_size",)"
      R"("literal['square_hd','square','portrait_4_3','portrait_16_9','landscape_4_3','landscape_16_9']"],)"
      R"("msg":"Input should be 'square_hd', 'square', 'portrait_4_3', 'portrait_16_9', 'landscape_4_3' or )"
      R"('landscape_16_9'","input":"16:9","ctx":{"expected":"'square_hd', 'square', 'portrait_4_3', )"
      R"('portrait_16_9', 'landscape_4_3' or 'landscape_16_9'"}}])");
}

TEST(Pydantic2Test, FractionsAreWrittenAsFractions) {
  EXPECT_EQ(Refuse(Dialect::kPydantic2, "fal-ai/flux/dev/image-to-image",
                   R"({"prompt":"x","image_url":"https://e.x/i","strength":0})"),
            R"([{"type":"greater_than_equal","loc":["body","strength"],)"
            R"("msg":"Input should be greater than or equal to 0.01","input":0,"ctx":{"ge":0.01}}])");
}

TEST(ProblemsTest, AreAllTold) {
  const Given items = Given::parse(Refuse(
      Dialect::kPydantic2, "fal-ai/flux-lora/inpainting",
      R"({"num_images":9,"guidance_scale":"much","sync_mode":[],"output_format":"jpg","loras":[{},1]})"));
  std::vector<std::string> types;
  for (const Given& item : items) types.push_back(item["type"]);
  EXPECT_EQ(types, (std::vector<std::string>{"missing", "missing", "missing", "float_parsing", "missing",
                                             "model_attributes_type", "less_than_equal", "bool_type",
                                             "literal_error"}));
}

TEST(ProblemsTest, AreBounded) {
  Problems problems(Dialect::kPydantic2);
  Given body = {{"prompt", "x"}, {"image_url", "u"}, {"mask_url", "m"}, {"loras", Given::array()}};
  for (int i = 0; i < 1000; ++i) body["loras"].push_back(i);
  Validate(*FindModel("fal-ai/flux-lora/inpainting"), body, problems);
  EXPECT_EQ(problems.items().size(), kMostProblems);
}

}  // namespace
}  // namespace flux::sim

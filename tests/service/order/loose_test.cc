// What the service makes of loosely said pictures, tolerances and extras: what fal gets, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "order_fixture.h"
#include "service/order/data_uri.h"
#include "service/order/tolerance.h"
#include "service/order/validate.h"
#include "service/order/validate_extra.h"

namespace flux::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AppendDataUri, WritesOneForm) {
  for (const char* said :
       {"data:image/png;base64,iVBORw0KGgo=", "data:;base64,iVBORw0KGgo=",
        "DATA:IMAGE/PNG;BASE64,iVBORw0KGgo=", "data:image/jpeg;name=a,b.jpg;base64,iVBORw0KGgo=",
        " data:text/html;base64,iVBO Rw0K\r\nGgo=\n"}) {
    std::string out;
    AppendDataUri(said, out);
    EXPECT_EQ(out, "data:image/png;base64,iVBORw0KGgo=") << said;
  }
}

TEST(ToleranceText, IsItsDigits) {
  EXPECT_EQ(ToleranceText("6.0"), "6");
  EXPECT_EQ(ToleranceText(" 2 "), "2");
  EXPECT_EQ(ToleranceText("2.5"), "2.5");
  EXPECT_EQ(ToleranceText(".0"), ".0");
}

TEST(Tolerance, OnlyTheTextSixSwitchesACheckerOff) {
  const ModelRow& row = BuiltInRow("text-to-image/dev");
  for (const std::string_view said : {"6.0", " 6 ", "6 ", "+6", "06", "5", "true"}) {
    Order order = MinimalOrder(row);
    order.safety_tolerance = said;
    EXPECT_THAT(Validate(row, order), IsEmpty()) << said;
    EXPECT_FALSE(Sent(row, order).contains("enable_safety_checker")) << said;
  }
  Order order = MinimalOrder(row);
  order.safety_tolerance = "6";
  EXPECT_EQ(Sent(row, order)["enable_safety_checker"], false);
}

TEST(Tolerance, OfAModelsOwnIsSentAsDigits) {
  const ModelRow& row = BuiltInRow("text-to-image/pro");
  Order order = MinimalOrder(row);
  order.safety_tolerance = "6.0";
  EXPECT_THAT(Validate(row, order), IsEmpty());
  EXPECT_EQ(Sent(row, order)["safety_tolerance"], "6");
  order.safety_tolerance = "2.5";
  EXPECT_EQ(Validate(row, order).size(), 1u);
}

class LooseExtra : public testing::Test {
 protected:
  google::protobuf::Value& operator[](const char* name) { return (*extra_.mutable_fields())[name]; }
  Order Ordered() {
    Order order = MinimalOrder(row_);
    order.extra = &extra_;
    return order;
  }
  std::vector<Violation> Judged(bool warn = false) {
    Order order = Ordered();
    order.warn_of_unknown_extra = warn;
    return Validate(row_, order, TestCatalogue().known_names());
  }

  const ModelRow& row_ = BuiltInRow("inpainting/general");
  google::protobuf::Struct extra_;
};

TEST_F(LooseExtra, ReadsNumbersAndWhatIsNotSet) {
  (*this)["nag_scale"].set_string_value(" 3 ");
  (*this)["scheduler"].set_string_value("");
  (*this)["controlnets"].mutable_list_value()->add_values()->set_null_value({});
  ASSERT_THAT(Judged(), IsEmpty());
  const auto sent = Sent(row_, Ordered());
  EXPECT_EQ(sent["nag_scale"], 3);
  EXPECT_FALSE(sent.contains("scheduler"));
  EXPECT_FALSE(sent.contains("controlnets"));
  (*this)["nag_scale"].set_string_value("three");
  EXPECT_EQ(Judged().size(), 1u);
}

TEST_F(LooseExtra, ForeignNamesArePassedOverAndToldWhereItIsWanted) {
  (*this)["user"].set_string_value("u-1");
  (*this)["n"].set_number_value(1);
  (*this)["watermark"].set_bool_value(false);
  EXPECT_EQ(Judged(false).size(), 3u);
  EXPECT_THAT(Judged(true), IsEmpty());
  Order order = Ordered();
  EXPECT_THAT(PassedOver(row_, order, TestCatalogue().known_names()), IsEmpty());
  order.warn_of_unknown_extra = true;
  EXPECT_THAT(PassedOver(row_, order, TestCatalogue().known_names()),
              ElementsAre(HasSubstr("\"n\""), HasSubstr("\"user\"")));
  EXPECT_FALSE(Sent(row_, order).contains("user"));
}

TEST_F(LooseExtra, NamesThatAreNearlyKnownAreRefused) {
  for (const auto& [said, meant] : {std::pair{"numInferenceSteps", "num_inference_steps"},
                                    {"enable-safety-checker", "enable_safety_checker"},
                                    {"PROMPT", "prompt"},
                                    {"guidence_scale", "guidance_scale"},
                                    {"imageUrl", "image_url"},
                                    {"promt", "prompt"},
                                    {"image_sise", "image_size"},
                                    {"num_image", "num_images"},
                                    {"Seed", "seed"},
                                    {"SEED", "seed"},
                                    {"se_ed", "seed"},
                                    {"sede", "seed"},
                                    {"seeds", "seed"},
                                    {"lora", "loras"},
                                    {"Raw", "raw"},
                                    {"aspectRatio", "aspect_ratio"}}) {
    extra_.Clear();
    (*this)[said].set_number_value(1);
    EXPECT_THAT(Judged(true),
                ElementsAre(Violation{said, std::string("is not known; did you mean \"") + meant + "\"?"}));
  }
}

TEST_F(LooseExtra, ShortWordsOfOthersAreForeign) {
  for (const char* said :
       {"seen",      "need",    "send",  "speed", "draw",  "row",   "task",    "mark",   "tags",
        "size",      "n",       "user",  "model", "style", "steps", "quality", "stream", "response_format",
        "cfg_scale", "sampler", "width", "height"}) {
    extra_.Clear();
    (*this)[said].set_number_value(1);
    EXPECT_THAT(Judged(true), IsEmpty()) << said;
  }
}

TEST(LooseExtras, KnownToAnotherModelAreRefused) {
  const ModelRow& row = BuiltInRow("text-to-image/schnell");
  google::protobuf::Struct extra;
  (*extra.mutable_fields())["scheduler"].set_string_value("euler");
  Order order = MinimalOrder(row);
  order.extra = &extra;
  order.warn_of_unknown_extra = true;
  const auto violations = Validate(row, order, TestCatalogue().known_names());
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_THAT(violations[0].message, HasSubstr("is not taken by text-to-image/schnell"));
}

}  // namespace
}  // namespace flux::service

// What JSON clients really send: kind by kind, what a value means and what is refused.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gateway/doors/flux/flux.h"

namespace flux::gateway {
namespace {

nlohmann::json Parameters(const GenerationRequest& request) {
  std::string text;
  std::visit(
      [&text](const auto& typed) {
        EXPECT_TRUE(google::protobuf::util::MessageToJsonString(typed.parameters(), &text).ok());
      },
      request);
  return nlohmann::json::parse(text);
}

struct Row {
  const char* name;
  const char* body;        // members beside the prompt
  const char* parameters;  // proto JSON; null: refused
};

class LooseValues : public testing::TestWithParam<Row> {};

TEST_P(LooseValues, MeanWhatIsBeyondDoubt) {
  const std::string body = std::string(R"({"prompt":"x",)") + GetParam().body + "}";
  const Result<GenerationRequest> request = ParseFlux(v1::MODEL_KIND_TEXT_TO_IMAGE, "m", body);
  ASSERT_EQ(request.has_value(), GetParam().parameters != nullptr) << body;
  if (!request) return;
  nlohmann::json read = Parameters(*request);
  EXPECT_EQ(read, nlohmann::json::parse(GetParam().parameters));
}

INSTANTIATE_TEST_SUITE_P(
    Tolerances, LooseValues,
    testing::Values(
        Row{"TextSix", R"("safety_tolerance":"6")", R"({"safetyTolerance":"6"})"},
        Row{"NumberSix", R"("safety_tolerance":6)", R"({"safetyTolerance":"6.0"})"},
        Row{"FloatSix", R"("safety_tolerance":6.0)", R"({"safetyTolerance":"6.0"})"},
        Row{"SixWithSpace", R"("safety_tolerance":" 6 ")", R"({"safetyTolerance":" 6 "})"},
        Row{"NumberTwo", R"("safety_tolerance":2)", R"({"safetyTolerance":"2"})"},
        Row{"FloatTwo", R"("safety_tolerance":2.0)", R"({"safetyTolerance":"2.0"})"},
        Row{"Half", R"("safety_tolerance":2.5)", R"({"safetyTolerance":"2.5"})"},
        Row{"LongNumber", R"("safety_tolerance":-1.234567890123456e-300)",
            R"({"safetyTolerance":"-1.2345678901234"})"},
        Row{"True", R"("safety_tolerance":true)", R"({"safetyTolerance":"true"})"},
        Row{"False", R"("safety_tolerance":false)", "{}"}, Row{"Empty", R"("safety_tolerance":"")", "{}"},
        Row{"List", R"("safety_tolerance":["6"])", nullptr},
        Row{"CheckerZero", R"("enable_safety_checker":0)", nullptr},
        Row{"CheckerZeroText", R"("enable_safety_checker":"0")", nullptr},
        Row{"CheckerFalse", R"("enable_safety_checker":false)", R"({"enableSafetyChecker":false})"},
        Row{"CheckerFalseText", R"("enable_safety_checker":"false")", nullptr},
        Row{"CheckerFalseTextSpaced", R"("enable_safety_checker":" False\n")", nullptr},
        Row{"CheckerZeroFloat", R"("enable_safety_checker":0.0)", nullptr},
        Row{"CheckerOff", R"("enable_safety_checker":"off")", nullptr},
        Row{"CheckerList", R"("enable_safety_checker":[false])", nullptr},
        Row{"CheckerNull", R"("enable_safety_checker":null)", "{}"},
        Row{"CheckerOne", R"("enable_safety_checker":1)", R"({"enableSafetyChecker":true})"},
        Row{"CheckerEmpty", R"("enable_safety_checker":"")", "{}"},
        Row{"CheckerText", R"("enable_safety_checker":" True ")", R"({"enableSafetyChecker":true})"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Numbers, LooseValues,
    testing::Values(
        Row{"Count", R"("num_images":"2")", R"({"numImages":2})"},
        Row{"CountSpaced", R"("num_images":" 2\n")", R"({"numImages":2})"},
        Row{"CountFloatText", R"("num_images":"2.0")", R"({"numImages":2})"},
        Row{"CountFloat", R"("num_images":2.0)", R"({"numImages":2})"},
        Row{"CountHalf", R"("num_images":"2.5")", nullptr},
        Row{"CountWord", R"("num_images":"two")", nullptr}, Row{"CountTrue", R"("num_images":true)", nullptr},
        Row{"CountBelow", R"("num_images":"-1")", nullptr},
        Row{"CountHuge", R"("num_images":"99999999999999999999")", nullptr},
        Row{"CountHex", R"("num_images":"0x2")", nullptr}, Row{"CountZeroText", R"("num_images":"0")", "{}"},
        Row{"Number", R"("guidance_scale":" 7.5 ")", R"({"guidanceScale":7.5})"},
        Row{"NumberSigned", R"("guidance_scale":"+7")", R"({"guidanceScale":7})"},
        Row{"NumberPower", R"("guidance_scale":"1e1")", R"({"guidanceScale":10})"},
        Row{"NumberComma", R"("guidance_scale":"3,5")", nullptr},
        Row{"NumberNan", R"("guidance_scale":"nan")", nullptr},
        Row{"NumberTail", R"("guidance_scale":"3.5x")", nullptr},
        Row{"Boolean", R"("sync_mode":"false")", R"({"syncMode":false})"},
        Row{"BooleanPython", R"("sync_mode":"True")", R"({"syncMode":true})"},
        Row{"BooleanOne", R"("sync_mode":1)", R"({"syncMode":true})"},
        Row{"BooleanTwo", R"("sync_mode":2)", nullptr}, Row{"BooleanYes", R"("sync_mode":"yes")", nullptr},
        Row{"Lora", R"("loras":[{"path":" a/b ","scale":"0.5"}])",
            R"({"loras":[{"path":"a/b","scale":0.5}]})"},
        Row{"LoraWord", R"("loras":[{"path":"a/b","scale":"much"}])", nullptr}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    NotSet, LooseValues,
    testing::Values(
        Row{"EmptyTexts",
            R"("num_images":"","num_inference_steps":"","guidance_scale":" ","seed":"","output_format":"",
               "acceleration":"","negative_prompt":"","loras":"","raw":"","aspect_ratio":" ")",
            "{}"},
        Row{"Falses",
            R"("num_images":false,"guidance_scale":false,"seed":false,"output_format":false,"loras":false,
               "negative_prompt":false,"image_size":false,"image_url":false,"image_urls":false)",
            "{}"},
        Row{"UnknownNames", R"("negativePrompt":null,"user-id":null,"":null,"style":"","A B":"")", "{}"},
        Row{"LoraScale", R"("loras":[{"path":"a","scale":null,"name":""}])", R"({"loras":[{"path":"a"}]})"},
        Row{"LoraMembers", R"("loras":[null,{"path":"a"},"",false])", R"({"loras":[{"path":"a"}]})"},
        Row{"ListOfNothing", R"("image_urls":[null,""," "])", "{}"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Seeds, LooseValues,
    testing::Values(Row{"MinusOne", R"("seed":-1)", "{}"}, Row{"MinusOneText", R"("seed":" -1 ")", "{}"},
                    Row{"MinusOneFloat", R"("seed":-1.0)", "{}"}, Row{"MinusTwo", R"("seed":-2)", nullptr},
                    Row{"MinusTwoText", R"("seed":"-2")", nullptr},
                    Row{"MinusHalf", R"("seed":-0.5)", nullptr},
                    Row{"Text", R"("seed":" 42 ")", R"({"seed":"42"})"},
                    Row{"Exact", R"("seed":"18446744073709551615")", R"({"seed":"18446744073709551615"})"},
                    Row{"FloatText", R"("seed":"42.0")", R"({"seed":"42"})"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Sizes, LooseValues,
    testing::Values(Row{"Floats", R"("image_size":{"width":1024.0,"height":768.0})",
                        R"({"imageSize":{"dimensions":{"width":1024,"height":768}}})"},
                    Row{"Texts", R"("image_size":{"width":"1024","height":" 768 "})",
                        R"({"imageSize":{"dimensions":{"width":1024,"height":768}}})"},
                    Row{"Width", R"("image_size":{"width":768})",
                        R"({"imageSize":{"dimensions":{"width":768,"height":512}}})"},
                    Row{"Height", R"("image_size":{"height":768,"width":null})",
                        R"({"imageSize":{"dimensions":{"width":512,"height":768}}})"},
                    Row{"None", R"("image_size":{})",
                        R"({"imageSize":{"dimensions":{"width":512,"height":512}}})"},
                    Row{"NullBeside", R"("image_size":{"width":8,"height":9,"label":null})",
                        R"({"imageSize":{"dimensions":{"width":8,"height":9}}})"},
                    Row{"ZeroIsTheServicesToRefuse", R"("image_size":{"width":0})",
                        R"({"imageSize":{"dimensions":{"height":512}}})"},
                    Row{"Zero", R"("aspect_ratio":0,"image_size":-0.0)", "{}"},
                    Row{"ZeroText", R"("aspect_ratio":"0")", nullptr},
                    Row{"One", R"("aspect_ratio":1)", nullptr},
                    Row{"Half", R"("image_size":{"width":8.5})", nullptr},
                    Row{"Below", R"("image_size":{"width":-8})", nullptr},
                    Row{"Ratio", R"("aspect_ratio":" 16:9 ")", R"({"imageSize":{"aspectRatio":"16:9"}})"},
                    Row{"TheSameTwice", R"("aspect_ratio":"square","image_size":"square")",
                        R"({"imageSize":{"preset":"SIZE_PRESET_SQUARE"}})"}),
    [](const auto& row) { return row.param.name; });

TEST(LooseNames, OfFluxV1AreToldByTheirPublicName) {
  const Result<GenerationRequest> request =
      ParseFlux(v1::MODEL_KIND_IMAGE_TO_IMAGE, "m", R"({"prompt":"x","image":"https://a/b"})");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().violations,
            (std::vector<Violation>{{"image", "is not known; did you mean \"image_url\"?"}}));
}

TEST(LooseNames, GoToTheServiceWithWhatBecomesOfThem) {
  for (const UnknownFields unknown : {UnknownFields::kWarn, UnknownFields::kRefuse}) {
    const Result<GenerationRequest> request =
        ParseFlux(v1::MODEL_KIND_TEXT_TO_IMAGE, "m", R"({"prompt":"x","User-Id":7})", unknown);
    ASSERT_TRUE(request);
    const auto& parameters = std::get<v1::TextToImageRequest>(*request).parameters();
    EXPECT_EQ(parameters.extra().fields().at("User-Id").number_value(), 7);
    EXPECT_EQ(parameters.warn_of_unknown_extra(), unknown == UnknownFields::kWarn);
  }
}

TEST(LoosePictures, AreTrimmedAndToldApart) {
  const Result<GenerationRequest> request =
      ParseFlux(v1::MODEL_KIND_EDIT, "m",
                R"({"prompt":"x","image_urls":[" https://a/b\n",null,"\tDATA:;base64,AA== "]})");
  ASSERT_TRUE(request);
  const auto& images = std::get<v1::EditImageRequest>(*request).images();
  ASSERT_EQ(images.size(), 2);
  EXPECT_EQ(images[0].url(), "https://a/b");
  EXPECT_EQ(images[1].data_uri(), "DATA:;base64,AA==");
}

}  // namespace
}  // namespace flux::gateway

// OpenAI's fields: what each value becomes, and what is refused by which name.
#include "gateway/doors/openai/images_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kJson[] = "application/json";

Result<ImagesRequest> Read(const std::string& members, ImagesPath path = ImagesPath::kGenerations,
                           UnknownFields hints = UnknownFields::kWarn) {
  return ReadImagesRequest(path, kJson, "{" + members + "}", hints);
}

struct Fine {
  const char* name;
  const char* members;
  const char* fields;  // of today's JSON
};

class Values : public testing::TestWithParam<Fine> {};

TEST_P(Values, BecomeTodaysFields) {
  const Result<ImagesRequest> read = Read(GetParam().members);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->fields, json::parse(GetParam().fields));
  EXPECT_THAT(read->warnings, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Of, Values,
    testing::Values(
        Fine{"Prompt", R"("prompt":" a cat ")", R"({"prompt":" a cat "})"}, Fine{"Nothing", "", "{}"},
        Fine{"One", R"("n":1)", R"({"num_images":1})"},
        Fine{"Several", R"("n":"3")", R"({"num_images":3,"split_images":true})"},
        Fine{"SeveralAtOnce", R"("n":3,"split_images":false)", R"({"num_images":3,"split_images":false})"},
        Fine{"Size", R"("size":"1024x1536")", R"({"image_size":{"width":1024,"height":1536}})"},
        Fine{"SizeAuto", R"("size":"auto")", "{}"}, Fine{"SizeNull", R"("size":null)", "{}"},
        Fine{"SizeRatio", R"("size":"16:9")", R"({"image_size":"16:9"})"},
        Fine{"SizeName", R"("size":"landscape_4_3")", R"({"image_size":"landscape_4_3"})"},
        Fine{"Format", R"("output_format":"jpg")", R"({"output_format":"jpeg"})"},
        Fine{
            "Neutral",
            R"("quality":"auto","background":"opaque","moderation":"auto","output_compression":100,"user":"u")",
            "{}"},
        Fine{"FluxsOwn", R"("seed":7,"guidance_scale":2)", R"({"seed":7,"guidance_scale":2})"}),
    [](const auto& row) { return row.param.name; });

struct BadValue {
  const char* name;
  const char* members;
  const char* field;
};

class BadValues : public testing::TestWithParam<BadValue> {};

TEST_P(BadValues, AreRefusedByName) {
  const Result<ImagesRequest> read = Read(GetParam().members);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().reason, Reason::kInvalidField);
  EXPECT_EQ(read.error().violations.at(0).field, GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadValues,
    testing::Values(
        BadValue{"ModelNumber", R"("model":1)", "model"},
        BadValue{"PromptList", R"("prompt":["x"])", "prompt"}, BadValue{"NZero", R"("n":0)", "n"},
        BadValue{"NEleven", R"("n":11)", "n"}, BadValue{"NHalf", R"("n":1.5)", "n"},
        BadValue{"NTwice", R"("n":2,"num_images":2)", "n"}, BadValue{"SizeNumber", R"("size":1024)", "size"},
        BadValue{"SizeObject", R"("size":{"width":1})", "size"},
        BadValue{"SizeWord", R"("size":"big")", "size"}, BadValue{"SizeHalf", R"("size":"1024x")", "size"},
        BadValue{"SizeTwice", R"("size":"1x1","image_size":"square")", "size"},
        BadValue{"ResponseFormat", R"("response_format":"png")", "response_format"},
        BadValue{"Format", R"("output_format":"gif")", "output_format"},
        BadValue{"Compression", R"("output_compression":80)", "output_compression"},
        BadValue{"Quality", R"("quality":7)", "quality"}, BadValue{"Style", R"("style":"loud")", "style"},
        BadValue{"Background", R"("background":"transparent")", "background"},
        BadValue{"Moderation", R"("moderation":"off")", "moderation"},
        BadValue{"Fidelity", R"("input_fidelity":"medium")", "input_fidelity"},
        BadValue{"User", R"("user":{"id":1})", "user"}, BadValue{"Stream", R"("stream":"maybe")", "stream"},
        BadValue{"StreamOfUrls", R"("stream":true,"response_format":"url")", "response_format"},
        BadValue{"Partial", R"("stream":true,"partial_images":4)", "partial_images"},
        BadValue{"Svg", R"("svg":{"model":"x"})", "svg"},
        BadValue{"Frames", R"("frame_count":2)", "frame_count"},
        BadValue{"ImageAtGenerations", R"("image":"https://a.example/a.png")", "image"},
        BadValue{"MaskAtGenerations", R"("mask":"x")", "mask"}),
    [](const auto& row) { return row.param.name; });

TEST(ImagesRequestTest, WishesThatChangeNothingAreToldOrRefused) {
  const char* members = R"("quality":"hd","style":"vivid","moderation":"low","complexity":"low")";
  const Result<ImagesRequest> told = Read(members);
  ASSERT_TRUE(told.has_value());
  EXPECT_THAT(told->warnings, testing::ElementsAre(HasSubstr("quality"), HasSubstr("moderation"),
                                                   HasSubstr("style"), HasSubstr("complexity")));
  const Result<ImagesRequest> refused = Read(members, ImagesPath::kGenerations, UnknownFields::kRefuse);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().violations.size(), 4u);
}

TEST(ImagesRequestTest, EditsTakeReferencesInJson) {
  const Result<ImagesRequest> read =
      Read(R"("images":[{"image_url":"https://a.example/a.png"},"data:image/png;base64,AAAA"])",
           ImagesPath::kEdits);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_THAT(read->references,
              testing::ElementsAre("https://a.example/a.png", "data:image/png;base64,AAAA"));
  for (const char* bad : {R"("images":[{"file_id":"f"}])", R"("image":7)", R"("images":[[]])"}) {
    const Result<ImagesRequest> refused = Read(bad, ImagesPath::kEdits);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_THAT(refused.error().message, HasSubstr("file ids")) << bad;
  }
  EXPECT_FALSE(Read(R"("prompt":"x")", ImagesPath::kEdits).has_value()) << "no picture at all";
}

TEST(ImagesRequestTest, AMaskInJsonIsBytes) {
  const Result<ImagesRequest> read =
      Read(R"("image":"data:image/png;base64,QUJD","mask":{"image_url":"data:image/png;base64,REVG"})",
           ImagesPath::kEdits);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->mask, "DEF");
  EXPECT_THAT(read->images, testing::ElementsAre("ABC")) << "as bytes, so that extents can be compared";
  for (const char* mask : {R"("https://a.example/m.png")", R"("data:image/png;base64,*")", "{}", "[]"}) {
    EXPECT_FALSE(Read(std::string(R"("image":"https://a.example/a.png","mask":)") + mask, ImagesPath::kEdits)
                     .has_value())
        << mask;
  }
}

std::string Part(const std::string& head, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
}

Result<ImagesRequest> ReadForm(const std::string& parts, ImagesPath path = ImagesPath::kEdits) {
  return ReadImagesRequest(path, "multipart/form-data; boundary=b", parts + "--b--", UnknownFields::kWarn);
}

TEST(ImagesRequestTest, EditsTakeFilesOfAForm) {
  const Result<ImagesRequest> read = ReadForm(Part(R"(name="image[]"; filename="a.png")", "A") +
                                              Part(R"(name="image[]"; filename="b.png")", "B") +
                                              Part(R"(name="mask"; filename="m.png")", "M") +
                                              Part(R"(name="n")", "2") + Part(R"(name="prompt")", "x"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_THAT(read->images, testing::ElementsAre("A", "B"));
  EXPECT_EQ(read->mask, "M");
  EXPECT_EQ(read->fields, json::parse(R"({"prompt":"x","num_images":2,"split_images":true})"));
}

TEST(ImagesRequestTest, FormsWithTheWrongKindsOfParts) {
  const std::string image = Part(R"(name="image"; filename="a.png")", "A");
  EXPECT_THAT(ReadForm(image + Part(R"(name="prompt"; filename="p")", "x")).error().message,
              HasSubstr("prompt must be text"));
  EXPECT_THAT(ReadForm(image + Part("name=prompt", "x") + Part("name=prompt", "y")).error().message,
              HasSubstr("prompt is there twice"));
  EXPECT_THAT(ReadForm(image + Part("name=mask", "x")).error().message, HasSubstr("mask must be a file"));
  EXPECT_THAT(ReadForm(Part("name=prompt", "\xff") + image).error().message, HasSubstr("UTF-8"));
  EXPECT_THAT(ReadForm(image, ImagesPath::kGenerations).error().message, HasSubstr("/v1/images/edits"));
  EXPECT_THAT(ReadForm(Part(R"(name="image"; filename="")", "")).error().message,
              HasSubstr("image is required"));
  const std::string mask = Part(R"(name="mask"; filename="m")", "M");
  EXPECT_THAT(ReadForm(image + mask + mask).error().message, HasSubstr("mask is there twice"));
  EXPECT_EQ(ReadForm("").error().reason, Reason::kInvalidField);
}

TEST(ImagesRequestTest, BodiesThatAreNone) {
  const auto reason = [](const char* type, const char* body) {
    return ReadImagesRequest(ImagesPath::kGenerations, type, body, UnknownFields::kWarn).error().reason;
  };
  EXPECT_EQ(reason(kJson, "{"), Reason::kInvalidJson);
  EXPECT_EQ(reason(kJson, "[]"), Reason::kInvalidJson);
  EXPECT_EQ(reason("", "x"), Reason::kInvalidJson);
  EXPECT_EQ(reason("image/png", "x"), Reason::kUnsupportedMediaType);
  EXPECT_EQ(reason("multipart/form-data", "x"), Reason::kInvalidForm);
}

TEST(ImagesRequestTest, TheOrderIsOfTodaysReader) {
  ImagesRequest request;
  request.fields = {{"prompt", "x"}, {"seed", 7}};
  request.images = {"A", "B"};
  request.base64 = true;
  Result<GenerationRequest> order =
      OrderOf(request, v1::MODEL_KIND_EDIT, "edit/flux-2", UnknownFields::kWarn);
  ASSERT_TRUE(order.has_value()) << order.error().message;
  const auto& edit = std::get<v1::EditImageRequest>(*order);
  EXPECT_EQ(edit.model(), "edit/flux-2");
  EXPECT_EQ(edit.images_size(), 2);
  EXPECT_EQ(edit.images(1).data(), "B");
  EXPECT_EQ(edit.parameters().seed(), 7u);
  EXPECT_TRUE(edit.parameters().fetch_images());

  ImagesRequest several;
  several.images = {"A", "B"};
  EXPECT_EQ(OrderOf(several, v1::MODEL_KIND_IMAGE_TO_IMAGE, "m", UnknownFields::kWarn)
                .error()
                .violations.at(0)
                .field,
            "image");
  ImagesRequest unknown;
  unknown.fields = {{"guidance_scale", "much"}};
  EXPECT_EQ(OrderOf(unknown, v1::MODEL_KIND_TEXT_TO_IMAGE, "m", UnknownFields::kWarn)
                .error()
                .violations.at(0)
                .field,
            "guidance_scale");
}

}  // namespace
}  // namespace flux::gateway

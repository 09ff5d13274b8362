// fal's JSON both ways: numbers to the last digit, pictures once, hostile answers.
#include "service/fal/fal_json.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "tests/service/order/order_fixture.h"

namespace flux::service {
namespace {

using ::testing::HasSubstr;

const ModelRow& Dev() {
  return *TestCatalogue().Find("text-to-image/dev", v1::MODEL_KIND_TEXT_TO_IMAGE);
}
const ModelRow& ImageToImage() {
  return *TestCatalogue().Find("image-to-image", v1::MODEL_KIND_IMAGE_TO_IMAGE);
}

// --- To fal
// ----------------------------------------------------------------------------------------------------------

TEST(ToFalJson, EncodesPicturesOfEveryLength) {
  for (std::size_t size = 8; size < 64; ++size) {
    v1::ImageInput image;
    image.set_data(kPngBytes + std::string(size - 8, '\xa5'));
    Order order = MinimalOrder(ImageToImage());
    order.image = &image;
    const auto sent = nlohmann::json::parse(ToFalJson(ImageToImage(), order));
    const std::string url = sent["image_url"];
    ASSERT_THAT(url, ::testing::StartsWith("data:image/png;base64,"));
    std::string decoded;
    ASSERT_TRUE(absl::Base64Unescape(url.substr(22), &decoded));
    EXPECT_EQ(decoded, image.data());
  }
}

TEST(ToFalJson, HoldsALargePictureOnce) {
  v1::ImageInput image;
  image.set_data(kPngBytes + std::string(8'000'000, 'x'));
  Order order = MinimalOrder(ImageToImage());
  order.image = &image;
  const std::string body = ToFalJson(ImageToImage(), order);
  EXPECT_LT(body.capacity(), image.data().size() * 4 / 3 + 4096) << "the string was reserved, not grown";
}

TEST(ToFalJson, WritesNumbersTheSameInEveryLocale) {
  // A locale with a decimal comma is not always installed; where it is, it must not show.
  const char* locale = std::setlocale(LC_ALL, "de_DE.UTF-8");
  Order order = MinimalOrder(Dev());
  order.guidance_scale = 3.5;
  order.seed = 1234567890;
  const std::string body = ToFalJson(Dev(), order);
  std::setlocale(LC_ALL, "C");
  EXPECT_THAT(body, HasSubstr("\"guidance_scale\":3.5")) << (locale ? locale : "C");
  EXPECT_THAT(body, HasSubstr("\"seed\":1234567890"));
}

TEST(ToFalJson, EncodesEveryPictureOfAList) {
  v1::EditImageRequest request;
  request.set_prompt("a cat");
  request.add_images()->set_url("https://example.com/a.png");
  request.add_images()->set_data(kPngBytes);
  request.add_images()->set_data_uri("data:image/gif;base64,R0lGODdh");
  const nlohmann::json sent = Sent(BuiltInRow("edit/flux-2"), ToOrder(request));
  EXPECT_EQ(
      sent.at("image_urls").dump(),
      R"(["https://example.com/a.png","data:image/png;base64,iVBORw0KGgo=","data:image/gif;base64,R0lGODdh"])");
}

TEST(ToFalJson, SendsLorasAsTheyAre) {
  LoraList loras;
  loras.Add()->set_path("https://example.com/a.safetensors");
  loras.Add()->set_path("owner/name");
  loras.Mutable(1)->set_scale(0);
  Order order = MinimalOrder(BuiltInRow("inpainting"));
  order.loras = &loras;
  EXPECT_EQ(Sent(BuiltInRow("inpainting"), order).at("loras").dump(),
            R"([{"path":"https://example.com/a.safetensors"},{"path":"owner/name","scale":0.0}])");
}

TEST(ToFalJson, SendsExtrasAsTheyAreAndWholeNumbersWithoutAPoint) {
  google::protobuf::Struct extra;
  auto& fields = *extra.mutable_fields();
  fields["nag_scale"].set_number_value(3);
  fields["nag_tau"].set_number_value(2.5);
  auto& control =
      *fields["controlnets"].mutable_list_value()->add_values()->mutable_struct_value()->mutable_fields();
  control["path"].set_string_value("quote \" and \n");
  control["end"].set_number_value(9007199254740992);
  control["mask"].set_null_value({});
  control["deep"].mutable_list_value()->add_values()->set_bool_value(true);
  control["deep"].mutable_list_value()->add_values()->set_number_value(1e300);
  const ModelRow& row = BuiltInRow("inpainting/general");
  Order order = MinimalOrder(row);
  order.extra = &extra;
  const std::string body = ToFalJson(row, order);
  EXPECT_THAT(body, HasSubstr(R"("nag_scale":3,"nag_tau":2.5)"));
  EXPECT_THAT(
      body,
      HasSubstr(
          R"("controlnets":[{"deep":[true,1e+300],"end":9007199254740992,"mask":null,"path":"quote \" and \n"}])"));
}

// --- From fal
// --------------------------------------------------------------------------------------------------------

Result<v1::Generation> Read(std::string body, int status = 200, std::string units = "") {
  v1::PriceEstimate estimate;
  estimate.set_micro_usd(25'000);
  estimate.set_units(1);
  estimate.set_unit(v1::PRICE_UNIT_MEGAPIXEL);
  fal::FalReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.request_id = "req-1";
  reply.billable_units = std::move(units);
  return FromFalJson(Dev().price, estimate, std::move(reply));
}

TEST(FromFalJson, ReadsFalsFullForm) {
  const auto result = Read(
      R"({"images":[{"url":"https://v3.fal.media/files/rabbit/X.png","width":1024,"height":768,"content_type":"image/jpeg",
          "file_name":"X.png","file_size":12345}],
          "timings":{"inference":1.2249955059960485},"seed":920212137,"has_nsfw_concepts":[false],"prompt":"a cat"})",
      200, "2");
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->images_size(), 1);
  const v1::GeneratedImage& image = result->images(0);
  EXPECT_EQ(image.url(), "https://v3.fal.media/files/rabbit/X.png");
  EXPECT_EQ(image.width(), 1024u);
  EXPECT_EQ(image.height(), 768u);
  EXPECT_EQ(image.content_type(), "image/jpeg");
  EXPECT_FALSE(image.nsfw());
  EXPECT_EQ(result->seed(), 920212137u);
  EXPECT_EQ(result->prompt(), "a cat");
  EXPECT_EQ(result->timings().inference().seconds(), 1);
  EXPECT_EQ(result->timings().inference().nanos(), 224995506);
  EXPECT_FALSE(result->timings().has_total());
  EXPECT_EQ(result->fal_request_id(), "req-1");
  EXPECT_EQ(result->price().micro_usd(), 50'000u);
  EXPECT_EQ(result->price().units(), 2);
}

TEST(FromFalJson, NeedsNothingButAUrl) {
  const auto result = Read(R"({"images":[{"url":"https://x/1"}]})");
  ASSERT_TRUE(result);
  const v1::GeneratedImage& image = result->images(0);
  EXPECT_FALSE(image.has_width());
  EXPECT_FALSE(image.has_height());
  EXPECT_EQ(image.content_type(), "");
  EXPECT_FALSE(result->has_seed());
  EXPECT_EQ(result->prompt(), "");
  EXPECT_FALSE(result->has_timings());
  EXPECT_EQ(result->price().micro_usd(), 25'000u);
}

TEST(FromFalJson, SurvivesTheWireWhateverTheHeadersHold) {
  fal::FalReply reply;
  reply.status = 200;
  reply.body = R"({"images":[{"url":"https://x/1"}]})";
  reply.request_id = "\xff\xfe";
  const auto result = FromFalJson(Dev().price, {}, std::move(reply));
  ASSERT_TRUE(result);
  EXPECT_TRUE(v1::Generation().ParseFromString(result->SerializeAsString()));
}

TEST(FromFalJson, KeepsSeedsExact) {
  for (const char* seed :
       {"0", "9007199254740993", "196619188014358660", "9223372036854775808", "18446744073709551615"}) {
    const auto result = Read(R"({"images":[{"url":"https://x/1"}],"seed":)" + std::string(seed) + "}");
    ASSERT_TRUE(result);
    EXPECT_EQ(std::to_string(result->seed()), seed);
  }
  for (const char* seed : {"-1", "1.5", "18446744073709551616", "1e30", "null", "\"7\"", "[]"}) {
    const auto result = Read(R"({"images":[{"url":"https://x/1"}],"seed":)" + std::string(seed) + "}");
    ASSERT_TRUE(result) << seed;
    EXPECT_FALSE(result->has_seed()) << seed;
  }
}

TEST(FromFalJson, PairsFlagsWithPicturesByPlace) {
  const auto result = Read(
      R"({"images":[{"url":"https://x/0"},{"no":"url"},{"url":"https://x/2"},{"url":"https://x/3"}],"has_nsfw_concepts":[false,false,true]})");
  ASSERT_TRUE(result);
  ASSERT_EQ(result->images_size(), 3) << "one picture that cannot be read does not cost the others";
  EXPECT_FALSE(result->images(0).nsfw());
  EXPECT_TRUE(result->images(1).nsfw());
  EXPECT_EQ(result->images(1).url(), "https://x/2");
  EXPECT_FALSE(result->images(2).nsfw()) << "a short list leaves the rest unflagged";
}

TEST(FromFalJson, KnowsFlagsByBothNames) {
  const auto result = Read(
      R"({"images":[{"url":"https://x/0"},{"url":"https://x/1"}],"nsfw_content_detected":[false,true]})");
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->images(0).nsfw());
  EXPECT_TRUE(result->images(1).nsfw());
}

TEST(FromFalJson, DecodesPicturesHandedOverInline) {
  const auto result = Read(
      R"({"images":[{"url":"data:image/png;base64,iVBORw0KGgo=","width":8.0,"height":8.4},
          {"url":"data:image/jpeg;base64,/9j/","content_type":"image/pjpeg"}]})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->images(0).data(), kPngBytes);
  EXPECT_EQ(result->images(0).content_type(), "image/png");
  EXPECT_EQ(result->images(0).width(), 8u);
  EXPECT_EQ(result->images(0).height(), 8u);
  EXPECT_EQ(result->images(1).data(), "\xff\xd8\xff");
  EXPECT_EQ(result->images(1).content_type(), "image/pjpeg") << "what fal says beats the URI";
}

TEST(FromFalJson, ReadsAnAppThatMakesOnePictureAndCallsItSo) {
  const auto result =
      Read(R"({"image":{"url":"https://x/1","width":900},"caption":"a boat","seed":3,"timings":{}})");
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->images_size(), 1);
  EXPECT_EQ(result->images(0).width(), 900u);
  EXPECT_EQ(result->seed(), 3u);
  for (const char* body : {R"({"image":null})", R"({"image":"https://x/1"})", R"({"image":{}})"}) {
    EXPECT_FALSE(Read(body)) << body;
  }
}

TEST(FromFalJson, LeavesOutWhatHasTheWrongType) {
  for (const char* rest : {R"("width":null,"height":null)", R"("width":"1024","height":[])",
                           R"("width":-1,"height":0)", R"("width":4294967296,"height":1e300)",
                           R"("width":true,"height":{})", R"("content_type":5,"width":0.2)"}) {
    const auto result = Read(std::string(R"({"images":[{"url":"https://x/1",)") + rest +
                             R"(}],"prompt":null,"timings":[1],"has_nsfw_concepts":"yes","seed":{}})");
    ASSERT_TRUE(result) << rest;
    EXPECT_FALSE(result->images(0).has_width()) << rest;
    EXPECT_FALSE(result->images(0).has_height()) << rest;
    EXPECT_EQ(result->images(0).content_type(), "");
    EXPECT_FALSE(result->images(0).nsfw());
    EXPECT_EQ(result->prompt(), "");
  }
  for (const char* timings :
       {"{}", "null", "5", R"({"inference":null})", R"({"inference":-1})", R"({"inference":1e300})",
        R"({"inference":"1.2"})", R"({"inference":{"deep":1}})"}) {
    const auto result = Read(std::string(R"({"images":[{"url":"https://x/1"}],"timings":)") + timings + "}");
    ASSERT_TRUE(result) << timings;
    EXPECT_FALSE(result->has_timings()) << timings;
  }
  for (const char* flags : {"null", "{}", "[]", "[null]", "[1]", "[\"true\"]", "[[true]]"}) {
    const auto result =
        Read(std::string(R"({"images":[{"url":"https://x/1"}],"has_nsfw_concepts":)") + flags + "}");
    ASSERT_TRUE(result) << flags;
    EXPECT_FALSE(result->images(0).nsfw()) << flags;
  }
}

struct Hostile {
  const char* name;
  std::string body;
  Reason reason;

  // Keeps addresses out of the tests' names.
  friend void PrintTo(const Hostile& one, std::ostream* out) { *out << one.name; }
};

std::string Nested(std::size_t levels) {
  return R"({"images":[{"url":"https://x/1"}],"x":)" + std::string(levels, '[') + std::string(levels, ']') +
         "}";
}

const Hostile kHostile[] = {
    {"Empty", "", Reason::kUpstreamProtocol},
    {"Html", "<html><title>502</title></html>", Reason::kUpstreamProtocol},
    {"Cut", R"({"images":[{"url":"https://x/1"})", Reason::kUpstreamProtocol},
    {"Trailing", R"({"images":[{"url":"https://x/1"}]} x)", Reason::kUpstreamProtocol},
    {"TwoValues", R"({"images":[]}{"images":[]})", Reason::kUpstreamProtocol},
    {"NotUtf8", "{\"images\":[{\"url\":\"https://x/\xff\"}]}", Reason::kUpstreamProtocol},
    {"Nan", R"({"images":[{"url":"https://x/1","width":NaN}]})", Reason::kUpstreamProtocol},
    {"HugeNumber", R"({"images":[{"url":"https://x/1"}],"seed":1e999})", Reason::kUpstreamProtocol},
    {"Null", "null", Reason::kUpstreamProtocol},
    {"Array", "[]", Reason::kUpstreamProtocol},
    {"Text", "\"images\"", Reason::kUpstreamProtocol},
    {"ImagesText", R"({"images":"https://x/1"})", Reason::kUpstreamProtocol},
    {"ImagesObject", R"({"images":{"url":"https://x/1"}})", Reason::kUpstreamProtocol},
    {"ImagesNumbers", R"({"images":[1,2]})", Reason::kUpstreamProtocol},
    {"ImagesNulls", R"({"images":[null]})", Reason::kUpstreamProtocol},
    {"ImageWithoutUrl", R"({"images":[{}]})", Reason::kUpstreamProtocol},
    {"UrlNull", R"({"images":[{"url":null}]})", Reason::kUpstreamProtocol},
    {"UrlEmpty", R"({"images":[{"url":""}]})", Reason::kUpstreamProtocol},
    {"UrlScript", R"({"images":[{"url":"javascript:alert"}]})", Reason::kUpstreamProtocol},
    {"UrlRelative", R"({"images":[{"url":"/files/1.png"}]})", Reason::kUpstreamProtocol},
    {"DataUriBare", R"({"images":[{"url":"data:"}]})", Reason::kUpstreamProtocol},
    {"DataUriShort", R"({"images":[{"url":"data:;base64,"}]})", Reason::kUpstreamProtocol},
    {"DataUriHeadCut", R"({"images":[{"url":"data:base64,AAAA"}]})", Reason::kUpstreamProtocol},
    {"DataUriNotBase64", R"({"images":[{"url":"data:image/png;base64,???"}]})", Reason::kUpstreamProtocol},
    {"DataUriPlain", R"({"images":[{"url":"data:image/png,AAAA"}]})", Reason::kUpstreamProtocol},
    {"Deep65", Nested(65), Reason::kUpstreamProtocol},
    {"Deep100000", Nested(100'000), Reason::kUpstreamProtocol},
    {"DeepObjects",
     R"({"images":)" +
         [] {
           std::string open;
           for (int i = 0; i < 50'000; ++i) open += R"({"a":)";
           return open;
         }(),
     Reason::kUpstreamProtocol},
    {"EmptyObject", "{}", Reason::kUpstreamNoImages},
    {"ImagesAbsent", R"({"seed":1,"prompt":"x"})", Reason::kUpstreamNoImages},
    {"ImagesNull", R"({"images":null})", Reason::kUpstreamNoImages},
    {"ImagesEmpty", R"({"images":[]})", Reason::kUpstreamNoImages},
    {"ErrorDressedAsSuccess", R"({"detail":"something broke","type":"internal_error"})",
     Reason::kUpstreamNoImages},
    {"ConcurrencyLimit",
     R"({"detail":"Reached concurrent requests limit of 20","type":"concurrent_requests_limit","data":{"limit":20}})",
     Reason::kUpstreamThrottled},
};

class HostileBody : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileBody, BecomesAStatus) {
  const auto result = Read(GetParam().body);
  ASSERT_FALSE(result);
  EXPECT_EQ(RowOf(result.error().reason).name, RowOf(GetParam().reason).name);
  EXPECT_EQ(result.error().billed, RowOf(GetParam().reason).billed);
  ASSERT_TRUE(result.error().upstream);
  EXPECT_EQ(result.error().upstream->http_status, 200);
  EXPECT_EQ(result.error().upstream->request_id, "req-1");
  EXPECT_EQ(result.error().upstream->body.empty(), GetParam().reason == Reason::kUpstreamProtocol)
      << "nothing of an unreadable body is shown";
}

INSTANTIATE_TEST_SUITE_P(FromFalJson, HostileBody, ::testing::ValuesIn(kHostile),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(FromFalJson, ReadsDownToTheDepthLimit) {
  EXPECT_TRUE(Read(Nested(60)));
  std::string wide = "0";
  for (int i = 0; i < 40'000; ++i) wide += ",[]";
  EXPECT_TRUE(Read(R"({"images":[{"url":"https://x/1"}],"a":[)" + wide + "]}")) << "wide is not deep";
}

TEST(FromFalJson, KnowsWhetherAnUnreadableSuccessWasBilled) {
  EXPECT_EQ(Read("junk", 200, "0").error().billed, Billed::kNo);
  EXPECT_EQ(Read("junk", 200, "1").error().billed, Billed::kYes);
  EXPECT_EQ(Read("{}", 200, "0").error().billed, Billed::kNo);
  EXPECT_EQ(Read("{}", 200, "1").error().billed, Billed::kYes);
}

TEST(FromFalJson, ClassifiesFailures) {
  const auto result = Read(R"({"images":[{"url":"https://x/1"}]})", 503);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, Reason::kUpstreamBusy);
  EXPECT_TRUE(Read(R"({"images":[{"url":"https://x/1"}]})", 201));
}

}  // namespace
}  // namespace flux::service

// What clients of today's service really send, kind by kind: rows beside those of the public bug reports,
// from the request to what fal is sent. Kinds that need a socket are in tests/gateway/http and tests/e2e.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/today/reading.h"

namespace flux::today {
namespace {

using std::string_literals::operator""s;

constexpr char kImage[] = "image-to-image";
constexpr char kInpaint[] = "inpainting";
constexpr char kGeneral[] = "inpainting/general";
constexpr char kEdit[] = "edit/flux-2";

struct KindRow {
  std::string name;
  Sent sent;
  int status = 200;
  std::string said = {};       // a part of the reply's body
  std::string meaning = "{}";  // members of what is bought
};

void PrintTo(const KindRow& row, std::ostream* out) {
  *out << row.name << ": " << row.sent.body.substr(0, 200);
}

class Kinds : public testing::TestWithParam<KindRow> {};

TEST_P(Kinds, AreReadAsMeant) {
  const Answer answer = Reading().Read(GetParam().sent);
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_THAT(answer.body, testing::HasSubstr(GetParam().said));
  EXPECT_EQ(answer.meaning.is_null(), answer.status != 200) << "what is refused is not bought";
  const Meaning wanted = Meaning::parse(GetParam().meaning);
  for (const auto& [name, value] : wanted.items()) {
    EXPECT_EQ(answer.meaning.value(name, Meaning()), value) << name << " of " << answer.meaning;
  }
}

// A body with a prompt and these members.
Sent With(const char* model, const std::string& members) {
  return {.model = model, .body = R"({"prompt":"fox",)" + members + "}"};
}

Sent Raw(std::string body, std::string type = "application/json", std::string coding = {}) {
  return {.model = kDev, .body = std::move(body), .type = std::move(type), .coding = std::move(coding)};
}

Sent Picture(const std::string& url) {
  return With(kImage, R"("image_url":")" + url + '"');
}

const auto kName = [](const testing::TestParamInfo<KindRow>& row) { return row.param.name; };
const std::string kFox = R"({"prompt":"fox"})";
const std::string kPng = "iVBORw0KGgo=";

INSTANTIATE_TEST_SUITE_P(Nul, Kinds,
                         testing::Values(KindRow{"First", Raw("\0"s + kFox), 400, "NUL"},
                                         KindRow{"Last", Raw(kFox + "\0"s), 400, "NUL"},
                                         KindRow{"AfterAFeed", Raw(kFox + "\n\0\n"s), 400, "NUL"},
                                         KindRow{"BetweenTokens", Raw("{\0\"prompt\":\"fox\"}"s), 400, "NUL"},
                                         KindRow{"InAWord", Raw("{\"prompt\":\"f\0x\"}"s), 400, "NUL"},
                                         KindRow{"InAName", Raw("{\"prompt\0\":\"fox\"}"s), 400, "NUL"},
                                         KindRow{"AfterANumber", Raw("{\"prompt\":\"fox\",\"seed\":1\0}"s),
                                                 400, "NUL"},
                                         KindRow{"Escaped", Raw(R"({"prompt":"f\u0000x"})"), 422, "prompt"},
                                         KindRow{"UnderAnyType", Raw(kFox + "\0"s, "text/html"), 415, "NUL"}),
                         kName);

INSTANTIATE_TEST_SUITE_P(
    Tolerance, Kinds,
    testing::Values(
        KindRow{"Text", With(kDev, R"("safety_tolerance":"6")"), 200, "", R"({"checker":false})"},
        KindRow{"Power", With(kDev, R"("safety_tolerance":6e0)"), 200, "", R"({"checker":true})"},
        KindRow{"Tenths", With(kDev, R"("safety_tolerance":0.6e1)"), 200, "", R"({"checker":true})"},
        KindRow{"Minus", With(kSchnell, R"("safety_tolerance":-6)"), 200, "", R"({"checker":true})"},
        KindRow{"True", With(kDev, R"("safety_tolerance":true)"), 200, "", R"({"checker":true})"},
        KindRow{"TextFloat", With(kDev, R"("safety_tolerance":"6.0")"), 200, "", R"({"checker":true})"},
        KindRow{"TextFeed", With(kDev, R"("safety_tolerance":"6\n")"), 200, "", R"({"checker":true})"},
        KindRow{"WideSix", With(kDev, R"("safety_tolerance":"\uff16")"), 200, "", R"({"checker":true})"},
        KindRow{"Picture", With(kImage, R"("image_url":"https://example.com/a.png","safety_tolerance":6)"),
                200, "", R"({"checker":true})"},
        KindRow{"Pro", With(kPro, R"("safety_tolerance":6)"), 200, "", R"({"tolerance":"6"})"},
        KindRow{"ProHalf", With(kPro, R"("safety_tolerance":5.5)"), 422, "safety_tolerance"},
        KindRow{"FalseText", With(kDev, R"("enable_safety_checker":"false")"), 422, "neither text nor 0"},
        KindRow{"FalseShouted", With(kDev, R"("enable_safety_checker":"FALSE")"), 422, "neither text nor 0"},
        KindRow{"ZeroText", With(kDev, R"("enable_safety_checker":"0")"), 422, "neither text nor 0"},
        KindRow{"False", With(kDev, R"("enable_safety_checker":false)"), 200, "", R"({"checker":false})"},
        KindRow{"TrueText", With(kDev, R"("enable_safety_checker":"TRUE")"), 200, "", R"({"checker":true})"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Numbers, Kinds,
    testing::Values(
        KindRow{"CountTabs", With(kDev, R"("num_images":"\t3\r\n")"), 200, "", R"({"num_images":3})"},
        KindRow{"CountPower", With(kDev, R"("num_images":"2e0")"), 200, "", R"({"num_images":2})"},
        KindRow{"StepsFloatText", With(kSchnell, R"("num_inference_steps":"8.0")"), 200, "",
                R"({"steps":8})"},
        KindRow{"StepsRange", With(kSchnell, R"("num_inference_steps":" 28 ")"), 422, "1 to 12"},
        KindRow{"GuidancePoint", With(kPro, R"("guidance_scale":"+.5e1")"), 200, "", R"({"guidance":5})"},
        KindRow{"GuidanceRange", With(kDev, R"("guidance_scale":"1e999")"), 422, "1 to 20"},
        KindRow{"GuidanceHex", With(kDev, R"("guidance_scale":"0x3")"), 422, "must be a number"},
        KindRow{"Strength", With(kImage, R"("image_url":"https://example.com/a.png","strength":" .75")"), 200,
                "", R"({"strength":0.75})"},
        KindRow{"ExtraNumber",
                With(kGeneral, R"("image_url":"https://a/b","mask_url":"https://a/c","nag_scale":" 3.5 ")"),
                200, "", R"({"nag_scale":3.5})"},
        KindRow{"ExtraBoolean",
                With(kGeneral, R"("image_url":"https://a/b","mask_url":"https://a/c","use_real_cfg":"True")"),
                200, "", R"({"use_real_cfg":true})"},
        KindRow{
            "LoraScale",
            With(
                kInpaint,
                R"("image_url":"https://a/b","mask_url":"https://a/c","loras":[{"path":"a/b","scale":"1.0"}])"),
            200, "", R"({"loras":[{"path":"a/b","scale":1.0}]})"},
        KindRow{"SyncSpaced", With(kDev, R"("sync_mode":" TRUE\n")"), 200, "", R"({"sync_mode":true})"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    NotSet, Kinds,
    testing::Values(
        KindRow{"Blanks",
                With(kDev, R"("num_images":"  ","seed":"\t","acceleration":" ","output_format":"\n")"), 200,
                "", R"({"num_images":1,"seed":null})"},
        KindRow{"FalseSize", With(kDev, R"("aspect_ratio":false,"image_size":null)"), 200, "",
                R"({"size":{"width":1024,"height":768}})"},
        KindRow{"FalsePicture", With(kDev, R"("image_url":false,"mask_url":null,"image_urls":"")")},
        KindRow{"OtherModels",
                With(kDev, R"("negative_prompt":"","loras":null,"strength":false,"raw":null)")},
        KindRow{"UnknownSlips", With(kDev, R"("numImages":null,"imageSize":"","Seed":null)")},
        KindRow{
            "ExtraFalse",
            With(kGeneral,
                 R"("image_url":"https://a/b","mask_url":"https://a/c","nag_scale":false,"scheduler":null)")},
        KindRow{
            "LoraName",
            With(
                kInpaint,
                R"("image_url":"https://a/b","mask_url":"https://a/c","loras":[{"path":"a","weight":null}])"),
            200, "", R"({"loras":[{"path":"a"}]})"},
        KindRow{"ListMembers", With(kEdit, R"("image_urls":[null,"https://a/b",""," "])")},
        KindRow{"CheckerNull", With(kDev, R"("enable_safety_checker":null)"), 200, "", R"({"checker":true})"},
        KindRow{"SyncFalseIsSaid", With(kDev, R"("sync_mode":false)"), 200, "", R"({"sync_mode":false})"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Seeds, Kinds,
    testing::Values(KindRow{"Float", With(kDev, R"("seed":-1.0)"), 200, "", R"({"seed":null})"},
                    KindRow{"TextFloat", With(kDev, R"("seed":" -1.0 ")"), 200, "", R"({"seed":null})"},
                    KindRow{"Power", With(kDev, R"("seed":-1e0)"), 200, "", R"({"seed":null})"},
                    KindRow{"Schnell", With(kSchnell, R"("seed":"-1")"), 200, "", R"({"seed":null})"},
                    KindRow{"Two", With(kDev, R"("seed":"-2")"), 422, "-1 for random"},
                    KindRow{"Half", With(kDev, R"("seed":-1.5)"), 422, "-1 for random"},
                    KindRow{"Zero", With(kDev, R"("seed":0)"), 200, "", R"({"seed":0})"},
                    KindRow{"MinusZero", With(kDev, R"("seed":"-0")"), 200, "", R"({"seed":0})"},
                    KindRow{"Most", With(kDev, R"("seed":18446744073709551615)"), 200, "",
                            R"({"seed":18446744073709551615})"},
                    KindRow{"More", With(kDev, R"("seed":18446744073709551616)"), 422,
                            "18446744073709551615"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Sizes, Kinds,
    testing::Values(
        KindRow{"HeightText", With(kDev, R"("image_size":{"height":" 640 "})"), 200, "",
                R"({"size":{"width":512,"height":640}})"},
        KindRow{"FalseSide", With(kDev, R"("aspect_ratio":{"width":false,"height":640})"), 200, "",
                R"({"size":{"width":512,"height":640}})"},
        KindRow{"EmptySide", With(kDev, R"("aspect_ratio":{"width":"","height":640.0})"), 200, "",
                R"({"size":{"width":512,"height":640}})"},
        KindRow{"Empty", With(kPro, R"("aspect_ratio":{})"), 200, "",
                R"({"size":{"width":512,"height":512}})"},
        KindRow{"NullsBeside", With(kDev, R"("aspect_ratio":{"width":8,"height":9,"unit":"","id":null})"),
                200, "", R"({"size":{"width":8,"height":9}})"},
        KindRow{"ZeroSide", With(kDev, R"("aspect_ratio":{"width":"0","height":9})"), 422, "width"},
        KindRow{"HugeSide", With(kDev, R"("aspect_ratio":{"width":"14143","height":9})"), 422, "14142"},
        KindRow{"HalfSide", With(kDev, R"("aspect_ratio":{"width":"8.5"})"), 422, "whole numbers"},
        KindRow{"UnitBeside", With(kDev, R"("aspect_ratio":{"width":8,"unit":"px"})"), 422, "nothing else"},
        KindRow{"NameSpaced", With(kDev, R"("aspect_ratio":" square ")"), 200, "",
                R"({"size":{"width":512,"height":512}})"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    ContentTypes, Kinds,
    testing::Values(KindRow{"None", Raw(kFox, "")}, KindRow{"Word", Raw(kFox, "json")},
                    KindRow{"Quoted", Raw(kFox, "\"application/json\"")},
                    KindRow{"Charset", Raw(kFox, "application/json;charset=\"UTF-8\";;")},
                    KindRow{"Thrice", Raw(kFox, "text/plain, application/json, */*")},
                    KindRow{"Multipart", Raw(kFox, "multipart/form-data; boundary=x")},
                    KindRow{"Image", Raw(kFox, "image/png")},
                    KindRow{"Problem", Raw("xx", "application/problem+json"), 400, "INVALID_JSON"},
                    KindRow{"NoJsonAsAny", Raw("xx", "*/*"), 415, "UNSUPPORTED_MEDIA_TYPE"},
                    KindRow{"NoJsonAsXml", Raw("<a/>", "application/xml"), 415, "markup"},
                    KindRow{"Brotli", Raw(kFox, "application/json", "br"), 415, "Content-Encoding"},
                    KindRow{"Chunked", Raw(kFox, "application/json", "aws-chunked"), 415, "Content-Encoding"},
                    KindRow{"IdentityTwice", Raw(kFox, "application/json", "identity, IDENTITY ,")}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Causes, Kinds,
    testing::Values(KindRow{"Windows1252", Raw("{\"prompt\":\"fox\x92s den\"}"), 400, "not UTF-8"},
                    KindRow{"Overlong", Raw("{\"prompt\":\"\xc0\xaf\"}"), 400, "not UTF-8"},
                    KindRow{"CutCharacter", Raw("{\"prompt\":\"\xe2\x82\"}"), 400, "not UTF-8"},
                    KindRow{"SurrogateBytes", Raw("{\"prompt\":\"\xed\xa0\xbd\"}"), 400, "not UTF-8"},
                    KindRow{"LowHalf", Raw(R"({"prompt":"\udc00"})"), 400, "surrogate"},
                    KindRow{"HalvesSwapped", Raw(R"({"prompt":"\udd8a\ud83e"})"), 400, "surrogate"},
                    KindRow{"Utf16", Raw("\xff\xfe{\0"s), 400, "UTF-16"},
                    KindRow{"Gzip", Raw("\x1f\x8b\x08\0"s), 400, "gzip"},
                    KindRow{"Zstd", Raw("\x28\xb5\x2f\xfd"), 400, "zstd"},
                    KindRow{"Form", Raw("prompt=fox"), 400, "a form"},
                    KindRow{"Multipart", Raw("--x\r\nContent-Disposition: form-data"), 400, "multipart form"},
                    KindRow{"Empty", Raw(""), 400, "empty"}, KindRow{"Mark", Raw("\xef\xbb\xbf" + kFox)}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Pictures, Kinds,
    testing::Values(
        KindRow{"Jpeg", Picture("data:image/jpg;base64,/9j/4A=="), 200, "",
                R"({"image_url":"data:image/jpeg;base64,/9j/4A=="})"},
        KindRow{"WrongType", Picture("data:image/webp;base64," + kPng), 200, "",
                R"({"image_url":"data:image/png;base64,iVBORw0KGgo="})"},
        KindRow{"NoTypeCapitals", Picture("Data:;Base64," + kPng), 200, "",
                R"({"image_url":"data:image/png;base64,iVBORw0KGgo="})"},
        KindRow{"Lines", Picture("\\r\\n data:image/png;base64,iVBO\\r\\nRw0K\\r\\nGgo=\\r\\n"), 200, "",
                R"({"image_url":"data:image/png;base64,iVBORw0KGgo="})"},
        KindRow{"TwoParameters", Picture("data:image/png;charset=utf-8;name=\\\"a b.png\\\";base64," + kPng),
                200, "", R"({"image_url":"data:image/png;base64,iVBORw0KGgo="})"},
        KindRow{"Html", Picture("data:image/png;base64,PGh0bWw+"), 422, "INVALID_FIELD"},
        KindRow{"Svg", Picture("data:image/svg+xml;base64,PHN2Zz48L3N2Zz4="), 422, "INVALID_FIELD"},
        KindRow{"Unpadded", Picture("data:image/png;base64,iVBORw0KGgo"), 422, "padded base64"},
        KindRow{"Bare", Picture(kPng), 422, "absolute http"},
        KindRow{"UrlLines", Picture("\\n https://example.com/a.png\\t"), 200, "",
                R"({"image_url":"https://example.com/a.png"})"},
        KindRow{"UrlSigned", Picture("https://example.com/a.png?sig=" + std::string(8000, 'a'))},
        KindRow{"UrlTooLong", Picture("https://example.com/a.png?sig=" + std::string(8200, 'a')), 422,
                "8192"},
        KindRow{"MaskAndList",
                With(kInpaint, R"("image_url":" https://a/b","mask_url":"DATA:;base64,)" + kPng + R"( ")"),
                200, "", R"({"image_url":"https://a/b","mask_url":"data:image/png;base64,iVBORw0KGgo="})"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Names, Kinds,
    testing::Values(
        KindRow{"Foreign", With(kDev, R"("response_format":"url")"), 200, R"("warnings":)"},
        KindRow{"Short", With(kDev, R"("seen":true)"), 200, R"(\"seen\" is not known)"},
        KindRow{"Digits", With(kDev, R"("user_id":9007199254740993)"), 200, R"("warnings":)"},
        KindRow{"Deep", With(kDev, R"("meta":[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]])"),
                200, R"("warnings":)"},
        KindRow{"Slip", With(kDev, R"("promt":"x")"), 422, R"(did you mean \"prompt\")"},
        KindRow{"SlipOfSize", With(kDev, R"("image_sise":"square")"), 422, R"(did you mean \"image_size\")"},
        KindRow{"SlipOfCount", With(kDev, R"("num_image":2)"), 422, R"(did you mean \"num_images\")"},
        KindRow{"Capital", With(kDev, R"("Seed":7)"), 422, R"(did you mean \"seed\")"},
        KindRow{"Camel", With(kDev, R"("aspectRatio":"1:1")"), 422, R"(did you mean \"aspect_ratio\")"},
        KindRow{"Hyphen", With(kDev, R"("guidance-scale":3)"), 422, R"(did you mean \"guidance_scale\")"},
        KindRow{"Elsewhere", With(kPro, R"("loras":[{"path":"a"}])"), 422, "is not taken by"},
        KindRow{"ExtraElsewhere", With(kSchnell, R"("nag_scale":3)"), 422, "is not taken by"},
        KindRow{"Ours", With(kImage, R"("image":"https://a/b")"), 422, R"(did you mean \"image_url\")"}),
    kName);

}  // namespace
}  // namespace flux::today

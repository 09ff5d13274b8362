// What clients of today's service really send, collected from public bug reports, through the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

constexpr char kDev[] = "/api/v1/flux/text-to-image/dev";
constexpr char kPro[] = "/api/v1/flux/text-to-image/pro";
constexpr char kImage[] = "/api/v1/flux/image-to-image";
constexpr char kInpaint[] = "/api/v1/flux/inpainting";
constexpr char kPng[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGNwaDgARAwQCgAmKgTPS3WTzAAAAABJRU5ErkJggg==";

struct Row {
  const char* name;
  std::string path;
  std::string body;
  int status;
  const char* part = "";                  // of the reply's body
  const char* type = "application/json";  // Content-Type
  const char* coding = "";                // Content-Encoding
};

class TodaysClients : public testing::TestWithParam<Row> {
 protected:
  static void SetUpTestSuite() { stack_ = std::make_unique<Stack>(); }
  static void TearDownTestSuite() { stack_.reset(); }
  static std::unique_ptr<Stack> stack_;
};

std::unique_ptr<Stack> TodaysClients::stack_;

TEST_P(TodaysClients, AreUnderstood) {
  const std::size_t billed = stack_->Billed();
  httplib::Headers headers{{"Content-Type", GetParam().type}};
  if (*GetParam().coding) headers.emplace("Content-Encoding", GetParam().coding);
  const Answer answer = stack_->Post(GetParam().path, GetParam().body, headers);
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_THAT(answer.body, testing::HasSubstr(GetParam().part));
  EXPECT_EQ(stack_->Billed() - billed, answer.status == 200 ? 1u : 0u);
}

std::string With(const std::string& members) {
  return R"({"prompt":"fox")" + (members.empty() ? "" : "," + members) + "}";
}

std::string Picture(const std::string& url) {
  return With(R"("image_url":")" + url + '"');
}

INSTANTIATE_TEST_SUITE_P(
    Values, TodaysClients,
    testing::Values(
        Row{"Count", kDev, With(R"("num_images":"2")"), 200},
        Row{"Steps", kDev, With(R"("num_inference_steps":"20")"), 200},
        Row{"Guidance", kPro, With(R"("guidance_scale":"3.5")"), 200},
        Row{"Sync", kDev, With(R"("sync_mode":"false")"), 200},
        Row{"Empty", kDev, With(R"("num_images":"","seed":"","output_format":"","guidance_scale":false)"),
            200},
        Row{"Seed", kDev, With(R"("seed":-1)"), 200}, Row{"SeedText", kPro, With(R"("seed":"-1")"), 200},
        Row{"SeedTwo", kDev, With(R"("seed":-2)"), 422, "INVALID_FIELD"},
        Row{"Range", kDev, With(R"("num_images":"9")"), 422, "must be 1 to 4"},
        Row{"NumberSixKeepsTheChecker", kDev, R"({"prompt":"fox sim:nsfw","safety_tolerance":6})", 200,
            R"("has_nsfw_concepts":[true])"},
        Row{"TextSixSwitchesItOff", kDev, R"({"prompt":"fox sim:nsfw","safety_tolerance":"6"})", 200,
            R"("has_nsfw_concepts":[false])"},
        Row{"NumberSixOnPro", kPro, With(R"("safety_tolerance":6)"), 200},
        Row{"Sides", kDev, With(R"("aspect_ratio":{"width":"1024","height":768.0})"), 200,
            R"("width":1024,"height":768)"},
        Row{"Width", kDev, With(R"("aspect_ratio":{"width":768})"), 200, R"("width":768,"height":512)"},
        Row{"NullNames", kDev, With(R"("negativePrompt":null,"user-id":null)"), 200},
        Row{"LoraScale", kInpaint,
            With(R"("image_url":"https://example.com/a.png","mask_url":"https://example.com/m.png",
                    "loras":[{"path":"https://example.com/l","scale":null}])"),
            200},
        Row{"Foreign", kDev, With(R"("user":"u","n":9007199254740993)"), 200,
            R"("warnings":["\"n\" is not known)"},
        Row{"NearlyKnown", kDev, With(R"("numImages":2)"), 422, "did you mean"},
        Row{"KnownElsewhere", kDev, With(R"("scheduler":"euler")"), 422, "is not taken by"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bodies, TodaysClients,
    testing::Values(
        Row{"Doubled", kDev, With(""), 200, "", "application/json, application/json"},
        Row{"Octets", kDev, With(""), 200, "", "application/octet-stream"},
        Row{"Any", kDev, With(""), 200, "", "*/*"}, Row{"Html", kDev, With(""), 200, "", "text/html"},
        Row{"Odd", kDev, With(""), 200, "", "application/json;;=x"},
        Row{"NotJsonAsOctets", kDev, "xx", 415, "UNSUPPORTED_MEDIA_TYPE", "application/octet-stream"},
        Row{"NotJsonAsText", kDev, "xx", 400, "INVALID_JSON", "text/plain"},
        Row{"Form", kDev, "prompt=fox&num_images=1", 400, "a form", "application/x-www-form-urlencoded"},
        Row{"Coded", kDev, With(""), 415, "UNSUPPORTED_MEDIA_TYPE", "application/json", "gzip"},
        Row{"CodedTwice", kDev, With(""), 415, "", "application/json", "identity, br"},
        Row{"Identity", kDev, With(""), 200, "", "application/json", "Identity"},
        Row{"AfterANul", kDev, With("") + std::string(1, '\0') + With(""), 400, "INVALID_JSON"},
        Row{"Latin1", kDev, "{\"prompt\":\"caf\xe9\"}", 400, "UTF-8"},
        Row{"HalfAPair", kDev, R"({"prompt":"\ud83d"})", 400, "surrogate"},
        Row{"Queries", std::string(kDev) + "?off=50%", With(""), 200}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Pictures, TodaysClients,
    testing::Values(
        Row{"Plain", kImage, Picture(std::string("data:image/png;base64,") + kPng), 200},
        Row{"NoType", kImage, Picture(std::string("data:;base64,") + kPng), 200},
        Row{"Octets", kImage, Picture(std::string("data:application/octet-stream;base64,") + kPng), 200},
        Row{"LineBreak", kImage, Picture(std::string("data:image/png;base64,") + kPng + "\\n"), 200},
        Row{"Name", kImage, Picture(std::string("data:image/png;name=a.png;base64,") + kPng), 200},
        Row{"Capitals", kImage, Picture(std::string("data:IMAGE/PNG;BASE64,") + kPng), 200},
        Row{"NoPicture", kImage, Picture("data:image/png;base64,aGVsbG8gd29ybGQh"), 422, "INVALID_FIELD"},
        Row{"Space", kImage, Picture("https://example.com/a.png "), 200},
        Row{"Signed", kImage, Picture("https://example.com/a.png?s=" + std::string(4000, 'a')), 200}),
    [](const auto& row) { return row.param.name; });

TEST(UnknownFields, AreRefusedWhereTheOperatorWantsIt) {
  Stack stack({.gateway = {"--unknown-fields=refuse"}});
  const Answer answer = stack.Post(kDev, With(R"("user":"u")"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.json["field"], "user");
  EXPECT_EQ(stack.Billed(), 0u);
}

}  // namespace
}  // namespace flux::e2e

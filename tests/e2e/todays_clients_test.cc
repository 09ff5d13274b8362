// What clients of today's service really send, collected from public bug reports, through the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/stack.h"

namespace flux::e2e {
namespace {

constexpr char kTwoByTwoPng[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGNwaDgARAwQCgAmKgTPS3WTzAAAAABJRU5ErkJggg==";

struct ClientRow {
  const char* name;
  std::string path;
  std::string body;
  int status;
  const char* part = "";                  // of the reply's body
  const char* type = "application/json";  // Content-Type
  const char* coding = "";                // Content-Encoding
};

class TodaysClients : public testing::TestWithParam<ClientRow> {
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
        ClientRow{"Count", kDev, With(R"("num_images":"2")"), 200},
        ClientRow{"Steps", kDev, With(R"("num_inference_steps":"20")"), 200},
        ClientRow{"Guidance", kPro, With(R"("guidance_scale":"3.5")"), 200},
        ClientRow{"Sync", kDev, With(R"("sync_mode":"false")"), 200},
        ClientRow{"Empty", kDev,
                  With(R"("num_images":"","seed":"","output_format":"","guidance_scale":false)"), 200},
        ClientRow{"Seed", kDev, With(R"("seed":-1)"), 200},
        ClientRow{"SeedText", kPro, With(R"("seed":"-1")"), 200},
        ClientRow{"SeedTwo", kDev, With(R"("seed":-2)"), 422, "INVALID_FIELD"},
        ClientRow{"Range", kDev, With(R"("num_images":"9")"), 422, "must be 1 to 4"},
        ClientRow{"NumberSixKeepsTheChecker", kDev, R"({"prompt":"fox sim:nsfw","safety_tolerance":6})", 200,
                  R"("has_nsfw_concepts":[true])"},
        ClientRow{"TextSixSwitchesItOff", kDev, R"({"prompt":"fox sim:nsfw","safety_tolerance":"6"})", 200,
                  R"("has_nsfw_concepts":[false])"},
        ClientRow{"NumberSixOnPro", kPro, With(R"("safety_tolerance":6)"), 200},
        ClientRow{"Sides", kDev, With(R"("aspect_ratio":{"width":"1024","height":768.0})"), 200,
                  R"("width":1024,"height":768)"},
        ClientRow{"Width", kDev, With(R"("aspect_ratio":{"width":768})"), 200, R"("width":768,"height":512)"},
        ClientRow{"NullNames", kDev, With(R"("negativePrompt":null,"user-id":null)"), 200},
        ClientRow{"LoraScale", kInpaint,
                  With(R"("image_url":"https://example.com/a.png","mask_url":"https://example.com/m.png",
                    "loras":[{"path":"https://example.com/l","scale":null}])"),
                  200},
        ClientRow{"Foreign", kDev, With(R"("user":"u","n":9007199254740993)"), 200,
                  R"("warnings":["\"n\" is not known)"},
        ClientRow{"NearlyKnown", kDev, With(R"("numImages":2)"), 422, "did you mean"},
        ClientRow{"KnownElsewhere", kDev, With(R"("scheduler":"euler")"), 422, "is not taken by"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bodies, TodaysClients,
    testing::Values(
        ClientRow{"Doubled", kDev, With(""), 200, "", "application/json, application/json"},
        ClientRow{"Octets", kDev, With(""), 200, "", "application/octet-stream"},
        ClientRow{"Any", kDev, With(""), 200, "", "*/*"},
        ClientRow{"Html", kDev, With(""), 200, "", "text/html"},
        ClientRow{"Odd", kDev, With(""), 200, "", "application/json;;=x"},
        ClientRow{"NotJsonAsOctets", kDev, "xx", 415, "UNSUPPORTED_MEDIA_TYPE", "application/octet-stream"},
        ClientRow{"NotJsonAsText", kDev, "xx", 400, "INVALID_JSON", "text/plain"},
        ClientRow{"Form", kDev, "prompt=fox&num_images=1", 400, "a form",
                  "application/x-www-form-urlencoded"},
        ClientRow{"Coded", kDev, With(""), 415, "UNSUPPORTED_MEDIA_TYPE", "application/json", "gzip"},
        ClientRow{"CodedTwice", kDev, With(""), 415, "", "application/json", "identity, br"},
        ClientRow{"Identity", kDev, With(""), 200, "", "application/json", "Identity"},
        ClientRow{"AfterANul", kDev, With("") + std::string(1, '\0') + With(""), 400, "INVALID_JSON"},
        ClientRow{"Latin1", kDev, "{\"prompt\":\"caf\xe9\"}", 400, "UTF-8"},
        ClientRow{"HalfAPair", kDev, R"({"prompt":"\ud83d"})", 400, "surrogate"},
        ClientRow{"Queries", std::string(kDev) + "?off=50%", With(""), 200}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Pictures, TodaysClients,
    testing::Values(
        ClientRow{"Plain", kImage, Picture(std::string("data:image/png;base64,") + kTwoByTwoPng), 200},
        ClientRow{"NoType", kImage, Picture(std::string("data:;base64,") + kTwoByTwoPng), 200},
        ClientRow{"Octets", kImage,
                  Picture(std::string("data:application/octet-stream;base64,") + kTwoByTwoPng), 200},
        ClientRow{"LineBreak", kImage, Picture(std::string("data:image/png;base64,") + kTwoByTwoPng + "\\n"),
                  200},
        ClientRow{"Name", kImage, Picture(std::string("data:image/png;name=a.png;base64,") + kTwoByTwoPng),
                  200},
        ClientRow{"Capitals", kImage, Picture(std::string("data:IMAGE/PNG;BASE64,") + kTwoByTwoPng), 200},
        ClientRow{"NoPicture", kImage, Picture("data:image/png;base64,aGVsbG8gd29ybGQh"), 422,
                  "INVALID_FIELD"},
        ClientRow{"Space", kImage, Picture("https://example.com/a.png "), 200},
        ClientRow{"Signed", kImage, Picture("https://example.com/a.png?s=" + std::string(4000, 'a')), 200}),
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

// Whatever a client sends: its own 4xx that names the field, nothing spent, and the next request is served.
#include <gtest/gtest.h>

#include "base/base64.h"
#include "tests/e2e/stack.h"
#include "tests/fakes/pictures.h"

namespace flux::e2e {
namespace {

constexpr char kDev[] = "/api/v1/flux/text-to-image/dev";
constexpr char kSchnell[] = "/api/v1/flux/text-to-image/schnell";
constexpr char kPro[] = "/api/v1/flux/text-to-image/pro";
constexpr char kImage[] = "/api/v1/flux/image-to-image";
constexpr char kInpaint[] = "/api/v1/flux/inpainting";
constexpr char kGeneral[] = "/api/v1/flux/inpainting/general";

struct Row {
  const char* name;
  const char* path;
  std::string body;
  int status;
  const char* code;
  const char* field;  // "" where there is none
};

class BadInputTest : public testing::TestWithParam<Row> {
 protected:
  static void SetUpTestSuite() { stack_ = std::make_unique<Stack>(); }
  static void TearDownTestSuite() { stack_.reset(); }
  static std::unique_ptr<Stack> stack_;
};

std::unique_ptr<Stack> BadInputTest::stack_;

TEST_P(BadInputTest, IsRefusedByNameAndFree) {
  const std::size_t billed = stack_->Billed();
  const Answer answer = stack_->Post(GetParam().path, GetParam().body);
  ASSERT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(answer.json["success"], false);
  EXPECT_EQ(answer.json["code"], GetParam().code);
  EXPECT_EQ(answer.json.value("field", ""), GetParam().field) << answer.body;
  EXPECT_EQ(answer.json["billed"], "no");
  EXPECT_EQ(answer.Header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(stack_->Billed(), billed);
}

std::string Deep(std::size_t levels) {
  return "{\"prompt\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

// A field of lists or objects, nested in lists or objects.
std::string DeepExtra(int levels, const char* open, const char* close) {
  std::string body =
      R"({"prompt":"x","image_url":"https://a.example/b","mask_url":"https://a.example/b","controlnets":)";
  for (int i = 0; i < levels; ++i) body += open;
  body += "1";
  for (int i = 0; i < levels; ++i) body += close;
  return body + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadInputTest,
    testing::Values(
        Row{"NoBody", kDev, "", 400, "INVALID_JSON", ""},
        Row{"Truncated", kDev, R"({"prompt":"x)", 400, "INVALID_JSON", ""},
        Row{"NotAnObject", kDev, R"(["x"])", 400, "INVALID_JSON", ""},
        Row{"DeeplyNested", kDev, Deep(100'000), 400, "INVALID_JSON", ""},
        Row{"ListsAsDeepAsAllowed", kGeneral, DeepExtra(24, "[", "]"), 422, "INVALID_FIELD", "controlnets"},
        Row{"ObjectsAsDeepAsAllowed", kGeneral, DeepExtra(24, "{\"a\":", "}"), 422, "INVALID_FIELD",
            "controlnets"},
        Row{"ObjectsDeeperThanProtobufReads", kGeneral, DeepExtra(33, "{\"a\":", "}"), 422, "INVALID_FIELD",
            "controlnets"},
        Row{"ListsDeeperThanProtobufReads", kGeneral, DeepExtra(50, "[", "]"), 422, "INVALID_FIELD",
            "controlnets"},
        Row{"NotANumber", kDev, R"({"prompt":"x","guidance_scale":NaN})", 400, "INVALID_JSON", ""},
        Row{"HugeNumber", kDev, R"({"prompt":"x","guidance_scale":1e999})", 400, "INVALID_JSON", ""},
        Row{"LoneSurrogate", kDev, R"({"prompt":"\ud800"})", 400, "INVALID_JSON", ""},
        Row{"InvalidUtf8", kDev, "{\"prompt\":\"\xff\"}", 400, "INVALID_JSON", ""},
        Row{"RawNul", kDev, std::string("{\"prompt\":\"\0\"}", 14), 400, "INVALID_JSON", ""},
        Row{"EscapedNul", kDev, R"({"prompt":"a\u0000b"})", 422, "INVALID_FIELD", "prompt"},
        Row{"NoPrompt", kDev, "{}", 422, "INVALID_FIELD", "prompt"},
        Row{"BlankPrompt", kDev, R"({"prompt":" \n\t "})", 422, "INVALID_FIELD", "prompt"},
        Row{"LongPrompt", kDev, R"({"prompt":")" + std::string(32 * 1024 + 1, 'x') + "\"}", 422,
            "INVALID_FIELD", "prompt"},
        Row{"PromptOfAnotherType", kDev, R"({"prompt":{"text":"x"}})", 422, "INVALID_FIELD", "prompt"},
        Row{"NearlyKnown", kDev, R"({"prompt":"x","guidanceScale":7})", 422, "INVALID_FIELD",
            "guidanceScale"},
        Row{"LargeNumber", kDev, R"({"prompt":"x","guidance_scale":1e300})", 422, "INVALID_FIELD",
            "guidance_scale"},
        Row{"HugeSteps", kDev, R"({"prompt":"x","num_inference_steps":99999999999999999999})", 422,
            "INVALID_FIELD", "num_inference_steps"},
        Row{"GuidanceZero", kDev, R"({"prompt":"x","guidance_scale":0})", 422, "INVALID_FIELD",
            "guidance_scale"},
        Row{"StepsBeyondDev", kDev, R"({"prompt":"x","num_inference_steps":51})", 422, "INVALID_FIELD",
            "num_inference_steps"},
        Row{"StepsBeyondSchnell", kSchnell, R"({"prompt":"x","num_inference_steps":28})", 422,
            "INVALID_FIELD", "num_inference_steps"},
        Row{"FiveImages", kDev, R"({"prompt":"x","num_images":5})", 422, "INVALID_FIELD", "num_images"},
        Row{"Ratio", kDev, R"({"prompt":"x","aspect_ratio":"16:0"})", 422, "INVALID_FIELD", "aspect_ratio"},
        Row{"NegativeSeed", kDev, R"({"prompt":"x","seed":-2})", 422, "INVALID_FIELD", "seed"},
        Row{"Tolerance", kPro, R"({"prompt":"x","safety_tolerance":"7"})", 422, "INVALID_FIELD",
            "safety_tolerance"},
        Row{"CheckerOnPro", kPro, R"({"prompt":"x","enable_safety_checker":true})", 422, "INVALID_FIELD",
            "enable_safety_checker"},
        Row{"NoImage", kImage, R"({"prompt":"x"})", 422, "INVALID_FIELD", "image_url"},
        Row{"SizeOnImageToImage", kImage,
            R"({"prompt":"x","image_url":"https://a.example/b","aspect_ratio":"1:1"})", 422, "INVALID_FIELD",
            "aspect_ratio"},
        Row{"NotAUrl", kImage, R"({"prompt":"x","image_url":"cat.png"})", 422, "INVALID_FIELD", "image_url"},
        Row{"FileUrl", kImage, R"({"prompt":"x","image_url":"file:///etc/passwd"})", 422, "INVALID_FIELD",
            "image_url"},
        Row{"BrokenDataUri", kImage, R"({"prompt":"x","image_url":"data:image/png;base64,@@@@"})", 422,
            "INVALID_FIELD", "image_url"},
        Row{"NoMask", kInpaint, R"({"prompt":"x","image_url":"https://a.example/b"})", 422, "INVALID_FIELD",
            "mask_url"},
        Row{"UnknownPath", "/api/v1/flux/nothing", "{}", 404, "UNSUPPORTED_ENDPOINT", ""}),
    [](const auto& row) { return row.param.name; });

TEST_F(BadInputTest, AllViolationsAtOnce) {
  const Answer answer = stack_->Post(
      kSchnell, R"({"num_inference_steps":28,"guidance_scale":99,"num_images":9,"aspect_ratio":"1:9"})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.json["violations"].size(), 5u) << answer.body;
}

TEST_F(BadInputTest, BodyAtAndBeyondTheLimit) {
  Stack small({.gateway = {"--max-body-bytes=1000"}});
  const auto body = [](std::size_t size) {
    const std::string frame = R"({"prompt":""})";
    return R"({"prompt":")" + std::string(size - frame.size(), 'x') + "\"}";
  };
  EXPECT_EQ(small.Post(kDev, body(1000)).status, 200);
  const Answer beyond = small.Post(kDev, body(1001));
  EXPECT_EQ(beyond.status, 413);
  EXPECT_EQ(beyond.json["code"], "PAYLOAD_TOO_LARGE");
  EXPECT_EQ(small.Billed(), 1u);
}

// The service may take less than the gateway does. What it makes is paid for, and is sent whatever its size.
TEST_F(BadInputTest, MessagesAtAndBeyondTheLimitOfTheService) {
  Stack small({.service = {"--max-message-bytes=300KiB"}});
  const auto picture = [](std::size_t more) {
    const std::string bytes = fakes::MakePng(256, 256) + std::string(more, '\0');
    std::string body = R"({"prompt":"x","image_url":"data:image/png;base64,)";
    AppendBase64(bytes, body);
    return body + "\"}";
  };
  EXPECT_EQ(small.Post(kImage, picture(0)).status, 200);
  const Answer beyond = small.Post(kImage, picture(400 << 10));
  EXPECT_EQ(beyond.status, 413);
  EXPECT_EQ(beyond.json["code"], "PAYLOAD_TOO_LARGE");
  EXPECT_EQ(beyond.json["billed"], "no");
  EXPECT_EQ(small.Billed(), 1u);
  const Answer large = small.Post(
      kDev,
      R"({"prompt":"x","sync_mode":true,"output_format":"png","image_size":"square_hd","num_images":4})");
  EXPECT_EQ(large.status, 200) << large.body;
  EXPECT_GT(large.body.size(), 400u << 10);
  EXPECT_EQ(small.Billed(), 2u);
}

TEST_F(BadInputTest, TheProcessesLiveOn) {
  EXPECT_EQ(stack_->Draw("after all that").status, 200);
}

}  // namespace
}  // namespace flux::e2e

// Whatever a client sends: its own 4xx that names the field, nothing spent, and the next request is served.
#include <gtest/gtest.h>

#include "base/base64.h"
#include "tests/e2e/stack.h"
#include "tests/fakes/pictures.h"

namespace flux::e2e {
namespace {

constexpr char kGeneral[] = "/api/v1/flux/inpainting/general";

struct RefusedRow {
  const char* name;
  const char* path;
  std::string body;
  int status;
  const char* code;
  const char* field;  // "" where there is none
};

class BadInputTest : public testing::TestWithParam<RefusedRow> {
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
        RefusedRow{"NoBody", kDev, "", 400, "INVALID_JSON", ""},
        RefusedRow{"Truncated", kDev, R"({"prompt":"x)", 400, "INVALID_JSON", ""},
        RefusedRow{"NotAnObject", kDev, R"(["x"])", 400, "INVALID_JSON", ""},
        RefusedRow{"DeeplyNested", kDev, Deep(100'000), 400, "INVALID_JSON", ""},
        RefusedRow{"ListsAsDeepAsAllowed", kGeneral, DeepExtra(24, "[", "]"), 422, "INVALID_FIELD",
                   "controlnets"},
        RefusedRow{"ObjectsAsDeepAsAllowed", kGeneral, DeepExtra(24, "{\"a\":", "}"), 422, "INVALID_FIELD",
                   "controlnets"},
        RefusedRow{"ObjectsDeeperThanProtobufReads", kGeneral, DeepExtra(33, "{\"a\":", "}"), 422,
                   "INVALID_FIELD", "controlnets"},
        RefusedRow{"ListsDeeperThanProtobufReads", kGeneral, DeepExtra(50, "[", "]"), 422, "INVALID_FIELD",
                   "controlnets"},
        RefusedRow{"NotANumber", kDev, R"({"prompt":"x","guidance_scale":NaN})", 400, "INVALID_JSON", ""},
        RefusedRow{"HugeNumber", kDev, R"({"prompt":"x","guidance_scale":1e999})", 400, "INVALID_JSON", ""},
        RefusedRow{"LoneSurrogate", kDev, R"({"prompt":"\ud800"})", 400, "INVALID_JSON", ""},
        RefusedRow{"InvalidUtf8", kDev, "{\"prompt\":\"\xff\"}", 400, "INVALID_JSON", ""},
        RefusedRow{"RawNul", kDev, std::string("{\"prompt\":\"\0\"}", 14), 400, "INVALID_JSON", ""},
        RefusedRow{"EscapedNul", kDev, R"({"prompt":"a\u0000b"})", 422, "INVALID_FIELD", "prompt"},
        RefusedRow{"NoPrompt", kDev, "{}", 422, "INVALID_FIELD", "prompt"},
        RefusedRow{"BlankPrompt", kDev, R"({"prompt":" \n\t "})", 422, "INVALID_FIELD", "prompt"},
        RefusedRow{"LongPrompt", kDev, R"({"prompt":")" + std::string(32 * 1024 + 1, 'x') + "\"}", 422,
                   "INVALID_FIELD", "prompt"},
        RefusedRow{"PromptOfAnotherType", kDev, R"({"prompt":{"text":"x"}})", 422, "INVALID_FIELD", "prompt"},
        RefusedRow{"NearlyKnown", kDev, R"({"prompt":"x","guidanceScale":7})", 422, "INVALID_FIELD",
                   "guidanceScale"},
        RefusedRow{"LargeNumber", kDev, R"({"prompt":"x","guidance_scale":1e300})", 422, "INVALID_FIELD",
                   "guidance_scale"},
        RefusedRow{"HugeSteps", kDev, R"({"prompt":"x","num_inference_steps":99999999999999999999})", 422,
                   "INVALID_FIELD", "num_inference_steps"},
        RefusedRow{"GuidanceZero", kDev, R"({"prompt":"x","guidance_scale":0})", 422, "INVALID_FIELD",
                   "guidance_scale"},
        RefusedRow{"StepsBeyondDev", kDev, R"({"prompt":"x","num_inference_steps":51})", 422, "INVALID_FIELD",
                   "num_inference_steps"},
        RefusedRow{"StepsBeyondSchnell", kSchnell, R"({"prompt":"x","num_inference_steps":28})", 422,
                   "INVALID_FIELD", "num_inference_steps"},
        RefusedRow{"FiveImages", kDev, R"({"prompt":"x","num_images":5})", 422, "INVALID_FIELD",
                   "num_images"},
        RefusedRow{"Ratio", kDev, R"({"prompt":"x","aspect_ratio":"16:0"})", 422, "INVALID_FIELD",
                   "aspect_ratio"},
        RefusedRow{"NegativeSeed", kDev, R"({"prompt":"x","seed":-2})", 422, "INVALID_FIELD", "seed"},
        RefusedRow{"Tolerance", kPro, R"({"prompt":"x","safety_tolerance":"7"})", 422, "INVALID_FIELD",
                   "safety_tolerance"},
        RefusedRow{"CheckerOnPro", kPro, R"({"prompt":"x","enable_safety_checker":true})", 422,
                   "INVALID_FIELD", "enable_safety_checker"},
        RefusedRow{"NoImage", kImage, R"({"prompt":"x"})", 422, "INVALID_FIELD", "image_url"},
        RefusedRow{"SizeOnImageToImage", kImage,
                   R"({"prompt":"x","image_url":"https://a.example/b","aspect_ratio":"1:1"})", 422,
                   "INVALID_FIELD", "aspect_ratio"},
        RefusedRow{"NotAUrl", kImage, R"({"prompt":"x","image_url":"cat.png"})", 422, "INVALID_FIELD",
                   "image_url"},
        RefusedRow{"FileUrl", kImage, R"({"prompt":"x","image_url":"file:///etc/passwd"})", 422,
                   "INVALID_FIELD", "image_url"},
        RefusedRow{"BrokenDataUri", kImage, R"({"prompt":"x","image_url":"data:image/png;base64,@@@@"})", 422,
                   "INVALID_FIELD", "image_url"},
        RefusedRow{"NoMask", kInpaint, R"({"prompt":"x","image_url":"https://a.example/b"})", 422,
                   "INVALID_FIELD", "mask_url"},
        RefusedRow{"UnknownPath", "/api/v1/flux/nothing", "{}", 404, "UNSUPPORTED_ENDPOINT", ""}),
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

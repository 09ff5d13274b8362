// Requests that succeed: routes, the order of refusals, pictures and headers (fal-api §1.6, §2, §3.1, §10).
#include "sim/pictures/codec.h"
#include "sim/pictures/data_uri.h"
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class GenerationTest : public SimTest {
 protected:
  void SetUp() override { StartSim(); }
};

TEST_F(GenerationTest, TheReplyIsFalsFullForm) {
  const auto reply = Generate({{"prompt", "a boat"}, {"seed", 7}, {"num_images", 2}});
  std::vector<std::string> keys;
  const Json ordered = Json::parse(reply->body);
  for (const auto& [key, value] : ordered.items()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("images", "timings", "seed", "has_nsfw_concepts", "prompt"));
  const Given body = Given::parse(reply->body);
  EXPECT_EQ(body["seed"], 7);
  EXPECT_EQ(body["prompt"], "a boat");
  EXPECT_EQ(body["has_nsfw_concepts"], Given({false, false}));
  EXPECT_GT(body["timings"]["inference"].get<double>(), 0);
  ASSERT_EQ(body["images"].size(), 2U);
  EXPECT_NE(body["images"][0]["url"], body["images"][1]["url"]);
  EXPECT_EQ(body["images"][0]["content_type"], "image/jpeg");
  const std::string base = "http://127.0.0.1:" + std::to_string(port_);
  EXPECT_THAT(body["images"][0]["url"].get<std::string>(),
              MatchesRegex(base + "/files/[a-z]+/[A-Za-z0-9]+\\.jpeg"));
}

TEST_F(GenerationTest, HeadersAreFals) {
  const auto reply =
      Generate({{"prompt", "x"}, {"image_size", {{"width", 1100}, {"height", 1000}}}, {"num_images", 2}});
  EXPECT_THAT(reply->get_header_value("x-fal-request-id"), MatchesRegex("[0-9a-f-]{36}"));
  EXPECT_EQ(reply->get_header_value("x-fal-billable-units"), "4");
  EXPECT_NE(reply->get_header_value("x-fal-served-from"), "");
  EXPECT_EQ(reply->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(reply->get_header_value_count("x-fal-request-id"), 1U);
  const auto refused = Generate(Given::object());
  EXPECT_EQ(refused->status, 422);
  EXPECT_THAT(refused->get_header_value("x-fal-request-id"), MatchesRegex("[0-9a-f-]{36}"));
  EXPECT_EQ(refused->get_header_value("x-fal-billable-units"), "0");
}

TEST_F(GenerationTest, FilesHaveTheTypeThatTheReplySays) {
  for (const char* format : {"png", "jpeg"}) {
    const Given body =
        Given::parse(Generate({{"prompt", "x"}, {"output_format", format}, {"image_size", "square"}})->body);
    const std::string url = body["images"][0]["url"];
    const auto file = Client().Get(url.substr(url.find("/files/")));
    EXPECT_EQ(file->get_header_value("Content-Type"), std::string("image/") + format);
    EXPECT_EQ(SniffType(file->body), std::string("image/") + format);
    EXPECT_EQ(body["images"][0]["content_type"], std::string("image/") + format);
  }
  EXPECT_EQ(Client().Get("/files/rabbit/none.png")->status, 404);
}

TEST_F(GenerationTest, TheSameSeedGivesTheSamePicture) {
  const auto picture = [this](int seed) {
    const Given body =
        Given::parse(Generate({{"prompt", "x"}, {"seed", seed}, {"image_size", "square"}})->body);
    return Fetch(body["images"][0]["url"]);
  };
  const std::string first = picture(1);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(picture(1), first);
  EXPECT_NE(picture(2), first);
}

TEST_F(GenerationTest, SeedsKeepAllTheirDigits) {
  for (const char* seed : {"0", "9007199254740993", "18446744073709551615", "-9223372036854775808"}) {
    const auto reply = Post(kDev, R"({"prompt":"x","image_size":"square","seed":)" + std::string(seed) + "}");
    EXPECT_THAT(reply->body, HasSubstr("\"seed\":" + std::string(seed) + ","));
  }
  const Given random = Given::parse(Generate({{"prompt", "x"}, {"image_size", "square"}})->body);
  EXPECT_TRUE(random["seed"].is_number_unsigned());
}

TEST_F(GenerationTest, SyncModeSendsThePictureItself) {
  const Given body = Given::parse(
      Generate({{"prompt", "x"}, {"sync_mode", true}, {"output_format", "png"}, {"image_size", "square"}})
          ->body);
  const std::string url = body["images"][0]["url"];
  EXPECT_THAT(url, StartsWith("data:image/png;base64,"));
  EXPECT_EQ(ReadSize(FromDataUri(url).value_or("")), (Pixels{512, 512}));
}

TEST_F(GenerationTest, OneCallsPictureIsTheNextOnesInput) {
  const Given first =
      Given::parse(Generate({{"prompt", "x"}, {"image_size", {{"width", 80}, {"height", 40}}}})->body);
  const Given second = Given::parse(
      Generate({{"prompt", "x"}, {"image_url", first["images"][0]["url"]}}, "/fal-ai/flux/dev/image-to-image")
          ->body);
  EXPECT_EQ(second["images"][0]["width"], 80);
  EXPECT_EQ(second["images"][0]["height"], 40);
}

TEST_F(GenerationTest, APictureBeyondMemoryIsRefusedUnbilled) {
  const auto reply = Generate({{"prompt", "x"}, {"image_size", {{"width", 14142}, {"height", 14142}}}});
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(Purchases(), 0U);
}

struct Refusal {
  const char* name;
  const char* method;
  const char* path;
  const char* key;
  int status;
  const char* detail;
};

class RefusalTest : public SimTest, public testing::WithParamInterface<Refusal> {};

TEST_P(RefusalTest, SaysWhatFalSays) {
  StartSim();
  const Refusal& row = GetParam();
  httplib::Request request;
  request.method = row.method;
  request.path = row.path;
  request.headers = {{"Authorization", row.key}, {"Content-Type", "application/json"}};
  if (request.method != "GET") request.body = "not json";
  const auto reply = Client().send(request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, row.status);
  EXPECT_EQ(Given::parse(reply->body), Given({{"detail", row.detail}}));
  EXPECT_EQ(reply->get_header_value("x-fal-billable-units"), "0");
  EXPECT_EQ(Purchases(), 0U);
}

constexpr const char* kGood = "Key sim:sim";
constexpr const char* kUnknownUser = "No user found for Key ID and Secret";
INSTANTIATE_TEST_SUITE_P(
    Order, RefusalTest,
    testing::Values(
        Refusal{"KeyBeforeApp", "POST", "/fal-ai/none", "Key a:b", 401, kUnknownUser},
        Refusal{"KeyBeforeBody", "POST", "/fal-ai/flux/dev", "Key a:b", 401, kUnknownUser},
        Refusal{"KeyBeforeMethod", "GET", "/fal-ai/flux/dev", "Key a:b", 401, kUnknownUser},
        Refusal{"App", "POST", "/fal-ai/nonexistent", kGood, 404, "Application 'nonexistent' not found"},
        Refusal{"AppBeforePath", "POST", "/fal-ai/none/x", kGood, 404, "Application 'none' not found"},
        Refusal{"OtherOwner", "POST", "/me/flux/dev", kGood, 404, "Application 'flux' not found"},
        Refusal{"PathBeforeBody", "POST", "/fal-ai/flux/dev/inpainting", kGood, 404,
                "Path /dev/inpainting not found"},
        Refusal{"BareApp", "POST", "/fal-ai/flux", kGood, 404, "Path / not found"},
        Refusal{"UnknownPathWithGet", "GET", "/fal-ai/flux/none", kGood, 404, "Path /none not found"},
        Refusal{"Get", "GET", "/fal-ai/flux/dev", kGood, 405, "Method Not Allowed"},
        Refusal{"Put", "PUT", "/fal-ai/flux/dev", kGood, 405, "Method Not Allowed"},
        Refusal{"Delete", "DELETE", "/fal-ai/flux/dev", kGood, 405, "Method Not Allowed"},
        Refusal{"NoApp", "POST", "/fal-ai", kGood, 404, "Not Found"},
        Refusal{"Root", "GET", "/", "", 404, "Not Found"}),
    [](const auto& row) { return row.param.name; });

TEST_F(GenerationTest, WithoutAHeaderTheAppIsNamed) {
  const auto reply = Client().Post("/fal-ai/flux/dev", "{}", "application/json");
  EXPECT_EQ(reply->status, 401);
  EXPECT_EQ(
      Given::parse(reply->body)["detail"],
      "Cannot access application 'fal-ai/flux'. Authentication is required to access this application.");
}

TEST_F(SimTest, TheDialectReachesTheWire) {
  SimConfig config;
  config.pydantic = 1;
  StartSim(config);
  EXPECT_EQ(Generate(Given::object())->body,
            R"({"detail":[{"loc":["body","prompt"],"msg":"field required","type":"value_error.missing"}]})");
}

TEST_F(SimTest, ASeedMakesRunsRepeat) {
  SimConfig config;
  config.seed = 5;
  const auto run = [&] {
    StartSim(config);
    const auto reply = Generate({{"prompt", "x"}, {"image_size", "square"}});
    return std::pair(reply->get_header_value("x-fal-request-id"),
                     Given::parse(reply->body)["seed"].get<std::uint64_t>());
  };
  const auto first = run();
  EXPECT_EQ(run(), first);
}

TEST_F(SimTest, UrlsStartAsTold) {
  SimConfig config;
  config.public_url = "https://pictures.example";
  StartSim(config);
  const Given body = Given::parse(Generate({{"prompt", "x"}, {"image_size", "square"}})->body);
  EXPECT_THAT(body["images"][0]["url"].get<std::string>(), StartsWith("https://pictures.example/files/"));
}

TEST_F(SimTest, LatencyIsAdded) {
  SimConfig config;
  config.latency = std::chrono::milliseconds(120);
  StartSim(config);
  const auto before = std::chrono::steady_clock::now();
  const Given body = Given::parse(Generate({{"prompt", "x"}, {"image_size", "square"}})->body);
  EXPECT_GE(std::chrono::steady_clock::now() - before, config.latency);
  EXPECT_GE(body["timings"]["inference"].get<double>(), 0.12);
}

}  // namespace
}  // namespace flux::sim

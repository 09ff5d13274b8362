// Every model over a real socket: the least that it asks for gives a picture of the right size and format in
// the right form (fal-api §1.6), and the right bill (§8).
#include <spdlog/fmt/fmt.h>

#include "base/base64.h"
#include "sim/pictures/data_uri.h"
#include "sim/pictures/picture.h"
#include "tests/sim/decode.h"
#include "tests/sim/model_specs.h"
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

using testing::ElementsAre;

std::string DataUri(Pixels size) {
  std::string uri = "data:image/png;base64,";
  AppendBase64(EncodePng(Black(size)), uri);
  return uri;
}

std::vector<std::string> KeysOf(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

class ModelReplyTest : public SimTest, public testing::WithParamInterface<Spec> {
 protected:
  void SetUp() override { StartSim(); }
  httplib::Result Ask(const Given& more = Given::object()) {
    Given body = Minimal(GetParam(), DataUri(GetParam().picture));
    body.update(more);
    return Generate(body, "/" + GetParam().endpoint);
  }
};

TEST_P(ModelReplyTest, TheLeastGivesAPicture) {
  const Spec& spec = GetParam();
  const auto reply = Ask();
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->status, 200) << reply->body;
  const Json body = Json::parse(reply->body);
  const bool one = spec.form == Form::kOneImage;
  ASSERT_EQ(body.contains("image"), one);
  if (!one) {
    ASSERT_EQ(body["images"].size(), 1U);
  }
  const Json& image = one ? body["image"] : body["images"][0];
  const bool sized = spec.form == Form::kSized || one;
  if (sized) {
    EXPECT_THAT(KeysOf(image), ElementsAre("url", "width", "height", "content_type"));
  } else {
    EXPECT_THAT(KeysOf(image),
                ElementsAre("url", "content_type", "file_name", "file_size", "width", "height"));
  }
  if (spec.form == Form::kFileAndSeedOnly) {
    EXPECT_THAT(KeysOf(body), ElementsAre("images", "seed"));
  } else if (spec.form == Form::kFilesOnly) {
    EXPECT_THAT(KeysOf(body), ElementsAre("images"));
  } else if (one) {
    EXPECT_THAT(KeysOf(body), ElementsAre("image", "seed", "timings", "caption"));
  } else {
    EXPECT_THAT(KeysOf(body), ElementsAre("images", "timings", "seed", "has_nsfw_concepts", "prompt"));
  }
  EXPECT_EQ(image["width"], spec.size.width);
  EXPECT_EQ(image["height"], spec.size.height);
  EXPECT_EQ(image["content_type"], "image/" + spec.format);

  const std::string url = image["url"];
  const std::string bytes = Fetch(url);
  EXPECT_EQ(SniffType(bytes), "image/" + spec.format);
  EXPECT_EQ(Decode(bytes).size, spec.size);
  if (!sized) {
    EXPECT_TRUE(url.ends_with("/" + image["file_name"].get<std::string>()));
    EXPECT_EQ(image["file_size"], bytes.size());
  }
  EXPECT_EQ(reply->get_header_value("x-fal-billable-units"), fmt::format("{}", spec.units));
  const Given ledger = Ledger();
  EXPECT_EQ(ledger["billed_units"], spec.units);
  EXPECT_EQ(ledger["purchases"][0]["endpoint"], spec.endpoint);
}

TEST_P(ModelReplyTest, InSyncModeNothingIsKept) {
  if (GetParam().fields.find("sync_mode") == std::string::npos) return;
  const auto reply = Ask({{"sync_mode", true}});
  ASSERT_EQ(reply->status, 200) << reply->body;
  const Given image = Given::parse(reply->body)["images"][0];
  const std::string url = image["url"];
  EXPECT_TRUE(url.starts_with("data:image/" + GetParam().format + ";base64,"));
  EXPECT_EQ(Decode(FromDataUri(url).value_or("")).size, GetParam().size);
  if (GetParam().form != Form::kSized) {
    EXPECT_TRUE(image["file_name"].is_null());
  }
}

TEST_P(ModelReplyTest, NothingAtAllIsRefusedUnbilled) {
  const auto reply = Generate(Given::object(), "/" + GetParam().endpoint);
  EXPECT_EQ(reply->status, 422);
  EXPECT_EQ(reply->get_header_value("x-fal-billable-units"), "0");
  EXPECT_EQ(Purchases(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, ModelReplyTest, testing::ValuesIn(Specs()),
                         [](const auto& row) { return TestName(row.param.endpoint); });

class FamilyTest : public SimTest {
 protected:
  void SetUp() override { StartSim(); }
  // The one picture of a reply; an empty object, and a failure, when there is none.
  Given Image(const std::string& endpoint, const Given& body) {
    const auto reply = Generate(body, endpoint);
    if (!reply || reply->status != 200) {
      ADD_FAILURE() << (reply ? reply->body : "no reply");
      return Given::object();
    }
    return Given::parse(reply->body)["images"][0];
  }
};

TEST_F(FamilyTest, PicturesArePricedByTheirUnit) {
  const Given large = {{"width", 2048}, {"height", 2048}};
  const auto units = [this](const std::string& endpoint, const Given& body) {
    return Generate(body, endpoint)->get_header_value("x-fal-billable-units");
  };
  EXPECT_EQ(units("/fal-ai/flux-2", {{"prompt", "x"}, {"image_size", large}, {"num_images", 2}}), "8");
  EXPECT_EQ(units("/fal-ai/flux-2-pro", {{"prompt", "x"}, {"image_size", large}, {"num_images", 2}}), "4");
  EXPECT_EQ(units("/fal-ai/flux-pro/v1.1-ultra", {{"prompt", "x"}, {"num_images", 2}}), "2");
  EXPECT_EQ(units("/fal-ai/flux-pro/kontext/max/text-to-image", {{"prompt", "x"}, {"num_images", 3}}), "3");
  EXPECT_EQ(
      units("/fal-ai/flux-2-flex/edit", {{"prompt", "x"},
                                         {"image_urls", {DataUri({2048, 1024}), "https://example.com/a.png"}},
                                         {"image_size", "square"}}),
      "4");
  EXPECT_EQ(Ledger()["billed_units"], 8 + 4 + 2 + 3 + 4);
}

TEST_F(FamilyTest, AClassOfPixelsDecidesSizeAndBill) {
  struct Row {
    const char* ratio;
    const char* resolution;
    int width, height;
    double dollars;
  };
  for (const Row& row : {Row{"1:1", "512sq", 512, 512, 0.041}, Row{"1:1", "768sq", 768, 768, 0.041},
                         Row{"16:9", "1k", 1360, 768, 0.048}, Row{"16:9", "2k", 2736, 1536, 0.1},
                         Row{"1:2", "1k", 720, 1456, 0.048}}) {
    const auto reply =
        Generate({{"prompt", "x"}, {"aspect_ratio", row.ratio}, {"resolution", row.resolution}},
                 "/blackforestlabs/flux-3/text-to-image");
    ASSERT_EQ(reply->status, 200) << reply->body;
    const Given image = Given::parse(reply->body)["images"][0];
    EXPECT_EQ(image["width"], row.width) << row.ratio << row.resolution;
    EXPECT_EQ(image["height"], row.height) << row.ratio << row.resolution;
    EXPECT_NEAR(std::stod(reply->get_header_value("x-fal-billable-units")) * 0.048, row.dollars, 1e-9);
  }
}

TEST_F(FamilyTest, Flux3HoldsItsReferencesToTheirLimits) {
  const auto edit = [this](const Given& pictures) {
    return Generate({{"prompt", "x"}, {"image_urls", pictures}}, "/blackforestlabs/flux-3/edit-image");
  };
  const std::string good = DataUri({256, 256});
  EXPECT_EQ(edit(std::vector<std::string>(10, good))->status, 200);
  const auto many = edit(std::vector<std::string>(11, good));
  EXPECT_EQ(many->status, 422);
  EXPECT_THAT(many->body, testing::HasSubstr("too_long"));
  const auto small = edit({good, DataUri({255, 300})});
  EXPECT_EQ(small->status, 422);
  EXPECT_THAT(small->body, testing::HasSubstr("image_too_small"));
  const auto large = edit({DataUri({2049, 2048})});
  EXPECT_EQ(large->status, 422);
  EXPECT_THAT(large->body, testing::HasSubstr("image_too_large"));
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(FamilyTest, APictureGrowsByWhatIsAddedToItOrByItsFactor) {
  const std::string square = DataUri({512, 512});
  const auto wider = Generate({{"image_url", square}, {"expand_left", 512}, {"expand_top", 100}},
                              "/fal-ai/flux-2-pro/outpaint");
  EXPECT_EQ(Given::parse(wider->body)["images"][0]["width"], 1024) << wider->body;
  EXPECT_EQ(Given::parse(wider->body)["images"][0]["height"], 612);
  EXPECT_EQ(wider->get_header_value("x-fal-billable-units"), "1") << "fal's example charges no input";
  EXPECT_EQ(Generate({{"image_url", square}, {"expand_left", 2048}, {"expand_right", 1}},
                     "/fal-ai/flux-2-pro/outpaint")
                ->status,
            422);
  const auto larger =
      Generate({{"image_url", square}, {"upscale_factor", 3.0}}, "/fal-ai/flux-vision-upscaler");
  EXPECT_EQ(Given::parse(larger->body)["image"]["height"], 1536) << larger->body;
  EXPECT_EQ(larger->get_header_value("x-fal-billable-units"), "3");
}

TEST_F(FamilyTest, UltraTakesAnyRatioWithinTheLimits) {
  const Given image = Image("/fal-ai/flux-pro/v1.1-ultra", {{"prompt", "x"}, {"aspect_ratio", "2:1"}});
  EXPECT_EQ(image["width"], 2880);
  EXPECT_EQ(image["height"], 1440);
  const auto refused = Generate({{"prompt", "x"}, {"aspect_ratio", "banana"}}, "/fal-ai/flux-pro/v1.1-ultra");
  EXPECT_EQ(refused->status, 422);
  EXPECT_EQ(refused->body,
            R"({"detail":[{"loc":["body","aspect_ratio"],"msg":"Aspect ratio must be between 21:9 and 9:21",)"
            R"("type":"value_error"}]})");
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(FamilyTest, FieldsOfOtherModelsHaveNoEffect) {
  EXPECT_EQ(Image("/fal-ai/flux-pro/v1.1-ultra", {{"prompt", "x"}, {"image_size", "square"}})["width"], 2752);
  EXPECT_EQ(Image(kDev, {{"prompt", "x"}, {"aspect_ratio", "9:21"}})["width"], 1024);
  const auto one = Generate({{"prompt", "x"}, {"num_images", 4}}, "/fal-ai/flux-2-max");
  EXPECT_EQ(Given::parse(one->body)["images"].size(), 1U);
}

TEST_F(FamilyTest, KontextFollowsTheInputOrTheRatio) {
  const std::string picture = DataUri({320, 200});
  EXPECT_EQ(Image("/fal-ai/flux-pro/kontext", {{"prompt", "x"}, {"image_url", picture}})["width"], 320);
  EXPECT_EQ(Image("/fal-ai/flux-pro/kontext",
                  {{"prompt", "x"}, {"image_url", picture}, {"aspect_ratio", "1:1"}})["width"],
            1024);
  EXPECT_EQ(Image("/fal-ai/flux-kontext/dev",
                  {{"prompt", "x"}, {"image_url", picture}, {"resolution_mode", "9:16"}})["height"],
            1392);
  EXPECT_EQ(Image("/fal-ai/flux-pro/kontext/multi",
                  {{"prompt", "x"}, {"image_urls", {"https://example.com/a.png", picture}}})["width"],
            320);
}

TEST_F(FamilyTest, ImageAndMaskMustMatch) {
  const std::string endpoint = "/fal-ai/flux-pro/v1/fill";
  const Given body = {{"prompt", "x"}, {"image_url", DataUri({96, 64})}, {"mask_url", DataUri({64, 96})}};
  const auto refused = Generate(body, endpoint);
  EXPECT_EQ(refused->status, 422);
  EXPECT_EQ(refused->body,
            R"({"detail":[{"loc":["body","mask_url"],"msg":"Image and mask must have the same dimensions.",)"
            R"("type":"value_error"}]})");
  EXPECT_EQ(refused->get_header_value("x-fal-billable-units"), "0");
  EXPECT_EQ(Purchases(), 0U);
}

TEST_F(FamilyTest, OfManyPicturesFlux2LooksAtFour) {
  std::vector<std::string> urls(4, "https://example.com/a.png");
  urls.emplace_back("https://gone.invalid/b.png");
  EXPECT_EQ(Generate({{"prompt", "x"}, {"image_urls", urls}}, "/fal-ai/flux-2/edit")->status, 200);
  EXPECT_EQ(Generate({{"prompt", "x"}, {"image_urls", urls}}, "/fal-ai/flux-2-pro/edit")->status, 422);
  std::swap(urls[0], urls[4]);
  EXPECT_EQ(Generate({{"prompt", "x"}, {"image_urls", urls}}, "/fal-ai/flux-2/edit")->status, 422);
}

TEST_F(FamilyTest, WebpIsWebp) {
  const Given body = {
      {"prompt", "x"}, {"output_format", "webp"}, {"image_size", {{"width", 600}, {"height", 512}}}};
  const Given image = Image("/fal-ai/flux-2/turbo", body);
  const auto file =
      Client().Get(image["url"].get<std::string>().substr(image["url"].get<std::string>().find("/files")));
  EXPECT_EQ(file->get_header_value("Content-Type"), "image/webp");
  EXPECT_EQ(DecodeWebp(file->body).size, (Pixels{600, 512}));
}

TEST_F(FamilyTest, AnEnhancedPromptIsTold) {
  const auto told = [this](const std::string& endpoint, const Given& body) {
    return Given::parse(Generate(body, endpoint)->body)["prompt"];
  };
  EXPECT_EQ(told("/fal-ai/flux-pro/v1.1", {{"prompt", "a boat"}}), "a boat");
  EXPECT_NE(told("/fal-ai/flux-pro/v1.1", {{"prompt", "a boat"}, {"enhance_prompt", true}}), "a boat");
  EXPECT_NE(told("/fal-ai/flux-2", {{"prompt", "a boat"}, {"enable_prompt_expansion", true}}), "a boat");
}

TEST_F(FamilyTest, BlackPicturesHaveNoFlagWhereTheReplyHasNone) {
  const auto reply = Generate({{"prompt", "sim:nsfw"}, {"image_size", "square"}}, "/fal-ai/flux-2-pro");
  const Given body = Given::parse(reply->body);
  EXPECT_FALSE(body.contains("has_nsfw_concepts"));
  const Picture picture = Decode(Fetch(body["images"][0]["url"]));
  EXPECT_TRUE(std::ranges::all_of(picture.rgb, [](int value) { return value == 0; }));
}

}  // namespace
}  // namespace flux::sim

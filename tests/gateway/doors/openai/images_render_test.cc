// Generations as OpenAI's API tells them.
#include "gateway/doors/openai/images_render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace flux::gateway {
namespace {

using nlohmann::json;

v1::Generation Made() {
  v1::Generation made;
  v1::GeneratedImage& image = *made.add_images();
  image.set_url("https://fal.example/a.png");
  image.set_width(512);
  image.set_height(768);
  image.set_content_type("image/png");
  made.set_model("text-to-image/dev");
  made.mutable_price()->set_micro_usd(25'000);
  return made;
}

TEST(ImagesRenderTest, Urls) {
  EXPECT_EQ(json::parse(RenderImages(Made(), {.created = 7})),
            json::parse(R"({"created":7,"background":"opaque",
      "output_format":"png","size":"512x768","data":[{"url":"https://fal.example/a.png"}],"model":"text-to-image/dev",
      "usage":{"input_tokens":0,"input_tokens_details":{"image_tokens":0,"text_tokens":0},"output_tokens":0,
               "total_tokens":0,"cost_usd":0.025}})"));
}

TEST(ImagesRenderTest, BytesAndWhatElseIsKnown) {
  v1::Generation made = Made();
  made.mutable_images(0)->set_data("ABC");
  made.mutable_images(0)->set_nsfw(true);
  made.add_images()->set_data("D");
  made.set_prompt("a \"cat\"");
  made.set_seed(18446744073709551615U);
  made.add_warnings("theirs");
  const json told = json::parse(RenderImages(made, {.base64 = true, .warnings = {"ours"}}));
  EXPECT_EQ(told["data"][0], json::parse(R"({"b64_json":"QUJD","revised_prompt":"a \"cat\"","nsfw":true})"));
  EXPECT_EQ(told["data"][1]["b64_json"], "RA==");
  EXPECT_EQ(told["seed"], 18446744073709551615U);
  EXPECT_EQ(told["warnings"], json({"ours", "theirs"}));
  const json urls = json::parse(RenderImages(made, {}));
  EXPECT_EQ(urls["data"][0]["url"], "data:image/png;base64,QUJD");
}

TEST(ImagesRenderTest, AnEventForEachPictureAndThePriceOnce) {
  v1::Generation made = Made();
  made.mutable_images(0)->set_data("ABC");
  *made.add_images() = made.images(0);
  const ImagesReply reply{.created = 7, .base64 = true};
  const std::string first = RenderCompleted(made, 0, "image_edit.completed", reply);
  constexpr std::string_view kHead = "event: image_edit.completed\ndata: ";
  ASSERT_TRUE(first.starts_with(kHead) && first.ends_with("\n\n"));
  const json event = json::parse(first.substr(kHead.size()));
  EXPECT_EQ(event["type"], "image_edit.completed");
  EXPECT_EQ(event["b64_json"], "QUJD");
  EXPECT_EQ(event["created_at"], 7);
  EXPECT_EQ(event["size"], "512x768");
  EXPECT_EQ(event["output_format"], "png");
  EXPECT_FALSE(event["usage"].contains("cost_usd"));
  EXPECT_NE(RenderCompleted(made, 1, "image_edit.completed", reply).find("\"cost_usd\":0.025"),
            std::string::npos);
}

}  // namespace
}  // namespace flux::gateway

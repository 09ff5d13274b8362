// Today's API as a form: the same request as its JSON, and pictures as files.
#include "gateway/doors/flux/flux_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/doors/flux/flux.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;

std::string Part(const std::string& head, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
}

std::string File(const std::string& name, const std::string& content) {
  return Part("name=\"" + name + "\"; filename=\"x\"", content);
}

Result<GenerationRequest> Read(v1::ModelKind kind, const std::string& parts) {
  return ParseFluxForm(kind, "m", "multipart/form-data; boundary=b", parts + "--b--", UnknownFields::kWarn);
}

std::string Message(const Result<GenerationRequest>& read) {
  return read ? "" : read.error().message;
}

TEST(FluxFormTest, TextIsReadByTheRulesOfTextInJson) {
  const auto form =
      Read(v1::MODEL_KIND_IMAGE_TO_IMAGE,
           Part("name=prompt", "a cat") + Part("name=num_images", " 2 ") + Part("name=strength", "0.5") +
               Part("name=image_url", "https://a.example/a.png") + Part("name=seed", "-1") +
               Part("name=image_size", "16:9") + Part("name=sync_mode", "True"));
  const auto json = ParseFlux(v1::MODEL_KIND_IMAGE_TO_IMAGE, "m",
                              R"({"prompt":"a cat","num_images":" 2 ","strength":"0.5",
                                  "image_url":"https://a.example/a.png","seed":"-1","image_size":"16:9","sync_mode":"True"})");
  ASSERT_TRUE(form.has_value()) << Message(form);
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(std::get<v1::ImageToImageRequest>(*form).SerializeAsString(),
            std::get<v1::ImageToImageRequest>(*json).SerializeAsString());
}

TEST(FluxFormTest, FilesArePicturesUnderEitherName) {
  for (const char* name : {"image_url", "image", "image[]", "images", "image_urls"}) {
    const auto read = Read(v1::MODEL_KIND_INPAINTING, File(name, "A") + File("mask", "M"));
    ASSERT_TRUE(read.has_value()) << name << Message(read);
    EXPECT_EQ(std::get<v1::InpaintRequest>(*read).image().data(), "A") << name;
    EXPECT_EQ(std::get<v1::InpaintRequest>(*read).mask().data(), "M") << name;
  }
}

TEST(FluxFormTest, EditsTakeSeveral) {
  const auto read = Read(v1::MODEL_KIND_EDIT, File("image_urls", "A") + File("image_urls", "B"));
  ASSERT_TRUE(read.has_value()) << Message(read);
  EXPECT_EQ(std::get<v1::EditImageRequest>(*read).images_size(), 2);
  const auto urls = Read(v1::MODEL_KIND_EDIT, Part("name=images", "https://a.example/1") +
                                                  Part("name=images", "https://a.example/2"));
  ASSERT_TRUE(urls.has_value()) << Message(urls);
  EXPECT_EQ(std::get<v1::EditImageRequest>(*urls).images(1).url(), "https://a.example/2");
  const auto one = Read(v1::MODEL_KIND_EDIT, Part("name=image_urls", "https://a.example/1"));
  ASSERT_TRUE(one.has_value()) << Message(one);
  EXPECT_EQ(std::get<v1::EditImageRequest>(*one).images_size(), 1);
}

TEST(FluxFormTest, WhatIsWrongIsToldByName) {
  EXPECT_THAT(Message(Read(v1::MODEL_KIND_IMAGE_TO_IMAGE, File("image", "A") + File("image", "B"))),
              HasSubstr("image_url must be one file"));
  EXPECT_THAT(
      Message(Read(v1::MODEL_KIND_IMAGE_TO_IMAGE, File("image", "A") + Part("name=image_url", "https://b"))),
      HasSubstr("image_url must not be given both"));
  EXPECT_THAT(Message(Read(v1::MODEL_KIND_INPAINTING, File("mask", "A") + File("mask_url", "B"))),
              HasSubstr("mask_url is there twice"));
  EXPECT_THAT(
      Message(Read(v1::MODEL_KIND_INPAINTING, File("mask", "A") + Part("name=mask_url", "https://b"))),
      HasSubstr("mask_url must not be given both"));
  EXPECT_THAT(Message(Read(v1::MODEL_KIND_TEXT_TO_IMAGE, File("image", "A"))), HasSubstr("is not taken"));
  EXPECT_THAT(Message(Read(v1::MODEL_KIND_EDIT, File("prompt", "A"))), HasSubstr("must be text, not a file"));
  EXPECT_THAT(Message(Read(v1::MODEL_KIND_EDIT, Part("name=enable_safety_checker", "false"))),
              HasSubstr("must be false as a boolean"));
}

}  // namespace
}  // namespace flux::gateway

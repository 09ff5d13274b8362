// Pictures that are fetched and looked at: what is promised, broken, too large or too slow.
#include "service/delivery/delivery.h"

#include <gmock/gmock.h>

#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/pictures.h"

namespace flux::service {
namespace {

using testing::HasSubstr;

class DeliveryTest : public testing::Test {
 protected:
  ~DeliveryTest() override { loop_.Stop(); }

  void Promise(const std::string& url, std::uint32_t width, std::uint32_t height) {
    auto& image = *made_.add_images();
    image.set_url(url);
    image.set_width(width);
    image.set_height(height);
    image.set_content_type("image/jpeg");
    image.set_nsfw(true);
  }

  void Fetch(Bytes most = Bytes{1 << 20}) {
    DeliveryOptions options = options_;
    options.most = most;
    Delivery delivery(fetcher_, options);
    const auto run = [](Delivery& of, v1::Generation& made) -> asio::awaitable<bool> {
      co_await of.Fetch(made, SteadyTime::max());
      co_return true;
    };
    fakes::Spawned<bool>(loop_, run(delivery, made_)).Get();
  }

  EventLoop loop_{"test"};
  fakes::FakeFetcher fetcher_;
  DeliveryOptions options_;
  v1::Generation made_;
  const std::string png_ = fakes::MakePng(64, 32);
};

TEST_F(DeliveryTest, BringsBytesWithTheirTrueType) {
  fetcher_.Answer("https://v3.fal.media/a", png_);
  Promise("https://v3.fal.media/a", 64, 32);
  Fetch();
  EXPECT_EQ(made_.images(0).data(), png_);
  EXPECT_EQ(made_.images(0).content_type(), "image/png");
  EXPECT_TRUE(made_.images(0).nsfw());
  EXPECT_TRUE(made_.warnings().empty());
}

TEST_F(DeliveryTest, TellsTheSizeWhereFalDidNot) {
  fetcher_.Answer("https://v3.fal.media/a", png_);
  made_.add_images()->set_url("https://v3.fal.media/a");
  Fetch();
  EXPECT_EQ(made_.images(0).width(), 64u);
  EXPECT_EQ(made_.images(0).height(), 32u);
}

TEST_F(DeliveryTest, WhatCannotBeFetchedOrIsNotAsPromisedKeepsItsUrl) {
  fetcher_.Answer("https://v3.fal.media/cut", png_.substr(0, png_.size() / 2));
  fetcher_.Answer("https://v3.fal.media/good", png_);
  Promise("https://v3.fal.media/missing", 64, 32);
  Promise("https://v3.fal.media/cut", 64, 32);
  Promise("https://v3.fal.media/good", 64, 33);
  Promise("https://v3.fal.media/good", 64, 32);
  Fetch();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(made_.images(i).has_url()) << i;
  EXPECT_TRUE(made_.images(3).has_data());
  ASSERT_EQ(made_.warnings_size(), 3);
  EXPECT_THAT(made_.warnings(0), HasSubstr("picture 1: it was made but not fetched: there is nothing"));
  EXPECT_THAT(made_.warnings(2), HasSubstr("picture 3: "));
}

TEST_F(DeliveryTest, KeepsTheUrlOfWhatTheReplyCannotHold) {
  fetcher_.Answer("https://v3.fal.media/a", png_);
  Promise("https://v3.fal.media/a", 64, 32);
  Promise("https://v3.fal.media/a", 64, 32);
  Fetch(Bytes{png_.size() + 1});
  EXPECT_TRUE(made_.images(0).has_data());
  EXPECT_TRUE(made_.images(1).has_url());
  EXPECT_THAT(made_.warnings(0), HasSubstr("too large"));
}

TEST_F(DeliveryTest, LooksAtPicturesThatCameAsBytes) {
  auto& image = *made_.add_images();
  image.set_data(png_);
  image.set_content_type("image/jpeg");
  Fetch();
  EXPECT_EQ(made_.images(0).data(), png_);
  EXPECT_EQ(made_.images(0).content_type(), "image/png");
  EXPECT_EQ(made_.images(0).width(), 64u);
  EXPECT_TRUE(made_.warnings().empty());
}

TEST_F(DeliveryTest, BrokenBytesAreDeliveredWithAWarning) {
  auto& cut = *made_.add_images();
  cut.set_data(png_.substr(0, png_.size() / 2));
  cut.set_content_type("image/png");
  made_.add_images()->set_data("whatever");
  Fetch(Bytes{1});  // there is nowhere else to get them, so they are never left out
  EXPECT_EQ(made_.images(0).data(), png_.substr(0, png_.size() / 2));
  EXPECT_EQ(made_.images(0).content_type(), "image/png");
  EXPECT_EQ(made_.images(1).data(), "whatever");
  ASSERT_EQ(made_.warnings_size(), 2);
  EXPECT_THAT(made_.warnings(0), HasSubstr("picture 1: it could not be checked: "));
  EXPECT_THAT(made_.warnings(1), HasSubstr("picture 2: it could not be checked: "));
}

TEST_F(DeliveryTest, ALookThatTakesTooLongCostsTheCheckNotThePicture) {
  options_.longest_look = std::chrono::milliseconds(0);
  fetcher_.Answer("https://v3.fal.media/a", png_);
  Promise("https://v3.fal.media/a", 64, 32);
  made_.add_images()->set_data(png_);
  Fetch();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(made_.images(i).data(), png_);
  ASSERT_EQ(made_.warnings_size(), 2);
  EXPECT_THAT(made_.warnings(0), HasSubstr("it could not be checked: looking at it took too long"));
}

TEST_F(DeliveryTest, ManyPicturesAreLookedAtAtOnce) {
  options_.lookers = 2;
  for (int i = 0; i < 32; ++i) made_.add_images()->set_data(png_);
  Fetch();
  for (const auto& image : made_.images()) EXPECT_EQ(image.data(), png_);
  EXPECT_TRUE(made_.warnings().empty());
}

}  // namespace
}  // namespace flux::service

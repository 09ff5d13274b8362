// Pictures that are painted once.
#include "sim/pictures/gallery.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace flux::sim {
namespace {

constexpr Motif kMotif{.prompt = "a boat", .seed = "7", .size = {64, 48}};

TEST(GalleryTest, TheSameMotifIsPaintedOnce) {
  Gallery gallery;
  const auto first = gallery.Get(kMotif);
  EXPECT_FALSE(first->empty());
  EXPECT_EQ(gallery.Get(kMotif), first);  // the very same bytes
  EXPECT_EQ(*Gallery().Get(kMotif), *first);
}

TEST(GalleryTest, EverythingAboutAMotifMatters) {
  Gallery gallery;
  std::set<std::string> files = {*gallery.Get(kMotif)};
  const auto change = [&files, &gallery](auto member, auto value) {
    Motif motif = kMotif;
    motif.*member = value;
    files.insert(*gallery.Get(motif));
  };
  change(&Motif::prompt, "a goat");
  change(&Motif::seed, "8");
  change(&Motif::index, 1);
  change(&Motif::size, Pixels{48, 64});
  change(&Motif::format, Format::kPng);
  change(&Motif::format, Format::kWebp);
  change(&Motif::black, true);
  EXPECT_EQ(files.size(), 8U);
}

TEST(GalleryTest, RemembersNoMoreThanItMay) {
  const std::size_t one = Gallery().Get(kMotif)->size();
  Gallery gallery(one * 3);
  const auto first = gallery.Get(kMotif);
  const auto with_seed = [&gallery](const std::string& seed) {
    Motif motif = kMotif;
    motif.seed = seed;
    return gallery.Get(motif);
  };
  for (int seed = 100; seed < 110; ++seed) with_seed(std::to_string(seed));
  EXPECT_NE(gallery.Get(kMotif), first);  // painted anew
  const auto newest = with_seed("109");
  EXPECT_EQ(with_seed("109"), newest);
  Gallery none(1);
  EXPECT_NE(none.Get(kMotif), none.Get(kMotif));
}

TEST(GalleryTest, ManyMayAskAtOnce) {
  Gallery gallery;
  std::vector<std::shared_ptr<const std::string>> files(64);
  std::vector<std::thread> askers;
  for (auto& file : files) askers.emplace_back([&] { file = gallery.Get(kMotif); });
  for (std::thread& asker : askers) asker.join();
  for (const auto& file : files) EXPECT_EQ(*file, *files[0]);
}

}  // namespace
}  // namespace flux::sim

// Which known name somebody meant who wrote another one.
#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace flux {
namespace {

TEST(EditDistance, CountsSingleChanges) {
  EXPECT_EQ(EditDistance("seed", "seed"), 0u);
  EXPECT_EQ(EditDistance("sed", "seed"), 1u);
  EXPECT_EQ(EditDistance("seeed", "seed"), 1u);
  EXPECT_EQ(EditDistance("sead", "seed"), 1u);
  EXPECT_EQ(EditDistance("sede", "seed"), 1u) << "two neighbours in each other's place";
  EXPECT_EQ(EditDistance("", "seed"), 4u);
  EXPECT_EQ(EditDistance("seed", ""), 4u);
}

TEST(EditDistance, IsBoundedForLongNames) {
  EXPECT_EQ(EditDistance(std::string(100'000, 'a'), std::string(100'000, 'b')), 64u);
}

TEST(Nearest, FindsWhatWasMeant) {
  constexpr std::array<std::string_view, 4> kKnown = {"seed", "strength", "num_images",
                                                      "num_inference_steps"};
  EXPECT_EQ(Nearest("num_image", kKnown), "num_images");
  EXPECT_EQ(Nearest("strenght", kKnown), "strength");
  EXPECT_EQ(Nearest("num_inferense_step", kKnown), "num_inference_steps");
  EXPECT_EQ(Nearest("seed", kKnown), "") << "known";
  EXPECT_EQ(Nearest("user", kKnown), "");
  EXPECT_EQ(Nearest("sd", kKnown), "") << "too short to be sure";
  EXPECT_EQ(Nearest("", kKnown), "");
}

TEST(Nearest, IsStricterWithShortNames) {
  constexpr std::array<std::string_view, 6> kKnown = {"seed", "raw", "mask", "loras", "prompt", "image"};
  for (const char* other :
       {"seen", "need", "send", "sed",  "speed", "seedy", "see", "draw", "row", "rows", "raw1",
        "task", "mark", "mas",  "lore", "flora", "s",     "ss",  "x",    "n",   "page", "imag"}) {
    EXPECT_EQ(Nearest(other, kKnown), "") << other;
  }
  for (const auto& [said, meant] : {std::pair{"sede", "seed"},
                                    {"esed", "seed"},
                                    {"seeds", "seed"},
                                    {"arw", "raw"},
                                    {"raws", "raw"},
                                    {"maks", "mask"},
                                    {"masks", "mask"},
                                    {"lora", "loras"},
                                    {"lorsa", "loras"},
                                    {"promt", "prompt"},
                                    {"promtp", "prompt"},
                                    {"imgae", "image"}}) {
    EXPECT_EQ(Nearest(said, kKnown), meant) << said;
  }
}

}  // namespace
}  // namespace flux

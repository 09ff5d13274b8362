// Files that the simulator serves, and which go when there are too many.
#include "sim/pictures/files.h"

#include <gtest/gtest.h>

namespace flux::sim {
namespace {

TEST(FilesTest, FindsWhatWasPut) {
  Files files;
  const std::string path = files.Put("abc", {"bytes", "image/png"});
  EXPECT_TRUE(path.starts_with("/files/")) << path;
  EXPECT_TRUE(path.ends_with("/abc.png")) << path;
  ASSERT_NE(files.Find(path), nullptr);
  EXPECT_EQ(files.Find(path)->bytes, "bytes");
  EXPECT_EQ(files.Find("/files/rabbit/other.png"), nullptr);
}

TEST(FilesTest, TheOldestGoesWhenThereAreTooMany) {
  Files files;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i <= Files::kMostFiles; ++i) {
    paths.push_back(files.Put(std::to_string(i), {"x", "image/png"}));
  }
  EXPECT_EQ(files.Find(paths[0]), nullptr);
  EXPECT_NE(files.Find(paths[1]), nullptr);
  EXPECT_NE(files.Find(paths.back()), nullptr);
}

TEST(FilesTest, TheOldestGoWhenTheyAreTooLarge) {
  Files files;
  const std::string half(Files::kMostBytes / 2, 'x');
  const std::string first = files.Put("1", {half, "image/png"});
  const std::string second = files.Put("2", {half, "image/png"});
  EXPECT_NE(files.Find(first), nullptr);
  const std::string third = files.Put("3", {"x", "image/png"});
  EXPECT_EQ(files.Find(first), nullptr);
  EXPECT_NE(files.Find(second), nullptr);
  const std::string huge = files.Put("4", {std::string(Files::kMostBytes + 1, 'x'), "image/png"});
  EXPECT_EQ(files.Find(third), nullptr);
  EXPECT_NE(files.Find(huge), nullptr);
}

}  // namespace
}  // namespace flux::sim

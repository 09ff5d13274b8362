// Watches files that change, vanish and come back, and links that are pointed elsewhere.
#include "base/file_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace flux {
namespace {

using namespace std::chrono_literals;

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::string name = (std::filesystem::path(testing::TempDir()) / "flux_file_watch_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~FileWatchTest() override { std::filesystem::remove_all(folder_); }

  // In one step: a watch never sees half of it.
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / "draft") << text;
    std::filesystem::rename(folder_ / "draft", folder_ / name);
    return (folder_ / name).string();
  }

  bool CallsBecome(int count) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (calls_ < count) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return calls_ == count;
  }

  std::filesystem::path folder_;
  std::atomic<int> calls_ = 0;
};

TEST_F(FileWatchTest, TellsOfEachChangeOnce) {
  const std::string first = Write("first", "a");
  const std::string second = Write("second", "a");
  FileWatch watch(1ms);
  watch.Add({first, second}, [this] { ++calls_; });
  watch.Start();
  Write("first", "longer");
  EXPECT_TRUE(CallsBecome(1));
  Write("second", "longer");
  EXPECT_TRUE(CallsBecome(2));
}

TEST_F(FileWatchTest, SeesLinksThatAreSwapped) {
  Write("old", "same");
  Write("new", "same");
  const auto link = folder_ / "link";
  std::filesystem::create_symlink("old", link);
  FileWatch watch(1ms);
  watch.Add({link.string()}, [this] { ++calls_; });
  watch.Start();
  std::filesystem::create_symlink("new", folder_ / "next");
  std::filesystem::rename(folder_ / "next", link);
  EXPECT_TRUE(CallsBecome(1));
}

TEST_F(FileWatchTest, AFileThatGoesAndComesBackIsTwoChanges) {
  const std::string file = Write("file", "a");
  FileWatch watch(1ms);
  watch.Add({file}, [this] { ++calls_; });
  watch.Start();
  std::filesystem::remove(file);
  EXPECT_TRUE(CallsBecome(1));
  Write("file", "back");
  EXPECT_TRUE(CallsBecome(2));
}

TEST_F(FileWatchTest, SeesAChangeThatKeepsSizeAndTime) {
  const std::string file = Write("file", "a");
  const auto time = std::filesystem::last_write_time(file);
  FileWatch watch(1ms);
  watch.Add({file}, [this] { ++calls_; });
  std::ofstream(file) << "b";
  std::filesystem::last_write_time(file, time);
  watch.Start();
  EXPECT_TRUE(CallsBecome(1));
}

TEST_F(FileWatchTest, CallsWhenAsked) {
  FileWatch watch(1h);
  watch.Add({Write("file", "a")}, [this] { ++calls_; });
  watch.Start();
  watch.CheckNow();
  EXPECT_TRUE(CallsBecome(1));
}

TEST_F(FileWatchTest, StopsWithoutHavingStarted) {
  FileWatch watch;
  watch.Add({"/nowhere"}, [] {});
  watch.Stop();
  FileWatch idle;
  idle.Start();
  idle.CheckNow();
}

}  // namespace
}  // namespace flux

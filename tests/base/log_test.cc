// Log lines: their form, what cannot forge them, and readers that are slow, gone or dead.
#include "base/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace flux {
namespace {

TEST(LogLineTest, IsOneJsonObjectInOrder) {
  EXPECT_EQ(
      LogLine("T", "info", "listening",
              {{"name", "http"}, {"port", 8080}, {"ms", 0.5}, {"ok", true}, {"text", std::string("x")}}),
      R"({"ts":"T","level":"info","event":"listening","name":"http","port":8080,"ms":0.5,"ok":true,"text":"x"})");
}

TEST(LogLineTest, CannotBeForged) {
  EXPECT_EQ(LogLine("T", "info", "e", {{"path", "a\"}\n{\"event\":\"x"}}),
            R"({"ts":"T","level":"info","event":"e","path":"a\"}\n{\"event\":\"x"})");
}

TEST(LogLineTest, ReplacesInvalidUtf8) {
  EXPECT_EQ(LogLine("T", "info", "e", {{"p", "\xff"}}),
            "{\"ts\":\"T\",\"level\":\"info\",\"event\":\"e\",\"p\":\"\xEF\xBF\xBD\"}");
}

TEST(LogLineTest, ShowsNothingThatATerminalObeys) {
  EXPECT_EQ(LogLine("T", "info", "e", {{"p", "a\u009b31m\u202eb\u2028c é"}}),
            "{\"ts\":\"T\",\"level\":\"info\",\"event\":\"e\",\"p\":\"a\uFFFD31m\uFFFDb\uFFFDc é\"}");
}

TEST(LogLineTest, HasNoNumberThatJsonLacks) {
  EXPECT_EQ(LogLine("T", "info", "e",
                    {{"ms", std::numeric_limits<double>::quiet_NaN()},
                     {"max", std::numeric_limits<double>::infinity()},
                     {"least", std::numeric_limits<std::int64_t>::min()}}),
            R"({"ts":"T","level":"info","event":"e","ms":null,"max":null,"least":-9223372036854775808})");
}

// Standard error of this process, taken over by a pipe.
class Pipe {
 public:
  Pipe() : before_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe(ends_.data()), 0);
    dup2(ends_[1], STDERR_FILENO);
  }
  ~Pipe() {
    Restore();
    close(ends_[0]);
  }
  // Nothing more comes: the end of the pipe can be read.
  void Restore() {
    if (before_ < 0) return;
    dup2(before_, STDERR_FILENO);
    close(before_);
    close(ends_[1]);
    before_ = -1;
  }
  std::string ReadToEnd() {
    std::string all;
    std::array<char, 65536> some{};
    for (ssize_t count = 0; (count = read(ends_[0], some.data(), some.size())) > 0;) {
      all.append(some.data(), static_cast<std::size_t>(count));
    }
    return all;
  }

 private:
  int before_;
  std::array<int, 2> ends_{};
};

auto Now() {
  return std::chrono::steady_clock::now();
}

TEST(LogTest, ALineIsWrittenWhileTheLogLivesAlsoAfterAQuietTime) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  Log log(LogLevel::kInfo, {}, ends[1]);
  for (int i = 0; i < 5; ++i) {
    if (i % 2 == 0) {
      log.Info("e", {{"i", i}});
    } else {
      log.Error("e", {{"i", i}});
    }
    std::array<char, 4096> line{};
    ASSERT_GT(read(ends[0], line.data(), line.size()), 0);  // waits for it
    EXPECT_EQ(nlohmann::json::parse(line.data())["i"], i);
  }
  close(ends[0]);
  close(ends[1]);
}

TEST(LogTest, AReaderThatComesLateGetsEveryLine) {
  Pipe pipe;  // holds 64 KiB
  constexpr int kLines = 10'000;
  const std::string padding(100, 'x');
  auto log = std::make_unique<Log>();
  for (int i = 0; i < kLines; ++i) log->Info("e", {{"i", i}, {"padding", padding}});
  // A megabyte and a half is handed over. Now somebody reads, and gets every line.
  std::string all;
  std::thread reader([&] { all = pipe.ReadToEnd(); });
  log.reset();
  pipe.Restore();
  reader.join();
  EXPECT_EQ(std::ranges::count(all, '\n'), kLines);
}

// What a log wrote, by event.
std::map<std::string, int> Events(const std::string& all) {
  std::map<std::string, int> events;
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) ++events[nlohmann::json::parse(line)["event"]];
  return events;
}

// How many lines were dropped, as the log tells: one line for each gap.
std::uint64_t ToldDropped(const std::string& all) {
  std::uint64_t sum = 0;
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json["event"] == "log_lines_dropped") sum += json["lines"].get<std::uint64_t>();
  }
  return sum;
}

TEST(LogTest, WithoutAReaderNobodyWaitsAndReceiptsOutliveOtherLines) {
  Pipe pipe;
  const std::string padding(1000, 'x');
  std::string all;
  std::thread reader;
  Log::Dropped dropped;
  {
    Log log(LogLevel::kInfo, {.lines = 256 * 1024, .receipts = 4 << 20});
    for (int i = 0; i < 2'000; ++i) {
      log.Info("chatter", {{"i", i}, {"padding", padding}});
      log.Receipt(LogLevel::kInfo, "receipt", {{"i", i}, {"padding", padding}});
    }
    dropped = log.dropped();
    EXPECT_GT(dropped.lines, 1'500u);
    EXPECT_EQ(dropped.receipts, 0u);
    reader = std::thread([&] { all = pipe.ReadToEnd(); });
  }
  pipe.Restore();
  reader.join();
  const std::map<std::string, int> events = Events(all);
  EXPECT_EQ(events.at("receipt"), 2'000);
  EXPECT_EQ(static_cast<std::uint64_t>(events.at("chatter")) + dropped.lines, 2'000u);
  EXPECT_EQ(ToldDropped(all), dropped.lines);
}

TEST(LogTest, ReceiptsAreBoundedToo) {
  Pipe pipe;
  const std::string padding(1000, 'x');
  Log log(LogLevel::kInfo,
          {.lines = 64 * 1024, .receipts = 64 * 1024, .farewell = std::chrono::milliseconds(0)});
  for (int i = 0; i < 1'000; ++i) log.Receipt(LogLevel::kInfo, "receipt", {{"padding", padding}});
  EXPECT_GT(log.dropped().receipts, 500u);
  EXPECT_EQ(log.dropped().lines, 0u);
}

TEST(LogTest, EndsInTimeWithoutAReader) {
  Pipe pipe;
  auto log = std::make_unique<Log>(LogLevel::kInfo, LogBounds{.farewell = std::chrono::milliseconds(200)});
  for (int i = 0; i < 10'000; ++i) log->Info("e", {{"padding", std::string(100, 'x')}});
  const auto before = Now();
  log.reset();
  EXPECT_LT(Now() - before, std::chrono::seconds(10));
}

TEST(LogTest, ADescriptorThatTakesNothingHoldsNobodyUp) {
  for (const char* path : {"/dev/full", "/dev/null"}) {
    const int descriptor = open(path, O_WRONLY);
    {
      Log log(LogLevel::kInfo, {}, descriptor);
      for (int i = 0; i < 1'000; ++i) log.Info("e", {{"i", i}});
    }
    close(descriptor);
  }
  Log closed(LogLevel::kInfo, {}, /*descriptor=*/-1);
  closed.Info("e", {});
}

TEST(LogTest, ManyWritersKeepTheirOrder) {
  Pipe pipe;
  constexpr int kThreads = 4;
  constexpr int kLines = 5'000;
  std::string all;
  std::thread reader([&] { all = pipe.ReadToEnd(); });
  {
    Log log(LogLevel::kInfo, {.lines = 64 << 20});
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < kLines; ++i) log.Info("e", {{"t", t}, {"i", i}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  pipe.Restore();
  reader.join();
  std::array<int, kThreads> next{};
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json json = nlohmann::json::parse(line);
    EXPECT_EQ(json["i"], next.at(json["t"])++);
  }
  EXPECT_THAT(next, testing::Each(kLines));
}

}  // namespace
}  // namespace flux

// JSON lines through spdlog into a buffer that is written out at short intervals by a thread of its own: a
// system call per line would be most of what a line costs, and one that blocks would hold up a loop.
#include "base/log.h"

#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace flux {
namespace {

constexpr std::size_t kMostGathered = 4 << 20;
constexpr std::size_t kKept = 256 * 1024;  // of a buffer that a burst has made large
constexpr std::chrono::milliseconds kFlushInterval{20};

constexpr std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

template <typename Number>
void AppendNumber(Number value, std::string& line) {
  std::array<char, 32> text;  // the longest double has 24 characters
  line.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

void Append(std::string_view value, std::string& line) {
  const bool ascii = std::ranges::all_of(value, [](unsigned char c) { return c < 0x7f; });
  line += ascii ? QuoteJson(value) : QuoteJson(Printable(value));
}
void Append(std::int64_t value, std::string& line) {
  AppendNumber(value, line);
}
void Append(double value, std::string& line) {
  if (value - value != 0) {
    line += "null";  // neither infinity nor NaN is JSON
  } else {
    AppendNumber(value, line);
  }
}
void Append(bool value, std::string& line) {
  line += value ? "true" : "false";
}

}  // namespace

std::optional<LogLevel> FindLogLevel(std::string_view name) {
  for (const LogLevel level : {LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (name == Name(level)) return level;
  }
  return std::nullopt;
}

namespace {

// Gathers lines; whoever flushes writes them while others go on gathering, so that a slow disk or reader
// costs the loops nothing until kMostGathered bytes wait for it.
class GatheringSink final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    std::unique_lock lock(mutex_);
    written_.wait(lock, [this] { return gathered_.size() < kMostGathered; });
    gathered_.append(message.payload.data(), message.payload.size()).push_back('\n');
    if (gathered_.size() >= kMostGathered / 2) half_full_.notify_one();
  }

  void flush() override {
    const std::lock_guard one_at_a_time(writing_);
    {
      const std::lock_guard lock(mutex_);
      batch_.swap(gathered_);
    }
    written_.notify_all();
    WriteAll(batch_);
    batch_.clear();
    if (batch_.capacity() > kKept) batch_ = std::string();
  }

  // Waits until there is reason to flush.
  void Await(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    half_full_.wait_for(lock, stop, kFlushInterval, [this] { return gathered_.size() >= kMostGathered / 2; });
  }

  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}  // lines come as they are to be written

 private:
  // What standard error does not take is lost: there is nowhere to say so.
  static void WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = write(STDERR_FILENO, bytes.data(), bytes.size());
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (count < 0 && errno == EAGAIN) {  // somebody else made the descriptor non-blocking
        pollfd descriptor{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
        poll(&descriptor, 1, -1);
      } else if (count == 0 || errno != EINTR) {
        return;
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable_any half_full_;
  std::condition_variable written_;
  std::string gathered_;  // guarded by `mutex_`
  std::mutex writing_;
  std::string batch_;  // guarded by `writing_`
};

}  // namespace

struct Log::Sink {
  std::shared_ptr<GatheringSink> lines = std::make_shared<GatheringSink>();
  spdlog::logger logger{"flux", lines};
  std::jthread flusher{[this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      lines->Await(stop);
      lines->flush();
    }
    lines->flush();  // what came while the last batch was written
  }};
};

Log::Log(LogLevel least) : least_(least), sink_(std::make_unique<Sink>()) {}

Log::~Log() = default;

void Log::Write(LogLevel level, std::string_view event, Fields fields) {
  if (level < least_) return;
  const std::string line = LogLine(Iso8601(std::chrono::system_clock::now()), Name(level), event, fields);
  sink_->logger.log(spdlog::level::info, spdlog::string_view_t(line));
}

std::string LogLine(std::string_view ts, std::string_view level, std::string_view event, Log::Fields fields) {
  std::string line;
  line.reserve(512);
  line.append(R"({"ts":")").append(ts).append(R"(","level":")").append(level).append(R"(","event":)");
  line += QuoteJson(event);
  for (const LogField& field : fields) {
    line.append(",").append(QuoteJson(field.key)).append(":");
    std::visit([&](const auto& value) { Append(value, line); }, field.value);
  }
  line += '}';
  return line;
}

}  // namespace flux

// JSON lines through spdlog into a buffer that is written out at short intervals by a thread of its own: a
// system call per line would be most of what a line costs, and one that blocks would hold up a loop. The
// thread sleeps while there is nothing to write.
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
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace flux {
namespace {

// What spdlog calls a receipt, and a line that is not to wait; nothing else of ours has these levels.
constexpr auto kReceiptLevel = spdlog::level::critical;
constexpr auto kUrgentLevel = spdlog::level::err;
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
  const bool plain =
      std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) {
    line.append(1, '"').append(value).append(1, '"');
  } else {
    line += QuoteJson(Printable(value));
  }
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

// Writes to a descriptor without ever waiting for its reader longer than it is told to.
class PatientWriter {
 public:
  explicit PatientWriter(int descriptor) : descriptor_(descriptor) {}

  // Writes `bytes`, as long as `patient` says so. What was not written is returned.
  std::string_view Write(std::string_view bytes, const std::function<bool()>& patient) const {
    // A pipe that can be written takes this much without blocking (PIPE_BUF); so do files, sockets,
    // terminals.
    constexpr std::size_t kAtOnce = 4096;
    while (!bytes.empty()) {
      pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      const int found = poll(&ready, 1, kLookMilliseconds);
      if (found == 0 || (found < 0 && errno == EINTR)) {
        if (!patient()) return bytes;
        continue;
      }
      const ssize_t count = write(descriptor_, bytes.data(), std::min(bytes.size(), kAtOnce));
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        return {};  // nobody will ever read it, and there is nowhere to say so
      }
    }
    return {};
  }

 private:
  static constexpr int kLookMilliseconds = 50;

  const int descriptor_;
};

// Gathers lines; whoever flushes writes them while others go on gathering, so that a slow disk or reader
// costs the loops nothing.
class GatheringSink final : public spdlog::sinks::sink {
 public:
  GatheringSink(LogBounds bounds, int descriptor) : bounds_(bounds), writer_(descriptor) {}

  // Receipts come at a level of their own.
  void log(const spdlog::details::log_msg& message) override {
    const std::string_view line(message.payload.data(), message.payload.size());
    const bool receipt = message.level == kReceiptLevel;
    const std::lock_guard lock(mutex_);
    const std::size_t waiting = gathered_.size() + writing_bytes_ + line.size() + 1;
    const std::size_t room = bounds_.lines + (receipt ? bounds_.receipts : 0);
    if (waiting > room) {
      ++(receipt ? dropped_.receipts : dropped_.lines);
      return;
    }
    gathered_.append(line).push_back('\n');
    if (message.level == kUrgentLevel || gathered_.size() >= bounds_.lines / 2) urgent_ = true;
    if (urgent_ || std::exchange(idle_, false)) reason_.notify_one();
  }

  void flush() override { Flush({}); }

  // Writes what waits, for as long as `patient` says so.
  void Flush(const std::function<bool()>& patient) {
    const std::lock_guard one_at_a_time(writing_);
    {
      const std::lock_guard lock(mutex_);
      TellOfDropped();
      batch_.swap(gathered_);
      writing_bytes_ = batch_.size();
    }
    writer_.Write(
        batch_, patient ? patient : [] { return false; });
    {
      const std::lock_guard lock(mutex_);
      writing_bytes_ = 0;
    }
    batch_.clear();
    if (batch_.capacity() > kKept) batch_ = std::string();
  }

  // Waits until there is reason to flush: a line after a quiet time, else all lines of an interval, or one
  // that is urgent.
  void Await(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    reason_.wait_for(lock, stop, kFlushInterval, [this] { return urgent_; });
    idle_ = true;
    reason_.wait(lock, stop, [this] { return !gathered_.empty() || HasUntold(); });
    idle_ = false;
    urgent_ = false;
  }

  Log::Dropped dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}  // lines come as they are to be written

 private:
  bool HasUntold() const { return dropped_.lines != told_.lines || dropped_.receipts != told_.receipts; }

  // The first line after a gap says how much is missing.
  void TellOfDropped() {
    if (!HasUntold()) return;
    const std::uint64_t lines = dropped_.lines - told_.lines;
    const std::uint64_t receipts = dropped_.receipts - told_.receipts;
    told_ = dropped_;
    gathered_ += LogLine(Iso8601(std::chrono::system_clock::now()), Name(LogLevel::kError),
                         "log_lines_dropped", {{"lines", lines}, {"receipts", receipts}});
    gathered_.push_back('\n');
  }

  const LogBounds bounds_;
  const PatientWriter writer_;
  mutable std::mutex mutex_;
  std::condition_variable_any reason_;
  std::string gathered_;           // guarded by `mutex_`
  bool idle_ = false;              // likewise: the writer has had nothing to write for an interval
  bool urgent_ = false;            // likewise: what was gathered is to be written at once
  std::size_t writing_bytes_ = 0;  // likewise: of the batch that is being written
  Log::Dropped dropped_;           // likewise
  Log::Dropped told_;              // likewise
  std::mutex writing_;
  std::string batch_;  // guarded by `writing_`
};

}  // namespace

struct Log::Sink {
  Sink(LogBounds bounds, int descriptor)
      : farewell(bounds.farewell),
        lines(std::make_shared<GatheringSink>(bounds, descriptor)),
        flusher([this](const std::stop_token& stop) { Run(stop); }) {
    logger.sinks().push_back(lines);
  }

  void Run(const std::stop_token& stop) {
    std::optional<SteadyTime> end;
    const auto patient = [&] {
      if (!stop.stop_requested()) return true;
      const SteadyTime now = std::chrono::steady_clock::now();
      if (!end) end = now + farewell;
      return now < *end;
    };
    while (!stop.stop_requested()) {
      lines->Await(stop);
      lines->Flush(patient);
    }
    lines->Flush(patient);  // what came while the last batch was written
  }

  const std::chrono::milliseconds farewell;
  const std::shared_ptr<GatheringSink> lines;
  spdlog::logger logger{"flux"};
  std::jthread flusher;  // last: it uses the others
};

Log::Log(LogLevel least, LogBounds bounds, int descriptor)
    : least_(least), sink_(std::make_unique<Sink>(bounds, descriptor)) {}

Log::~Log() = default;

Log::Dropped Log::dropped() const {
  return sink_->lines->dropped();
}

void Log::Write(LogLevel level, Keep keep, std::string_view event, Fields fields) {
  if (level < least_) return;
  const std::string line = LogLine(Iso8601(std::chrono::system_clock::now()), Name(level), event, fields);
  const auto other = level == LogLevel::kError ? kUrgentLevel : spdlog::level::info;
  sink_->logger.log(keep == Keep::kReceipt ? kReceiptLevel : other, spdlog::string_view_t(line));
}

std::string LogLine(std::string_view ts, std::string_view level, std::string_view event, Log::Fields fields) {
  std::string line;
  line.reserve(512);
  line.append(R"({"ts":")").append(ts).append(R"(","level":")").append(level).append(R"(","event":)");
  Append(event, line);
  for (const LogField& field : fields) {
    line += ',';
    Append(field.key, line);
    line += ':';
    std::visit([&](const auto& value) { Append(value, line); }, field.value);
  }
  line += '}';
  return line;
}

}  // namespace flux

// JSON lines through spdlog into a buffer that is written out when it is full and at short intervals: a
// system call per line would be most of what a line costs.
#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <condition_variable>
#include <ext/stdio_filebuf.h>
#include <mutex>
#include <ostream>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "base/json.h"

namespace flux {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
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
  line += QuoteJson(value);
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

struct Log::Sink {
  Sink()
      : buffer(dup(STDERR_FILENO), std::ios::out, kBufferBytes),
        stream(&buffer),
        logger("flux", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream)),
        flusher([this](const std::stop_token& stop) { FlushUntil(stop); }) {
    logger.set_pattern("%v");
  }

  void FlushUntil(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      never.wait_for(lock, stop, kFlushInterval, [] { return false; });
      logger.flush();
    }
  }

  __gnu_cxx::stdio_filebuf<char> buffer;  // closes its descriptor, so it has a copy
  std::ostream stream;
  spdlog::logger logger;
  std::jthread flusher;
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

// Log: one JSON object per line on standard error. Callers hand over named fields; nobody formats text.
// Keys, prompts and pictures are never handed to it: there is no field for them, and tests look for them in
// the output.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace flux {

// One named value of a log line. Holds views: valid for the call it is passed to.
struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

// How much a line matters; lines below the chosen level are not written.
enum class LogLevel { kInfo, kWarn, kError };

// "info", "warn" or "error".
std::optional<LogLevel> FindLogLevel(std::string_view name);

// What becomes of lines that nobody reads. Receipts, the lines that tell of money, wait longer than others.
struct LogBounds {
  std::size_t lines = 4 << 20;      // bytes of all lines that may wait
  std::size_t receipts = 64 << 20;  // bytes that receipts may wait in, once those are full
  // How long the last lines may take to be written when the log ends.
  std::chrono::milliseconds farewell{2'000};
};

// Writes {"ts":…,"level":…,"event":…,fields…}. Thread-safe; lines keep their order. They are written by a
// thread of its own: the first after a quiet time and errors at once, others together, at the latest 20 ms
// later and at destruction. Nobody who logs ever waits: lines beyond the bounds are dropped and counted, and
// a line `log_lines_dropped` says so as soon as there is a reader again.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  // `descriptor` is where the lines go; borrowed.
  explicit Log(LogLevel least = LogLevel::kInfo, LogBounds bounds = {}, int descriptor = 2);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void Info(std::string_view event, Fields fields) { Write(LogLevel::kInfo, Keep::kLine, event, fields); }
  void Warn(std::string_view event, Fields fields) { Write(LogLevel::kWarn, Keep::kLine, event, fields); }
  void Error(std::string_view event, Fields fields) { Write(LogLevel::kError, Keep::kLine, event, fields); }
  // A line that tells of money: what was bought, for whom, and how it ended.
  void Receipt(LogLevel level, std::string_view event, Fields fields) {
    Write(level, Keep::kReceipt, event, fields);
  }

  // Lines dropped so far.
  struct Dropped {
    std::uint64_t lines = 0;
    std::uint64_t receipts = 0;
  };
  Dropped dropped() const;

 private:
  enum class Keep { kLine, kReceipt };

  void Write(LogLevel level, Keep keep, std::string_view event, Fields fields);

  struct Sink;

  LogLevel least_;
  std::unique_ptr<Sink> sink_;
};

// The line without its newline; `ts` is the time to print. Invalid UTF-8 becomes U+FFFD, and so does what
// text.h takes for deceptive. Pure.
std::string LogLine(std::string_view ts, std::string_view level, std::string_view event, Log::Fields fields);

}  // namespace flux

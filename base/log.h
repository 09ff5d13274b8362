// Log: one JSON object per line on standard error. Callers hand over named fields; nobody formats text.
// Keys, prompts and pictures are never handed to it: there is no field for them, and tests look for them in
// the output.
#pragma once

#include <concepts>
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

// Writes {"ts":…,"level":…,"event":…,fields…}. Thread-safe, in order. Lines are gathered and written
// together by a thread of its own, at the latest 20 ms later and at destruction; a reader that does not read
// holds up whoever logs once 4 MiB wait for it.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  explicit Log(LogLevel least = LogLevel::kInfo);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void Info(std::string_view event, Fields fields) { Write(LogLevel::kInfo, event, fields); }
  void Warn(std::string_view event, Fields fields) { Write(LogLevel::kWarn, event, fields); }
  void Error(std::string_view event, Fields fields) { Write(LogLevel::kError, event, fields); }

 private:
  void Write(LogLevel level, std::string_view event, Fields fields);

  struct Sink;

  LogLevel least_;
  std::unique_ptr<Sink> sink_;
};

// The line without its newline; `ts` is the time to print. Invalid UTF-8 becomes U+FFFD, and so does what
// text.h takes for deceptive. Pure.
std::string LogLine(std::string_view ts, std::string_view level, std::string_view event, Log::Fields fields);

}  // namespace flux

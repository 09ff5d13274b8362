// The libraries call plain functions, so what these write to is kept in one place for the whole process.
#include "service/rpc/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace flux::service {
namespace {

constexpr std::size_t kMostWords = 200;
constexpr int kMostPerSecond = 10;

// Where lines go. Guarded by its mutex: libraries write from any thread, also while the log goes away.
struct Target {
  std::mutex mutex;
  Log* log = nullptr;
  std::chrono::steady_clock::time_point second{};
  int written = 0;
  std::int64_t left_out = 0;
};

Target& TheTarget() {
  static Target* const target = new Target;  // never destroyed: libraries write until the very end
  return *target;
}

void Write(LogLevel level, std::string_view library, const char* file, int line, std::string_view words) {
  Target& target = TheTarget();
  const std::lock_guard lock(target.mutex);
  if (target.log == nullptr) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - target.second > std::chrono::seconds(1)) {
    target.second = now;
    target.written = 0;
  }
  if (++target.written > kMostPerSecond) {
    ++target.left_out;
    return;
  }
  std::string_view path = file == nullptr ? "" : file;
  path.remove_prefix(std::min(path.size(), path.rfind('/') + 1));
  const std::string where = std::string(path) + ":" + std::to_string(line);
  const std::string text = LibraryWords(words);
  const std::int64_t left_out = std::exchange(target.left_out, 0);
  const Log::Fields fields = {
      {"library", library}, {"where", where}, {"message", text}, {"left_out", left_out}};
  if (level == LogLevel::kError) {
    target.log->Error("library", fields);
  } else {
    target.log->Warn("library", fields);
  }
}

void FromGrpc(gpr_log_func_args* line) {
  if (line->severity == GPR_LOG_SEVERITY_DEBUG) return;
  Write(line->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kError : LogLevel::kWarn, "grpc", line->file,
        line->line, line->message);
}

void FromProtobuf(google::protobuf::LogLevel level, const char* file, int line, const std::string& words) {
  if (level == google::protobuf::LOGLEVEL_INFO) return;
  Write(level == google::protobuf::LOGLEVEL_WARNING ? LogLevel::kWarn : LogLevel::kError, "protobuf", file,
        line, words);
}

}  // namespace

std::string LibraryWords(std::string_view words) {
  // What follows is a peer's: metadata, bytes of a frame, a status that it sent.
  for (const std::string_view quotes : {"value", "grpc_message", "key=", "key:", "raw_bytes", "\""}) {
    words = words.substr(0, words.find(quotes));
  }
  std::string text(words.substr(0, kMostWords));
  std::ranges::replace_if(
      text, [](char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  return text;
}

LibraryLog::LibraryLog(Log& log) {
  {
    const std::lock_guard lock(TheTarget().mutex);
    TheTarget().log = &log;
  }
  gpr_set_log_function(&FromGrpc);
  google::protobuf::SetLogHandler(&FromProtobuf);
}

LibraryLog::~LibraryLog() {
  const std::lock_guard lock(TheTarget().mutex);
  TheTarget().log = nullptr;
}

}  // namespace flux::service

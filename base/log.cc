// JSON lines through spdlog's asynchronous logger.
#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace flux {
namespace {

constexpr std::size_t kPendingLines = 8192;

}  // namespace

Log::Log() {
  auto pool = std::make_shared<spdlog::details::thread_pool>(kPendingLines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::async_logger>("flux", std::move(sink), pool,
                                                       spdlog::async_overflow_policy::block);
  logger->set_pattern("%v");
  pool_ = std::move(pool);
  logger_ = std::move(logger);
}

Log::~Log() = default;

void Log::Write(std::string_view level, std::string_view event, Fields fields) {
  const std::string line = LogLine(Iso8601(std::chrono::system_clock::now()), level, event, fields);
  logger_->log(spdlog::level::info, spdlog::string_view_t(line));
}

std::string LogLine(std::string_view ts, std::string_view level, std::string_view event, Log::Fields fields) {
  nlohmann::ordered_json line;
  line["ts"] = ts;
  line["level"] = level;
  line["event"] = event;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace flux

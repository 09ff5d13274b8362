// provisional
#pragma once
#include <asio/awaitable.hpp>
#include <optional>
#include <vector>
#include "base/result.h"
#include "base/clock.h"
namespace flux::fal {
struct HistoryQuery { std::string endpoint; WallTime start; WallTime end; };
struct HistoryItem { std::string request_id; WallTime sent_at; std::optional<WallTime> ended_at; std::optional<int> status_code; std::string input_sha256; std::string output; };
class FalHistory {
 public:
  virtual ~FalHistory() = default;
  virtual asio::awaitable<Result<std::vector<HistoryItem>>> Search(HistoryQuery query, SteadyTime deadline) = 0;
};
}

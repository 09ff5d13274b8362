// StatusStream: the events that fal's queue tells of a request, read while they come (server-sent events,
// fal-api "Queue API").
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "service/fal/queue_reply.h"
#include "service/wire/http_exchange.h"

namespace flux::fal {

// The address of the stream; nothing where `status_url` is not of the form that it is made from.
std::optional<std::string> StatusStreamUrl(const std::string& status_url, bool with_logs = false);

class StatusStream final : public ReplyReader {
 public:
  // `told`, which may be null, is called with each state that an event says.
  explicit StatusStream(std::function<void(const QueueState&)> told = {}) : told_(std::move(told)) {}

  // Stops at COMPLETED, at what is no stream of events, and at an event larger than 256 KiB.
  bool Read(std::string_view bytes, std::string_view content_type) override;

  // What the last event said; nothing before the first.
  const std::optional<QueueState>& state() const { return state_; }
  bool completed() const { return state_ && state_->kind == QueueState::Kind::kCompleted; }

 private:
  void EndLine();

  const std::function<void(const QueueState&)> told_;
  std::string line_;
  std::string data_;
  bool after_cr_ = false;
  std::optional<QueueState> state_;
};

}  // namespace flux::fal

// Re-arms when fired too early.
#include "gateway/http/deadline.h"

namespace flux::gateway {

void Deadline::Set(SteadyTime deadline, const std::shared_ptr<void>& owner) {
  deadline_ = deadline;
  passed_ = false;
  if (!running_ || deadline < armed_) Arm(owner);
}

void Deadline::Arm(const std::shared_ptr<void>& owner) {
  running_ = true;
  armed_ = deadline_;
  timer_.expires_at(armed_);
  timer_.async_wait([this, owner](const asio::error_code& ec) {
    if (!ec) OnTimer(owner);
  });
}

void Deadline::OnTimer(const std::shared_ptr<void>& owner) {
  running_ = false;
  if (deadline_ == SteadyTime::max()) return;
  if (std::chrono::steady_clock::now() < deadline_) return Arm(owner);
  passed_ = true;
  asio::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace flux::gateway

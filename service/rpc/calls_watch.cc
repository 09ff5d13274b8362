// What the loop looks at in between: messages that are long in coming, and replies that nobody
// reads.
#include <algorithm>
#include <vector>

#include "service/rpc/calls.h"
#include "service/rpc/refusals.h"

namespace flux::service {
namespace {

using std::chrono::milliseconds;

// Nearly every message is here at once; younger ones are not worth a look.
constexpr milliseconds kYoung{10};
// A message on a connection whose bytes cannot be counted: from then on it is taken for the largest.
constexpr milliseconds kUncounted{250};
// While bytes are scarce, and while the program ends, unread replies wait no longer than this, and a second
// for every four MiB.
constexpr milliseconds kScarceReplyTime{5000};
// At the end, what a peer may take to read its last reply and close its connection.
constexpr milliseconds kFarewell{2000};
// A cancelled call goes at once, unless its peer takes no byte at all.
constexpr milliseconds kCutPatience{5000};

}  // namespace

void Calls::LookAtMessages(SteadyTime now) {
  // Backwards: whoever is refused leaves the list, and the last takes its place.
  for (std::size_t i = reading_.size(); i-- > 0;) {
    IncomingCall& call = *reading_[i];
    if (draining_) {
      EndReading(call);
      Refuse(call, Stopping());
      continue;
    }
    const SteadyTime::duration age = now - call.reading_since_;
    if (age < kYoung) continue;
    if (age > limits_.message_time) {
      EndReading(call);
      Count(CallEnd::kSlowMessage);
      Refuse(call, Status(Reason::kRequestTimeout, "the message did not arrive in time"));
      continue;
    }
    RpcConnection* const connection = call.connection_.get();
    if (connection == nullptr || !connection->watch) {
      Weigh(call, now);
    } else if (connection->looked != now) {
      connection->looked = now;
      RpcConnection::Watch& watch = *connection->watch;
      const std::uint64_t come = connection->Received().value_or(0);
      const std::uint64_t whole = watch.received + watch.consumed;
      watch.unfinished = come > whole ? come - whole : 0;
      watch.held.Set(watch.unfinished);
    }
  }
  Relieve();
}

// Without a count, a slow message is taken for the largest.
void Calls::Weigh(IncomingCall& call, SteadyTime now) {
  if (call.weighed_ || call.method_->IsVital() || now - call.reading_since_ < kUncounted) return;
  call.weighed_ = true;
  if (call.Reserve(limits_.max_message.count)) return;
  EndReading(call);
  Count(CallEnd::kOverLimit);
  Refuse(call, NoBytesLeft());
}

// Where unfinished messages have taken more than there is, those of the connection that holds most are
// refused. Nothing has been bought for them.
void Calls::Relieve() {
  while (budget_.used() > budget_.limit()) {
    RpcConnection* largest = nullptr;
    for (const IncomingCall* call : reading_) {
      RpcConnection* const connection = call->connection_.get();
      if (connection == nullptr || !connection->watch || connection->watch->unfinished == 0) continue;
      if (largest == nullptr || connection->watch->unfinished > largest->watch->unfinished) {
        largest = connection;
      }
    }
    if (largest == nullptr) return;
    for (std::size_t i = reading_.size(); i-- > 0;) {
      IncomingCall& call = *reading_[i];
      if (call.connection_.get() != largest) continue;
      EndReading(call);
      Count(CallEnd::kOverLimit);
      Refuse(call, NoBytesLeft());
    }
  }
}

milliseconds Calls::ReplyTime(std::uint64_t bytes) const {
  const bool scarce = draining_ || budget_.used() > budget_.limit() / 4 * 3;
  const milliseconds least = scarce ? std::min(kScarceReplyTime, limits_.reply_time) : limits_.reply_time;
  const std::uint64_t pace = scarce ? 4 : 1;  // MiB a second
  return least + milliseconds((bytes * 1000 >> 20) / pace);
}

void Calls::LookAtReplies(SteadyTime now) {
  if (draining_ && known_ == 0) {
    if (idle_since_ == SteadyTime{}) idle_since_ = now;
    if (now - idle_since_ > kFarewell) listener_.EndAll();
  }
  const bool over = draining_ && now >= drain_until_.load();
  for (IncomingCall* const call : all_) {
    if (over && !call->cut_) {
      call->cut_ = true;
      call->cut_at_ = now;
      call->context_.TryCancel();
    }
    SteadyTime since;
    std::uint64_t bytes = 0;
    {
      const std::lock_guard lock(call->mutex_);
      since = call->sending_since_;
      bytes = call->sending_bytes_;
    }
    if (since == SteadyTime::max()) continue;
    if (!call->cut_ && now - since > ReplyTime(bytes)) {
      call->cut_ = true;
      call->cut_at_ = now;
      Count(CallEnd::kUnread);
      call->context_.TryCancel();
    } else if (call->cut_ && now - call->cut_at_ > kCutPatience && call->connection_ != nullptr) {
      call->connection_->End();
    }
  }
}

}  // namespace flux::service

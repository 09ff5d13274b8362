// Calls: every RPC of the gRPC port passes here, present and future, known and unknown. One place asks who
// calls, before a byte of the message is read; counts what arrives and what waits to be sent; and ends what
// takes too long.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>

#include <array>
#include <asio/io_context.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/options.h"
#include "base/queue_poller.h"
#include "base/status.h"
#include "service/rpc/byte_budget.h"
#include "service/rpc/caller_auth.h"
#include "service/rpc/incoming_call.h"
#include "service/rpc/listener.h"
#include "service/rpc/methods.h"

namespace flux::service {

struct CallLimits {
  std::uint32_t calls = 20'000;                 // in all
  std::uint32_t calls_per_connection = 10'240;  // callers are told of it, and queue by themselves
  Bytes max_message{128ULL << 20};
  std::chrono::milliseconds message_time{60'000};  // for a message to arrive
  // For a reply to be taken: this much, and a second for each MiB of it.
  std::chrono::milliseconds reply_time{30'000};
  bool certified = false;  // whether every caller has shown a certificate that was verified
};

// Why a call was refused or cut by the port itself.
enum class CallEnd { kUnauthenticated, kUnknownMethod, kCompressed, kOverLimit, kSlowMessage, kUnread };
inline constexpr std::size_t kCallEnds = 6;

// Thread-safe but for the order Start, BeginDrain, Stop.
class Calls {
 public:
  // Borrows everything. The listener is bound; the loop runs until Stop has returned.
  Calls(asio::io_context& loop, grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue,
        const Methods& methods, const CallerAuth& callers, ByteBudget& budget, const RpcListener& listener,
        CallLimits limits);
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  // Takes calls, on the loop. The server has started.
  void Start();

  // gRPC has been given a connection, or may have something to tell for another reason. Thread-safe.
  void Stir() { poller_.Stir(); }

  // From now on unread replies and unfinished messages wait only a little. Calls that work go on, until
  // `until`. Once none is left, connections end whose peers do not end them. The listener is closed.
  void BeginDrain(SteadyTime until);

  // Ends the time that BeginDrain gave, or will give: calls that still work are cut. Thread-safe.
  void Hurry();

  // Waits for the last call. The server has shut down. Idempotent.
  void Stop();

  // Calls that were cut at the end of the drain while they worked.
  std::uint64_t cut_off() const { return cut_off_; }
  // Calls that have not ended.
  std::uint64_t live() const { return live_; }
  // Ended by the port itself, by cause.
  std::uint64_t Ended(CallEnd why) const { return ended_[static_cast<std::size_t>(why)]; }
  // When the loop last looked around; it does so every second at least.
  SteadyTime LastLook() const { return last_look_.load(); }

 private:
  friend class IncomingCall;

  // What gRPC and this program hold of every call, whatever its message.
  static constexpr std::uint64_t kCallBytes = 16 * 1024;

  std::chrono::milliseconds LookAround(SteadyTime now);
  void Expect();
  // What gRPC says of a call.
  void OnArrived(IncomingCall& call, bool ok);
  void OnRead(IncomingCall& call, bool ok);
  void OnWritten(IncomingCall& call, bool ok);
  void OnFinished(IncomingCall& call, bool ok);
  void OnDone(IncomingCall& call, bool ok);

  std::optional<Status> Judge(IncomingCall& call);
  std::optional<Status> WhatIsWrongWith(IncomingCall& call, grpc::ByteBuffer& message);
  void Refuse(IncomingCall& call, const Status& status);
  void BeginReading(IncomingCall& call);
  void EndReading(IncomingCall& call);
  void GiveBack(IncomingCall& call);
  void Count(CallEnd why) { ended_[static_cast<std::size_t>(why)].fetch_add(1); }

  void LookAtMessages(SteadyTime now);
  void Weigh(IncomingCall& call, SteadyTime now);
  void Relieve();
  void LookAtReplies(SteadyTime now);
  std::chrono::milliseconds ReplyTime(std::uint64_t bytes) const;

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  const Methods& methods_;
  const CallerAuth& callers_;
  ByteBudget& budget_;
  const RpcListener& listener_;
  const CallLimits limits_;

  std::atomic<std::uint64_t> live_{0};
  std::atomic<std::uint64_t> cut_off_{0};
  std::array<std::atomic<std::uint64_t>, kCallEnds> ended_{};
  std::atomic<SteadyTime> last_look_{};
  std::atomic<bool> draining_{false};
  std::atomic<bool> hurried_{false};
  std::atomic<SteadyTime> drain_until_{};

  // The loop's own.
  std::list<IncomingCall*> all_;
  std::vector<IncomingCall*> reading_;
  SteadyTime next_look_{};   // at messages
  SteadyTime next_round_{};  // at replies
  SteadyTime idle_since_{};  // while it drains: since when there is no call
  std::uint32_t known_ = 0;  // calls in all_
  bool freed_ = false;       // a call has gone that had megabytes

  std::mutex mutex_;
  std::condition_variable changed_;  // the last call has gone
  std::atomic<std::uint64_t> objects_{0};
  bool started_ = false;
  bool stopped_ = false;
  QueuePoller poller_;
};

}  // namespace flux::service

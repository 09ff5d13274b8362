// The loop takes gRPC's events and looks, in between, at messages and replies that take their time.
#include "service/rpc/calls.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/heap.h"
#include "service/rpc/refusals.h"

namespace flux::service {
namespace {

using std::chrono::milliseconds;

// Calls that gRPC may hand over before it has to wait for the loop.
constexpr int kExpected = 32;
// How often messages on their way are looked at. What arrives in between is not yet counted: a few megabytes.
constexpr milliseconds kLook{20};
// How often replies are looked at that wait to be sent.
constexpr milliseconds kRound{250};
// How often gRPC is asked of what no socket tells: its timers end the calls whose time is over, as their
// callers know by themselves.
constexpr milliseconds kTimers{25};
// While the program ends, gRPC is at work also on the thread that waits for it.
constexpr milliseconds kDrain{5};
// Answers to refused calls that one peer may leave unread before its connection ends.
constexpr std::uint32_t kMostRefused = 1000;
// Calls of one connection that are refused within a second before it ends.
constexpr std::uint32_t kMostRefusedPerSecond = 500;
// Beyond what its peer was told of, and may not yet have heard.
constexpr std::uint32_t kMoreStreams = 256;
// About what a call takes on the wire beside its message: headers, mostly compressed, and frames.
constexpr std::uint64_t kWireOverhead = 192;
// How often the count of a connection's bytes begins anew, at least, while none of its messages is
// unfinished.
constexpr milliseconds kFreshCount{250};

// Looks at what gRPC says of a message's compression; grpc::ByteBuffer has no word for it.
class CompressionOf final : public grpc::ProtoBufferReader {
 public:
  explicit CompressionOf(grpc::ByteBuffer& bytes) : ProtoBufferReader(&bytes) {}

  bool none() {
    const grpc_byte_buffer* buffer = reader()->buffer_in;
    return buffer->type == GRPC_BB_RAW && buffer->data.raw.compression == GRPC_COMPRESS_NONE;
  }
};

}  // namespace

Calls::Calls(asio::io_context& loop, grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue,
             const Methods& methods, const CallerAuth& callers, ByteBudget& budget,
             const RpcListener& listener, CallLimits limits)
    : service_(service),
      queue_(queue),
      methods_(methods),
      callers_(callers),
      budget_(budget),
      listener_(listener),
      limits_(limits),
      poller_(loop, queue, {listener.sockets(), [&listener] { return listener.TakeReady(); }}) {}

Calls::~Calls() {
  Stop();
}

void Calls::Start() {
  last_look_ = std::chrono::steady_clock::now();
  for (int i = 0; i < kExpected; ++i) Expect();
  started_ = true;
  poller_.Start(
      [this](void* tag, bool ok) {
        const auto* done = static_cast<IncomingCall::Tag*>(tag);
        done->done(*this, *done->call, ok);
      },
      [this](SteadyTime now) { return LookAround(now); });
}

void Calls::Hurry() {
  hurried_ = true;
  drain_until_ = std::chrono::steady_clock::now();
}

void Calls::BeginDrain(SteadyTime until) {
  drain_until_ = until;
  if (hurried_) drain_until_ = std::chrono::steady_clock::now();  // who is in a hurry may have said so before
  draining_ = true;
  Stir();
}

void Calls::Stop() {
  if (stopped_) return;
  stopped_ = true;
  if (started_) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return objects_ == 0; });
  }
  queue_.Shutdown();
  poller_.Join();
}

milliseconds Calls::LookAround(SteadyTime now) {
  if (now >= next_look_) {
    next_look_ = now + kLook;
    last_look_ = now;
    LookAtMessages(now);
  }
  if (now >= next_round_) {
    next_round_ = now + kRound;
    LookAtReplies(now);
    if (std::exchange(freed_, false)) GiveFreedBack();
  }
  if (draining_) return kDrain;
  return reading_.empty() ? kTimers : kLook;
}

void Calls::Expect() {
  auto call = std::make_shared<IncomingCall>(*this);
  call->self_ = call;
  call->Start(service_, queue_);
}

void Calls::OnArrived(IncomingCall& call, bool ok) {
  if (!ok) {  // the server has shut down
    const std::shared_ptr<IncomingCall> self = std::move(call.self_);
    return;
  }
  Expect();
  call.arrived_ = std::chrono::steady_clock::now();
  call.operations_ = 1;  // gRPC tells of its end
  all_.push_front(&call);
  call.place_ = all_.begin();
  ++known_;
  live_.fetch_add(1);
  if (const std::optional<Status> no = Judge(call)) {
    Refuse(call, *no);
  } else {
    BeginReading(call);
  }
}

// Whether the call may be read at all. Who calls is asked first, so that a stranger learns nothing.
std::optional<Status> Calls::Judge(IncomingCall& call) {
  const std::string peer = call.context_.peer();
  call.connection_ = listener_.Find(peer);
  if (call.connection_ != nullptr) ++call.connection_->calls;
  CallerClaims claims;
  claims.authorization = call.Metadata("authorization");
  claims.caller = call.Metadata("x-flux-caller");
  claims.peer = peer;
  claims.certified = limits_.certified;
  Result<Caller> caller = callers_.Identify(claims);
  call.method_ = methods_.Find(call.method());
  if (!caller) {
    Count(CallEnd::kUnauthenticated);
    const std::optional<Status> other = call.method_ == nullptr ? std::nullopt : call.method_->ToStrangers();
    return other.value_or(caller.error());
  }
  call.caller_ = std::move(caller->name);
  call.trusted_ = caller->trusted;
  if (call.connection_ != nullptr) call.connection_->Serve();
  if (call.method_ == nullptr) {
    Count(CallEnd::kUnknownMethod);
    return Status(Reason::kUnsupportedEndpoint, "there is no RPC of this name here");
  }
  const std::string_view encoding = call.Metadata("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    Count(CallEnd::kCompressed);
    return Compressed();
  }
  if (draining_) return Stopping();
  if (call.method_->IsVital()) {
    call.lease_.emplace(budget_);
    return std::nullopt;
  }
  if (live_ > limits_.calls) {
    Count(CallEnd::kOverLimit);
    return Overloaded("flux-service has as many calls as it may; try again soon");
  }
  std::optional<ByteBudget::Lease> lease = budget_.Take(kCallBytes);
  if (!lease) {
    Count(CallEnd::kOverLimit);
    return NoBytesLeft();
  }
  call.lease_.emplace(*std::move(lease));
  return std::nullopt;
}

void Calls::Refuse(IncomingCall& call, const Status& status) {
  RpcConnection* connection = call.connection_.get();
  if (!call.refused_ && connection != nullptr) {
    call.refused_ = true;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now - connection->refusing_since > std::chrono::seconds(1)) {
      connection->refusing_since = now;
      connection->refused_lately = 0;
    }
    const bool many = ++connection->refused > kMostRefused ||
                      ++connection->refused_lately > kMostRefusedPerSecond ||
                      connection->calls > limits_.calls_per_connection + kMoreStreams;
    // A peer that asks ever again for what it is refused, or does not heed what it was told of streams, is no
    // caller. Where others' calls share its connection, as behind a proxy, they are not made to pay for it.
    if (many && connection->refused == connection->calls) connection->End();
  }
  call.Finish(status);
}

void Calls::BeginReading(IncomingCall& call) {
  call.reading_since_ = std::chrono::steady_clock::now();
  call.reading_index_ = reading_.size();
  call.weighed_ = false;
  reading_.push_back(&call);
  if (RpcConnection* const connection = call.connection_.get(); connection != nullptr) {
    const bool fresh = connection->watch && call.reading_since_ - connection->watch->since < kFreshCount;
    if (connection->reading++ == 0 && !fresh) {
      const std::optional<std::uint64_t> received = connection->Received();
      connection->watch.reset();
      if (received) {
        connection->watch.emplace(call.reading_since_, *received, 0, ByteBudget::Lease(budget_));
      }
    }
  }
  call.Read();
}

void Calls::EndReading(IncomingCall& call) {
  const std::size_t index = call.reading_index_;
  if (index >= reading_.size() || reading_[index] != &call) return;
  reading_[index] = reading_.back();
  reading_[index]->reading_index_ = index;
  reading_.pop_back();
  RpcConnection* connection = call.connection_.get();
  if (connection == nullptr || --connection->reading > 0 || !connection->watch) return;
  connection->watch->unfinished = 0;
  connection->watch->held.Set(0);
}

void Calls::OnRead(IncomingCall& call, bool ok) {
  EndReading(call);
  grpc::ByteBuffer message;
  message.Swap(&call.message_);
  bool done = false;
  {
    const std::lock_guard lock(call.mutex_);
    --call.operations_;
    done = call.gone_ || call.finishing_;
    if (!done) call.stage_ = IncomingCall::Stage::kWorking;
    if (call.weighed_ && call.lease_) call.lease_->Set(kCallBytes);  // its size is known now
    call.large_ |= message.Length() >= kLargeMessage;
  }
  if (!ok && call.connection_ != nullptr && call.connection_->watch) {
    call.connection_->watch->since = {};  // what had come of it is gone: the count begins anew
  }
  if (done) return GiveBack(call);
  if (!ok) {
    // Its sender has closed its side. That is how a stream ends; a call without any message is none.
    if (call.first_message_) {
      Refuse(call, Status(Reason::kMalformedRequest, "the call has no message"));
    } else {
      call.FinishStream();
    }
    return;
  }
  call.first_message_ = false;
  if (RpcConnection* const connection = call.connection_.get(); connection != nullptr && connection->watch) {
    connection->watch->consumed += message.Length() + kWireOverhead;
  }
  if (const std::optional<Status> wrong = WhatIsWrongWith(call, message)) return Refuse(call, *wrong);
  call.method_->OnMessage(call.shared_from_this(), message);
}

std::optional<Status> Calls::WhatIsWrongWith(IncomingCall& call, grpc::ByteBuffer& message) {
  if (!CompressionOf(message).none()) {
    Count(CallEnd::kCompressed);
    return Compressed();
  }
  if (call.method_->IsVital()) {
    constexpr std::size_t kMostVital = 4096;
    if (message.Length() > kMostVital) return Status(Reason::kPayloadTooLarge, "the message is too large");
  } else if (!call.Reserve(message.Length())) {
    Count(CallEnd::kOverLimit);
    return NoBytesLeft();
  }
  return std::nullopt;
}

void Calls::OnWritten(IncomingCall& call, bool) {
  bool read = false;
  std::function<void()> taken;
  {
    const std::lock_guard lock(call.mutex_);
    --call.operations_;
    call.writing_ = false;
    call.sending_since_ = SteadyTime::max();
    taken.swap(call.taken_);
    if (!call.gone_) {
      if (call.finish_after_write_) {
        call.FinishNow(*call.finish_after_write_, nullptr);
      } else if (call.next_reply_) {
        const grpc::ByteBuffer reply = *std::exchange(call.next_reply_, std::nullopt);
        call.SendNow(reply);
      } else {
        read = std::exchange(call.read_after_write_, false);
      }
    }
  }
  if (taken) taken();
  if (read) return BeginReading(call);
  GiveBack(call);
}

void Calls::OnFinished(IncomingCall& call, bool) {
  {
    const std::lock_guard lock(call.mutex_);
    --call.operations_;
    call.sending_since_ = SteadyTime::max();
    call.stage_ = IncomingCall::Stage::kOver;
  }
  GiveBack(call);
}

void Calls::OnDone(IncomingCall& call, bool) {
  std::function<void()> left;
  {
    const std::lock_guard lock(call.mutex_);
    --call.operations_;
    call.gone_ = true;
    left = std::move(call.left_);
    call.left_ = nullptr;
    const bool working = call.stage_ == IncomingCall::Stage::kWorking && !call.finishing_;
    constexpr milliseconds kAround{100};
    if (working && left && draining_ && std::chrono::steady_clock::now() + kAround >= drain_until_.load()) {
      cut_off_.fetch_add(1);
    }
  }
  if (left) left();
  GiveBack(call);
}

// Lets a call go that gRPC is done with. Whoever works for it may still hold it.
void Calls::GiveBack(IncomingCall& call) {
  {
    const std::lock_guard lock(call.mutex_);
    if (call.operations_ > 0 || !call.gone_) return;
    freed_ |= call.large_;
  }
  EndReading(call);
  all_.erase(call.place_);
  --known_;
  live_.fetch_sub(1);
  if (RpcConnection* const connection = call.connection_.get()) {
    --connection->calls;
    if (call.refused_) --connection->refused;
  }
  const std::shared_ptr<IncomingCall> self = std::move(call.self_);
}

}  // namespace flux::service

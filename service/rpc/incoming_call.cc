// One call's operations with gRPC: begins them one at a time where gRPC wants that, and never after the call
// is over.
#include "service/rpc/incoming_call.h"

#include <utility>

#include "base/heap.h"
#include "service/rpc/calls.h"
#include "service/rpc/rpc_status.h"

namespace flux::service {

// Plain functions take half the room of pointers to members, of which a call has five.
IncomingCall::IncomingCall(Calls& calls)
    : calls_(calls),
      arrived_tag_{this, [](Calls& to, IncomingCall& call, bool ok) { to.OnArrived(call, ok); }},
      read_tag_{this, [](Calls& to, IncomingCall& call, bool ok) { to.OnRead(call, ok); }},
      written_tag_{this, [](Calls& to, IncomingCall& call, bool ok) { to.OnWritten(call, ok); }},
      finished_tag_{this, [](Calls& to, IncomingCall& call, bool ok) { to.OnFinished(call, ok); }},
      done_tag_{this, [](Calls& to, IncomingCall& call, bool ok) { to.OnDone(call, ok); }},
      stream_(&context_) {
  calls_.objects_.fetch_add(1);
}

IncomingCall::~IncomingCall() {
  lease_.reset();
  const std::lock_guard lock(calls_.mutex_);
  if (calls_.objects_.fetch_sub(1) == 1) calls_.changed_.notify_all();
}

std::string_view IncomingCall::Metadata(std::string_view name) const {
  const auto& metadata = context_.client_metadata();
  const auto found = metadata.find(grpc::string_ref(name.data(), name.size()));
  return found == metadata.end() ? std::string_view()
                                 : std::string_view(found->second.data(), found->second.size());
}

std::optional<std::chrono::nanoseconds> IncomingCall::Left() const {
  const auto deadline = context_.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return std::nullopt;
  return deadline - std::chrono::system_clock::now();
}

void IncomingCall::AddInitialMetadata(const std::string& name, const std::string& value) {
  context_.AddInitialMetadata(name, value);
}

bool IncomingCall::Reserve(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  return lease_ && lease_->Add(bytes);
}

void IncomingCall::OnCancel(std::function<void()> left) {
  {
    const std::lock_guard lock(mutex_);
    if (!gone_) {
      left_ = std::move(left);
      return;
    }
  }
  left();
}

void IncomingCall::Finish(const Status& status) {
  FinishWith({static_cast<grpc::StatusCode>(RowOf(status.reason).grpc_code), status.message,
              SerializeDetails(status)},
             nullptr);
}

void IncomingCall::Finish(grpc::StatusCode code, const std::string& message) {
  FinishWith({code, message}, nullptr);
}

void IncomingCall::FinishStream() {
  FinishWith(grpc::Status::OK, nullptr);
}

void IncomingCall::ReplyAndFinish(grpc::ByteBuffer reply) {
  FinishWith(grpc::Status::OK, &reply);
}

void IncomingCall::FinishWith(const grpc::Status& status, const grpc::ByteBuffer* reply) {
  const std::lock_guard lock(mutex_);
  if (gone_ || finishing_) return;
  finishing_ = true;
  left_ = nullptr;
  if (writing_) {
    finish_after_write_ = status;  // a stream: it has no last reply
  } else {
    FinishNow(status, reply);
  }
}

void IncomingCall::FinishNow(const grpc::Status& status, const grpc::ByteBuffer* reply) {
  stage_ = Stage::kSending;
  sending_since_ = std::chrono::steady_clock::now();
  sending_bytes_ = reply == nullptr ? 0 : reply->Length();
  large_ |= sending_bytes_ >= kLargeMessage;
  // What the call was thought to need is known now; a paid picture is counted also beyond the limit.
  if (lease_) lease_->Set(Calls::kCallBytes + sending_bytes_);
  ++operations_;
  if (reply == nullptr) {
    stream_.Finish(status, &finished_tag_);
  } else {
    stream_.WriteAndFinish(*reply, grpc::WriteOptions(), status, &finished_tag_);
  }
  calls_.Stir();
}

void IncomingCall::Reply(grpc::ByteBuffer reply, bool read_next) {
  const std::lock_guard lock(mutex_);
  if (gone_ || finishing_) return;
  read_after_write_ |= read_next;
  if (writing_) {
    next_reply_ = std::move(reply);
  } else {
    SendNow(reply);
  }
}

void IncomingCall::Write(grpc::ByteBuffer reply, std::function<void()> taken) {
  const std::lock_guard lock(mutex_);
  if (gone_ || finishing_ || writing_) return;
  taken_ = std::move(taken);
  SendNow(reply);
}

void IncomingCall::SendNow(const grpc::ByteBuffer& reply) {
  writing_ = true;
  sending_since_ = std::chrono::steady_clock::now();
  sending_bytes_ = reply.Length();
  large_ |= sending_bytes_ >= kLargeMessage;
  if (lease_) lease_->Set(Calls::kCallBytes + sending_bytes_);
  ++operations_;
  stream_.Write(reply, &written_tag_);
  calls_.Stir();
}

void IncomingCall::Start(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue) {
  context_.AsyncNotifyWhenDone(&done_tag_);
  service.RequestCall(&context_, &stream_, &queue, &queue, &arrived_tag_);
}

void IncomingCall::Read() {
  const std::lock_guard lock(mutex_);
  if (gone_ || finishing_) return;
  stage_ = Stage::kReading;
  ++operations_;
  stream_.Read(&message_, &read_tag_);
  calls_.Stir();
}

}  // namespace flux::service

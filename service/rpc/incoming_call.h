// IncomingCall: one RPC of the gRPC port, from its arrival to its end. Methods answer it; what may not be
// answered has been refused before they see it (calls.h).
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "service/rpc/byte_budget.h"
#include "service/rpc/connection.h"

namespace flux::service {

class Calls;
class Method;

// What a method may do is thread-safe; a call ends by one Finish, whichever comes first.
class IncomingCall final : public std::enable_shared_from_this<IncomingCall> {
 public:
  explicit IncomingCall(Calls& calls);
  ~IncomingCall();
  IncomingCall(const IncomingCall&) = delete;
  IncomingCall& operator=(const IncomingCall&) = delete;

  // Who calls, as CallerAuth found it.
  const std::string& caller() const { return caller_; }
  // Whether it might have said who calls.
  bool trusted() const { return trusted_; }
  SteadyTime arrived() const { return arrived_; }
  // Full name, "/flux.v1.FluxService/TextToImage".
  const std::string& method() const { return context_.method(); }
  // One value of the call's metadata; empty where there is none.
  std::string_view Metadata(std::string_view name) const;
  // What the caller still waits, as it says; nothing where it says nothing.
  std::optional<std::chrono::nanoseconds> Left() const;

  // Sent with the first reply. Before Finish, from one thread.
  void AddInitialMetadata(const std::string& name, const std::string& value);

  // Counts these bytes for as long as the call lives, or until its reply is known. False: that would be more
  // than may be held.
  bool Reserve(std::uint64_t bytes);

  // Called when the caller leaves before the call has finished, on the loop; at once where it has left.
  void OnCancel(std::function<void()> left);

  // Ends the call with a failure.
  void Finish(const Status& status);
  // Ends the call with a status as it stands, for contracts that are not ours.
  void Finish(grpc::StatusCode code, const std::string& message);
  // Ends a stream as it should end.
  void FinishStream();
  // Ends the call with its reply.
  void ReplyAndFinish(grpc::ByteBuffer reply);
  // Of a stream: sends this, after which its next message is read, if `read_next`. A reply that still waits
  // to be sent is replaced.
  void Reply(grpc::ByteBuffer reply, bool read_next);
  // Of a stream without more messages: sends this; `taken` is called on the loop once another can be
  // sent. Not while one is on its way; never where the caller has left.
  void Write(grpc::ByteBuffer reply, std::function<void()> taken);

 private:
  friend class Calls;

  // Where a call is.
  enum class Stage { kArriving, kReading, kWorking, kSending, kOver };
  // What gRPC gives back when an operation is done.
  struct Tag {
    IncomingCall* call;
    void (*done)(Calls& calls, IncomingCall& call, bool ok);
  };

  void Start(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue);
  void Read();
  void FinishWith(const grpc::Status& status, const grpc::ByteBuffer* reply);
  void FinishNow(const grpc::Status& status, const grpc::ByteBuffer* reply);
  void SendNow(const grpc::ByteBuffer& reply);

  Calls& calls_;
  Tag arrived_tag_;
  Tag read_tag_;
  Tag written_tag_;
  Tag finished_tag_;
  Tag done_tag_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
  grpc::ByteBuffer message_;  // being read

  // The loop's own, once the call has arrived.
  std::string caller_;
  SteadyTime arrived_{};
  Method* method_ = nullptr;
  std::shared_ptr<RpcConnection> connection_;
  SteadyTime reading_since_{};
  std::size_t reading_index_ = 0;  // in Calls::reading_, while it reads
  bool trusted_ = false;
  bool refused_ = false;
  bool first_message_ = true;
  bool weighed_ = false;  // a slow message is counted at its largest
  bool cut_ = false;      // cancelled for want of a reader
  SteadyTime cut_at_{};
  std::shared_ptr<IncomingCall> self_;  // while gRPC has it
  std::list<IncomingCall*>::iterator place_;

  mutable std::mutex mutex_;  // guards what follows, and the beginning of operations
  Stage stage_ = Stage::kArriving;
  int operations_ = 0;  // that gRPC has not given back
  bool gone_ = false;   // the call is over for gRPC: nothing may be begun
  bool finishing_ = false;
  bool writing_ = false;
  bool read_after_write_ = false;
  bool large_ = false;           // it has had a large message, or a large reply
  std::function<void()> taken_;  // of Write
  std::optional<grpc::ByteBuffer> next_reply_;
  std::optional<grpc::Status> finish_after_write_;
  SteadyTime sending_since_ = SteadyTime::max();
  std::uint64_t sending_bytes_ = 0;
  std::function<void()> left_;
  std::optional<ByteBudget::Lease> lease_;
};

}  // namespace flux::service

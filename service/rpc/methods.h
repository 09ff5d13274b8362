// Methods: what the gRPC port can be asked. Every RPC is added here by its full name, and is called only for
// a caller that is known, with a message that has been counted (calls.h): a method cannot forget to ask who
// calls.
#pragma once

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/heap.h"
#include "base/result.h"
#include "service/rpc/incoming_call.h"
#include "service/rpc/refusals.h"

namespace flux::service {

// One RPC. Called on the event loop, where gRPC's events arrive; it must not be held up.
class Method {
 public:
  virtual ~Method() = default;

  // A message has come: the only one of a unary call, the next one of a stream. Whoever parses it lets its
  // bytes go (Parse); a grpc::ByteBuffer has no move, so that one handed on by value would live on here.
  virtual void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) = 0;

  // What a caller is told whom nobody knows, where UNAUTHENTICATED would be misunderstood.
  virtual std::optional<Status> ToStrangers() const { return std::nullopt; }

  // Whether it is answered also when no bytes are left: its messages are short, and others rely on it.
  virtual bool IsVital() const { return false; }
};

// Thread-safe once nothing is added any more.
class Methods {
 public:
  // `name` is the full one, "/flux.v1.FluxService/TextToImage".
  void Add(std::string name, std::unique_ptr<Method> method) {
    by_name_[std::move(name)] = std::move(method);
  }

  // Null where there is none.
  Method* Find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second.get();
  }

 private:
  std::map<std::string, std::unique_ptr<Method>> by_name_;
};

// The bytes that gRPC sends for a message. INTERNAL for one that is larger than protobuf can write.
template <typename Message>
Result<grpc::ByteBuffer> Serialize(const Message& message) {
  grpc::ByteBuffer bytes;
  bool own = false;
  if (!grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own).ok()) {
    return Status(Reason::kInternal);
  }
  return bytes;
}

// The message in these bytes, which are let go; nothing where they are not one.
template <typename Message>
std::unique_ptr<Message> Parse(grpc::ByteBuffer& bytes) {
  auto message = std::make_unique<Message>();
  const std::size_t length = bytes.Length();
  const bool good = grpc::SerializationTraits<Message>::Deserialize(&bytes, message.get()).ok();
  if (length >= kLargeMessage) GiveFreedBack();  // fal's JSON, which is made next, cannot use its pieces
  return good ? std::move(message) : nullptr;
}

// A unary RPC that is answered at once.
template <typename Request>
class PromptMethod final : public Method {
 public:
  using Handler = std::function<Result<grpc::ByteBuffer>(const Request& request)>;

  explicit PromptMethod(Handler handler) : handler_(std::move(handler)) {}

  void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) override {
    const std::unique_ptr<Request> request = Parse<Request>(message);
    if (!request) return call->Finish(NotThatMessage());
    Result<grpc::ByteBuffer> reply = handler_(*request);
    if (!reply) return call->Finish(reply.error());
    call->ReplyAndFinish(*std::move(reply));
  }

 private:
  Handler handler_;
};

// A unary RPC that runs as a coroutine on the event loop. The caller's leaving (or the end of its deadline)
// cancels the coroutine, which does not throw but sees its current wait end early.
template <typename Request>
class AwaitedMethod final : public Method {
 public:
  using Reply = asio::awaitable<Result<grpc::ByteBuffer>>;
  // Called once on the loop, so it is no coroutine itself; the request is its own. The call lives until the
  // awaitable has returned.
  using Handler = std::function<Reply(IncomingCall& call, std::unique_ptr<Request> request)>;
  // Looks at the request first: a failure ends the call.
  using Check = std::function<std::optional<Status>(IncomingCall& call, const Request& request)>;

  AwaitedMethod(asio::io_context& loop, Check check, Handler handler)
      : loop_(loop), check_(std::move(check)), handler_(std::move(handler)) {}

  void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) override {
    std::unique_ptr<Request> request = Parse<Request>(message);
    if (!request) return call->Finish(NotThatMessage());
    if (const std::optional<Status> wrong = check_(*call, *request)) return call->Finish(*wrong);
    auto running = std::make_shared<Running>();
    call->OnCancel([this, running] {
      asio::post(loop_, [running] {
        if (!running->over) running->cancel.emit(asio::cancellation_type::terminal);
      });
    });
    // The handler keeps the signal alive for as long as the coroutine may look at its slot.
    auto work = Run(running, std::move(call), std::move(request));
    asio::co_spawn(loop_, std::move(work),
                   asio::bind_cancellation_slot(running->cancel.slot(), [running](std::exception_ptr) {}));
  }

 private:
  struct Running {
    asio::cancellation_signal cancel;
    bool over = false;
  };

  asio::awaitable<void> Run(std::shared_ptr<Running> running, std::shared_ptr<IncomingCall> call,
                            std::unique_ptr<Request> request) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Result<grpc::ByteBuffer> reply = Status(Reason::kInternal);
    try {
      Reply work = handler_(*call, std::move(request));
      reply = co_await std::move(work);
    } catch (...) {  // out of memory, or a mistake of ours: the caller is told all the same
    }
    running->over = true;
    if (reply) {
      call->ReplyAndFinish(*std::move(reply));
    } else {
      call->Finish(reply.error());
    }
  }

  asio::io_context& loop_;
  Check check_;
  Handler handler_;
};

}  // namespace flux::service

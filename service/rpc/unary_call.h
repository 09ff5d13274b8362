// rpc: the one adapter between gRPC's callback reactors and coroutines. A handler is an awaitable on the
// event loop; gRPC's threads only hand over and finish.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/message_allocator.h>
#include <grpcpp/support/server_callback.h>

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace flux::service {

// A unary RPC that runs as a coroutine. Starts itself, deletes itself when gRPC is done with it.
//   handler   called once on the loop and then dropped, so it is no coroutine itself; request, response and
//             context live until its awaitable has returned
// The caller's leaving (or the end of its deadline) cancels the coroutine, which does not throw but sees its
// current wait end early.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  using Handler = std::function<asio::awaitable<grpc::Status>()>;

  static grpc::ServerUnaryReactor* Start(asio::io_context& loop, Handler handler) {
    return new UnaryCall(loop, std::move(handler));
  }

 private:
  // Outlives the reactor where a cancellation is still on its way to the loop.
  struct Running {
    asio::cancellation_signal cancel;
    bool over = false;
  };

  UnaryCall(asio::io_context& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {
    asio::post(loop_, [this] {
      // The handler keeps the signal alive for as long as the coroutine may look at its slot; `this` dies
      // earlier.
      asio::co_spawn(
          loop_, Run(),
          asio::bind_cancellation_slot(running_->cancel.slot(), [running = running_](std::exception_ptr) {}));
    });
  }

  asio::awaitable<void> Run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    grpc::Status status(grpc::StatusCode::INTERNAL, "flux-service failed");
    try {
      asio::awaitable<grpc::Status> work = std::exchange(handler_, nullptr)();
      status = co_await std::move(work);
    } catch (...) {  // out of memory, or a mistake of ours: the caller is told all the same
    }
    running_->over = true;
    Finish(std::move(status));  // may delete this
  }

  void OnCancel() override {
    asio::post(loop_, [running = running_] {
      if (!running->over) running->cancel.emit(asio::cancellation_type::terminal);
    });
  }

  void OnDone() override { delete this; }

  asio::io_context& loop_;
  Handler handler_;
  std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

// Gives each call its messages, and lets a handler give the request back before the call ends
// (grpc::CallbackServerContext::GetRpcAllocatorState()->FreeRequest()): it may hold pictures, and the wait is
// long.
template <typename Request, typename Response>
class Messages final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Holder; }

 private:
  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    Holder() : request_(std::make_unique<Request>()) {
      this->set_request(request_.get());
      this->set_response(&response_);
    }
    void Release() override { delete this; }
    void FreeRequest() override {
      request_.reset();
      this->set_request(nullptr);
    }

   private:
    std::unique_ptr<Request> request_;
    Response response_;
  };
};

}  // namespace flux::service

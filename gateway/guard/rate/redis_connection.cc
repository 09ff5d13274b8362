// hiredis owns the socket; Asio only says when it is ready.
#include "gateway/guard/rate/redis_connection.h"

#include <hiredis/async.h>

#include <asio/post.hpp>
#include <utility>

namespace flux::gateway {
namespace {

RedisReply Read(const redisReply& from) {
  RedisReply reply;
  if (from.type == REDIS_REPLY_ERROR) reply.error.assign(from.str, static_cast<std::size_t>(from.len));
  if (from.type == REDIS_REPLY_INTEGER) reply.integers.push_back(from.integer);
  if (from.type != REDIS_REPLY_ARRAY) return reply;
  for (std::size_t i = 0; i < from.elements; ++i) {
    if (from.element[i]->type == REDIS_REPLY_INTEGER) reply.integers.push_back(from.element[i]->integer);
  }
  return reply;
}

void OnCommandDone(redisAsyncContext*, void* reply, void* data) {
  const std::unique_ptr<RedisConnection::OnReply> on_reply(static_cast<RedisConnection::OnReply*>(data));
  if (reply == nullptr) return (*on_reply)(std::nullopt);
  (*on_reply)(Read(*static_cast<const redisReply*>(reply)));
}

}  // namespace

// What hiredis calls.
struct RedisConnection::Hooks {
  static RedisConnection& Self(void* data) { return *static_cast<RedisConnection*>(data); }

  static void AddRead(void* data) {
    Self(data).wants_read_ = true;
    Self(data).AwaitRead();
  }
  static void DelRead(void* data) { Self(data).wants_read_ = false; }
  static void AddWrite(void* data) {
    Self(data).wants_write_ = true;
    Self(data).AwaitWrite();
  }
  static void DelWrite(void* data) { Self(data).wants_write_ = false; }
  // The context is about to be freed, and its socket closed with it.
  static void Cleanup(void* data) {
    RedisConnection& self = Self(data);
    const char* why = self.context_->errstr;
    std::string text = why == nullptr || *why == '\0' ? "the connection was closed" : why;
    self.Detach();
    self.TellLost(std::move(text));
  }
};

RedisConnection::RedisConnection(asio::io_context& loop, OnLost on_lost)
    : loop_(loop), on_lost_(std::move(on_lost)), socket_(loop) {}

RedisConnection::~RedisConnection() {
  Close();
}

std::shared_ptr<RedisConnection> RedisConnection::Open(asio::io_context& loop, const std::string& host,
                                                       int port, OnLost on_lost) {
  auto connection = std::make_shared<RedisConnection>(loop, std::move(on_lost));
  redisAsyncContext* context = redisAsyncConnect(host.c_str(), port);
  if (context == nullptr || context->err != 0) {
    connection->TellLost(context == nullptr ? "out of memory" : context->errstr);
    if (context != nullptr) redisAsyncFree(context);
  } else {
    connection->Attach(context);
  }
  return connection;
}

void RedisConnection::Attach(redisAsyncContext* context) {
  context_ = context;
  socket_.assign(context->c.fd);
  auto& hooks = context->ev;  // one by one: newer versions have more, which may stay unset
  hooks.data = this;
  hooks.addRead = &Hooks::AddRead;
  hooks.delRead = &Hooks::DelRead;
  hooks.addWrite = &Hooks::AddWrite;
  hooks.delWrite = &Hooks::DelWrite;
  hooks.cleanup = &Hooks::Cleanup;
  // Only a connection that is written to finds out whether it is one.
  Hooks::AddWrite(this);
}

void RedisConnection::AwaitRead() {
  if (awaits_read_) return;
  awaits_read_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const asio::error_code& error) {
                       self->awaits_read_ = false;
                       if (!error && self->context_ != nullptr && self->wants_read_)
                         redisAsyncHandleRead(self->context_);
                     });
}

void RedisConnection::AwaitWrite() {
  if (awaits_write_) return;
  awaits_write_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const asio::error_code& error) {
                       self->awaits_write_ = false;
                       if (!error && self->context_ != nullptr && self->wants_write_)
                         redisAsyncHandleWrite(self->context_);
                     });
}

void RedisConnection::Send(const std::vector<std::string>& command, OnReply on_reply) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  if (context_ != nullptr) {
    auto data = std::make_unique<OnReply>(std::move(on_reply));
    if (redisAsyncCommandArgv(context_, &OnCommandDone, data.get(), static_cast<int>(words.size()),
                              words.data(), sizes.data()) == REDIS_OK) {
      (void)data.release();  // OnCommandDone's now
      return;
    }
    on_reply = std::move(*data);
  }
  on_reply(std::nullopt);
}

void RedisConnection::Close() {
  on_lost_ = nullptr;
  if (context_ != nullptr) redisAsyncFree(context_);
}

void RedisConnection::Detach() {
  context_ = nullptr;
  socket_.release();  // cancels the waits
}

void RedisConnection::TellLost(std::string why) {
  if (!on_lost_) return;
  asio::post(loop_, [self = shared_from_this(), why = std::move(why)] {
    if (self->on_lost_) std::exchange(self->on_lost_, nullptr)(why);
  });
}

}  // namespace flux::gateway

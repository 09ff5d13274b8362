// One coroutine a visitor, all on one thread; nobody is waited for longer than its deadline.
#include "base/admin_server.h"

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <future>
#include <list>
#include <utility>

#include "base/admin_request.h"
#include "base/endpoint.h"
#include "base/event_loop.h"

namespace flux {
namespace {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

constexpr std::size_t kMostHead = 8 * 1024;
// Out of descriptors: what accept fails with until something closes.
constexpr std::chrono::milliseconds kAcceptPause{50};
// What was sent behind a request that ends its connection, and for how long, is read and thrown away, so that
// the reply arrives before a reset does.
constexpr std::size_t kLingerBytes = 64 * 1024;
constexpr std::chrono::seconds kLinger{1};

// One connection.
struct Visitor {
  explicit Visitor(Socket accepted) : socket(std::move(accepted)), deadline(socket.get_executor()) {}

  void Close() {
    asio::error_code ignored;
    socket.close(ignored);
    deadline.cancel();
  }

  Socket socket;
  asio::steady_timer deadline;
  std::string in;
};

// Closes the connection unless it is called again in time.
void Allow(const std::shared_ptr<Visitor>& visitor, std::chrono::milliseconds time) {
  visitor->deadline.expires_after(time);
  visitor->deadline.async_wait([visitor](const asio::error_code& ec) {
    if (!ec) visitor->Close();
  });
}

}  // namespace

class AdminServer::Impl {
 public:
  Impl(Sources sources, Ready ready, AdminLimits limits)
      : sources_(std::move(sources)), ready_(std::move(ready)), limits_(limits) {}
  ~Impl() { Stop(); }

  Result<std::string> Start(const ListenAddress& address) {
    Result<Acceptor> opened = OpenListener(loop_.context(), address);
    if (!opened) return std::move(opened).error();
    asio::error_code ec;
    std::string bound = AddressText(opened->local_endpoint(ec));
    if (bound.starts_with("unix:")) unix_path_ = bound.substr(5);
    acceptor_ = std::make_unique<Acceptor>(*std::move(opened));
    asio::co_spawn(loop_.context(), Accept(), asio::detached);
    return bound;
  }

  void Stop() {
    if (!acceptor_) return;
    std::promise<void> closed;
    asio::post(loop_.context(), [&] {
      asio::error_code ignored;
      acceptor_->close(ignored);
      for (const auto& visitor : visitors_) visitor->Close();
      closed.set_value();
    });
    closed.get_future().wait();
    loop_.Stop();
    acceptor_.reset();
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  }

 private:
  using Visitors = std::list<std::shared_ptr<Visitor>>;  // the one that was quiet longest first

  asio::awaitable<void> Accept() {
    asio::steady_timer pause(loop_.context());
    while (acceptor_->is_open()) {
      asio::error_code ec;
      Socket socket =
          co_await acceptor_->async_accept(loop_.context(), asio::redirect_error(asio::use_awaitable, ec));
      if (!acceptor_->is_open()) co_return;
      if (ec) {
        if (!visitors_.empty()) visitors_.front()->Close();
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        continue;
      }
      if (visitors_.size() >= limits_.visitors) visitors_.front()->Close();
      visitors_.push_back(std::make_shared<Visitor>(std::move(socket)));
      const auto place = std::prev(visitors_.end());
      asio::co_spawn(loop_.context(), Serve(*place), [this, place](std::exception_ptr) {
        (*place)->Close();
        visitors_.erase(place);
      });
    }
  }

  asio::awaitable<void> Serve(std::shared_ptr<Visitor> visitor) {
    asio::error_code ec;
    Allow(visitor, limits_.patience);
    for (;;) {
      const std::size_t size =
          co_await asio::async_read_until(visitor->socket, asio::dynamic_buffer(visitor->in, kMostHead),
                                          "\r\n\r\n", asio::redirect_error(asio::use_awaitable, ec));
      if (ec && ec != asio::error::not_found) co_return;
      AdminRequest request;
      const bool read = !ec && ReadAdminRequest({visitor->in.data(), size}, request);
      visitor->in.erase(0, size);
      const AdminReply reply = read ? Answer(request) : AdminReply{400, "This is not an HTTP/1.1 request.\n"};
      const std::string bytes = Render(reply, request.method == "HEAD", request.close);
      Allow(visitor, limits_.patience);
      co_await asio::async_write(visitor->socket, asio::buffer(bytes),
                                 asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return;
      if (request.close) break;
      Allow(visitor, limits_.idle);
      MoveBack(visitor);
    }
    visitor->socket.shutdown(Socket::shutdown_send, ec);
    Allow(visitor, kLinger);
    std::string rest(kLingerBytes, '\0');
    co_await asio::async_read(visitor->socket, asio::buffer(rest),
                              asio::redirect_error(asio::use_awaitable, ec));
  }

  void MoveBack(const std::shared_ptr<Visitor>& visitor) {
    for (auto at = visitors_.begin(); at != visitors_.end(); ++at) {
      if (*at == visitor) return visitors_.splice(visitors_.end(), visitors_, at);
    }
  }

  AdminReply Answer(const AdminRequest& request) const {
    const bool known = request.path == "/healthz" || request.path == "/readyz" || request.path == "/metrics";
    if (!known) return {404, "There are /healthz, /readyz and /metrics.\n"};
    if (request.method != "GET" && request.method != "HEAD") return {405, "Use GET.\n"};
    if (request.path == "/healthz") return {200, "ok\n"};
    if (request.path == "/readyz") {
      const std::string why_not = ready_();
      return why_not.empty() ? AdminReply{200, "ready\n"} : AdminReply{503, why_not + "\n"};
    }
    AdminReply reply{200, {}, true};
    for (const prometheus::Collectable* source : sources_) {
      reply.body += prometheus::TextSerializer().Serialize(source->Collect());
    }
    return reply;
  }

  const Sources sources_;
  const Ready ready_;
  const AdminLimits limits_;
  std::string unix_path_;  // to remove at the end
  EventLoop loop_{"admin"};
  std::unique_ptr<Acceptor> acceptor_;
  Visitors visitors_;  // the loop's
};

AdminServer::AdminServer(Sources sources, Ready ready, AdminLimits limits)
    : impl_(std::make_unique<Impl>(std::move(sources), std::move(ready), limits)) {}

AdminServer::~AdminServer() = default;

Result<std::string> AdminServer::Start(const ListenAddress& address) {
  return impl_->Start(address);
}

void AdminServer::Stop() {
  impl_->Stop();
}

}  // namespace flux

// Sockets are accepted on the first loop and handed out in turn: that balances few long-lived connections
// exactly, where acceptors sharing one descriptor would wake every loop for each connection and leave the
// balance to chance.
#include "gateway/http/listener.h"

#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>

#include "base/endpoint.h"
#include "gateway/http/connection.h"
#include "gateway/http/edge.h"

namespace flux::gateway {
namespace {

// Connections over the cap that are told so at a time; beyond, they are closed without a word.
constexpr std::uint64_t kRefusalSlots = 64;
// Out of descriptors or memory: what accept fails with until a connection closes.
constexpr std::chrono::milliseconds kAcceptPause{50};
// A cancelled handler ends at once, unless it ignores cancellation.
constexpr std::chrono::seconds kCancelPatience{5};

}  // namespace

// The accepting side, shared with the accepting coroutine. Touched by the first loop's thread only, once it
// runs.
struct Listener::Door {
  Door(Acceptor opened, std::shared_ptr<Edge> shared, std::vector<std::shared_ptr<LoopShard>> all)
      : acceptor(std::move(opened)),
        pause(acceptor.get_executor()),
        edge(std::move(shared)),
        shards(std::move(all)) {}

  static asio::awaitable<void> Accept(std::shared_ptr<Door> door);
  void Close();
  void Admit(const std::shared_ptr<LoopShard>& shard, Socket socket, std::string peer);

  Acceptor acceptor;
  Timer pause;
  std::shared_ptr<Edge> edge;
  std::vector<std::shared_ptr<LoopShard>> shards;
  std::string unix_path;  // to remove at the end
};

asio::awaitable<void> Listener::Door::Accept(std::shared_ptr<Door> door) {
  for (std::size_t turn = 0; door->acceptor.is_open(); ++turn) {
    const std::shared_ptr<LoopShard> shard = door->shards[turn % door->shards.size()];
    asio::error_code ec;
    asio::generic::stream_protocol::endpoint peer;
    Socket socket = co_await door->acceptor.async_accept(shard->context, peer,
                                                         asio::redirect_error(asio::use_awaitable, ec));
    if (!door->acceptor.is_open()) break;
    if (!ec) {
      door->Admit(shard, std::move(socket), PeerText(peer));
      continue;
    }
    if (ec == asio::error::connection_aborted) continue;
    door->pause.expires_after(kAcceptPause);
    co_await door->pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
}

void Listener::Door::Close() {
  asio::error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  if (!unix_path.empty()) ::unlink(unix_path.c_str());
}

void Listener::Door::Admit(const std::shared_ptr<LoopShard>& shard, Socket socket, std::string peer) {
  edge->counters.accepted.fetch_add(1);
  const std::uint64_t open = edge->counters.open.fetch_add(1);
  const bool refuse = open >= edge->limits.max_connections;
  if (open >= edge->limits.max_connections + kRefusalSlots) {
    edge->counters.Refused(Reason::kOverloaded).fetch_add(1);
    edge->counters.open.fetch_sub(1);
    return;
  }
  auto connection = std::make_shared<Connection>(edge, shard, std::move(socket), std::move(peer));
  asio::post(shard->context, [connection = std::move(connection), shard, refuse] {
    connection->Start(refuse);
    if (shard->draining) connection->Drain();
  });
}

Listener::Listener(std::vector<asio::io_context*> loops, Limits limits, Handler handler,
                   RenderError render_error, ServerTls* tls, WantsBody wants_body)
    : edge_(std::make_shared<Edge>()) {
  edge_->limits = limits;
  edge_->handler = std::move(handler);
  edge_->render_error = std::move(render_error);
  edge_->wants_body = std::move(wants_body);
  edge_->tls = tls;
  for (asio::io_context* loop : loops) shards_.push_back(std::make_shared<LoopShard>(*loop));
}

Listener::~Listener() {
  Drain(std::chrono::milliseconds(0));
}

Result<std::string> Listener::Start(const ListenAddress& address) {
  Result<Acceptor> opened = OpenListener(shards_.front()->context, address);
  if (!opened) return std::move(opened).error();
  asio::error_code ec;
  const std::string bound = AddressText(opened->local_endpoint(ec));
  door_ = std::make_shared<Door>(*std::move(opened), edge_, shards_);
  if (bound.starts_with("unix:")) door_->unix_path = bound.substr(5);
  asio::co_spawn(shards_.front()->context, Door::Accept(door_), asio::detached);
  return bound;
}

void Listener::Retire() {
  for (const auto& shard : shards_) {
    asio::post(shard->context, [shard] { shard->retiring = true; });
  }
}

bool Listener::Drain(std::chrono::milliseconds grace) {
  if (drained_ || !door_) return true;
  drained_ = true;
  {
    const std::lock_guard lock(edge_->mutex);
    edge_->draining_loops = shards_.size();
  }
  for (const auto& shard : shards_) {
    asio::post(shard->context, [shard, edge = edge_, door = shard == shards_.front() ? door_ : nullptr] {
      if (door) door->Close();
      shard->draining = true;
      for (Connection* connection : shard->connections) connection->Drain();
      const std::lock_guard lock(edge->mutex);
      --edge->draining_loops;
      edge->changed.notify_all();
    });
  }
  const auto all_gone = [this] { return edge_->draining_loops == 0 && edge_->counters.open == 0; };
  std::unique_lock lock(edge_->mutex);
  if (edge_->changed.wait_for(lock, grace, all_gone)) return true;
  lock.unlock();
  for (const auto& shard : shards_) {
    asio::post(shard->context, [shard] {
      // A cancelled handler may end at once and take its connection off the set.
      std::vector<std::shared_ptr<Connection>> all;
      for (Connection* connection : shard->connections) all.push_back(connection->shared_from_this());
      for (const auto& connection : all) connection->Cancel();
    });
  }
  lock.lock();
  edge_->changed.wait_for(lock, kCancelPatience, all_gone);
  return false;
}

const Counters& Listener::counters() const {
  return edge_->counters;
}

}  // namespace flux::gateway

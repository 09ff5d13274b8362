// RpcConnection: what is known of one connection of the gRPC port beside gRPC, which speaks on it. It can
// count what the kernel has received, and end the connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "service/rpc/byte_budget.h"

namespace flux::service {

// Made by the listener, shared with the calls that run on the connection. Only what is said to be thread-safe
// is.
class RpcConnection {
 public:
  // Owns `descriptor`, a duplicate of the one that gRPC has.
  RpcConnection(int descriptor, std::string peer, std::string address);
  ~RpcConnection();
  RpcConnection(const RpcConnection&) = delete;
  RpcConnection& operator=(const RpcConnection&) = delete;

  // gRPC's name of the peer, such as "ipv4:127.0.0.1:5000".
  const std::string& peer() const { return peer_; }
  // The peer's address without its port; "unix" for a unix socket.
  const std::string& address() const { return address_; }
  int descriptor() const { return descriptor_; }

  // Bytes that the kernel has received on it so far; nothing for a unix socket. Thread-safe.
  std::optional<std::uint64_t> Received() const;

  // Ends it at once: gRPC sees its end, and cancels its calls. The peer is told by a reset, also where it
  // does not read. Thread-safe.
  void End() const;
  // Ends it as a connection should end: what was sent still arrives. Thread-safe.
  void Close() const;

  // A call of a known caller has come on it: from now on the peer may send as much as the kernel lets it.
  // Until then that is little, since gRPC reads whatever has come. Thread-safe.
  void Serve();
  // Whether one has ever come. Thread-safe.
  bool served() const { return served_; }

  // The loop that gRPC's events arrive on keeps these.
  std::uint32_t calls = 0;           // that have not ended
  std::uint32_t refused = 0;         // of them: refused, and the answer is not yet sent
  std::uint32_t refused_lately = 0;  // since this moment, a second ago at most
  SteadyTime refusing_since{};
  std::uint32_t reading = 0;  // of them: their message has not arrived
  // Counts what has come of messages that are not complete: what was received since a moment when there was
  // none, without what has become whole since.
  struct Watch {
    SteadyTime since;
    std::uint64_t received;
    std::uint64_t consumed;
    ByteBudget::Lease held;
    std::uint64_t unfinished = 0;  // what is held, as a number
  };
  std::optional<Watch> watch;
  SteadyTime looked{};  // when its bytes were last counted

 private:
  const int descriptor_;
  const std::string peer_;
  const std::string address_;
  std::atomic<bool> served_{false};
};

}  // namespace flux::service

// RpcListener: accepts the connections of the gRPC port, since gRPC's own listener never accepts again once
// it has run out of descriptors. It caps connections in all and per address, waits for the first bytes of
// each, and hands it to gRPC only then, so many a second of each address: whoever opens connections without
// end cannot keep gRPC busy. It reads no byte away.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/clock.h"
#include "base/options.h"
#include "base/result.h"
#include "service/rpc/connection.h"

namespace flux::service {

struct RpcListenerLimits {
  std::uint32_t connections = 1000;               // in all
  std::uint32_t connections_per_address = 250;    // of one address; 0: no limit of its own
  std::chrono::milliseconds first_bytes{10'000};  // how long a connection may say nothing
  bool tls = false;                               // what its first bytes have to be
  std::uint32_t handed_per_second = 20;           // of one address; more wait their turn

  // Lowers the connections to what `descriptors` open files allow: two for each, and some for everything
  // else. Returns whether that was needed.
  bool FitTo(std::uint64_t descriptors);
};

// How many connections were accepted, and what became of those that were not served.
struct RpcListenerCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> open{0};          // now
  std::atomic<std::uint64_t> over_limit{0};    // refused: too many, in all or of their address
  std::atomic<std::uint64_t> silent{0};        // ended: said nothing in time, or made room for a new one
  std::atomic<std::uint64_t> talkative{0};     // ended: said much and asked nothing that could be answered
  std::atomic<std::uint64_t> not_grpc{0};      // ended: began with something else
  std::atomic<std::uint64_t> out_of_files{0};  // refused: no descriptor was free
};

// Start and Close are called from one thread, everything else from any.
class RpcListener {
 public:
  // Takes an accepted connection's descriptor.
  using HandOver = std::function<void(int descriptor)>;

  explicit RpcListener(RpcListenerLimits limits);
  ~RpcListener();
  RpcListener(const RpcListener&) = delete;
  RpcListener& operator=(const RpcListener&) = delete;

  // Binds and listens; connections wait in the kernel until Accept. Returns the address as bound, or INTERNAL
  // saying why it cannot.
  Result<std::string> Bind(const ListenAddress& address);

  // Accepts from now on, on a thread of its own, which calls `hand_over`.
  void Accept(HandOver hand_over);

  // Accepts no more, and ends the connections that have not begun to speak. Idempotent.
  void Close();

  // Ends all connections that gRPC has. After Close.
  void EndAll() const;

  // Why it does not accept; empty: it does.
  std::string Problem() const;

  // The connection with this name (gRPC's name of the peer); null where it is not known: a unix socket's
  // peers have no names.
  std::shared_ptr<RpcConnection> Find(const std::string& peer) const;

  const RpcListenerCounters& counters() const { return counters_; }

  // An epoll set that can be read when one of the connections that gRPC has can be read, or written on again.
  // After Bind.
  int sockets() const { return sockets_; }
  // How many such connections there are; each is told once. From one thread.
  int TakeReady() const;

 private:
  struct Waiting;
  struct Open;
  struct Address;

  void Run();
  void TakeNew();
  void Pause();
  void RefuseForWantOfFiles();
  bool MakeRoom(const std::string& address);
  void Admit(int descriptor);
  void Look(int descriptor);
  void Pass(std::list<Waiting>::iterator waiting);
  void Drop(std::list<Waiting>::iterator waiting);
  void Forget(int descriptor);
  void Refill(Address& address) const;
  bool HasTurn(const std::string& name);
  void ForgetAddresses();
  void LookAtWaiting();
  void EndTheTalkative();
  std::uint32_t Of(const std::string& address) const;
  int Patience() const;

  const RpcListenerLimits limits_;
  RpcListenerCounters counters_;
  HandOver hand_over_;
  int listening_ = -1;
  int events_ = -1;   // epoll
  int wake_ = -1;     // eventfd
  int sockets_ = -1;  // epoll
  int spare_ = -1;    // given up for a moment to refuse a connection that there is no descriptor for
  std::string unix_path_;
  bool is_unix_ = false;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> starved_{false};  // the last accept found no descriptor
  std::atomic<bool> running_{false};

  // The thread's own.
  std::list<Waiting> waiting_;  // oldest first
  std::unordered_map<int, std::list<Waiting>::iterator> waiting_by_descriptor_;
  std::list<Open> open_;  // handed over, oldest first; by the duplicate's descriptor
  std::unordered_map<int, std::list<Open>::iterator> open_by_descriptor_;
  std::unordered_map<std::string, Address> by_address_;
  std::size_t ready_ = 0;  // connections that have begun to speak and wait for their turn
  SteadyTime paused_until_{};
  SteadyTime next_look_ = SteadyTime::max();  // at connections that nobody known has called on

  mutable std::mutex mutex_;  // for the next one, which other threads read
  std::unordered_map<std::string, std::shared_ptr<RpcConnection>> by_peer_;
};

}  // namespace flux::service

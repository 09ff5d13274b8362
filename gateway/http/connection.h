// Connection: one public connection from its first byte to its close, as one coroutine. It reads, asks
// framing and engine, calls the handler, writes, and starts again; it watches for the caller leaving while
// the handler runs. It decides no bytes (framing does) and no meaning (engine and handler do).
#pragma once

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "gateway/http/byte_shares.h"
#include "gateway/http/channel.h"
#include "gateway/http/chunked_body.h"
#include "gateway/http/deadline.h"
#include "gateway/http/edge.h"
#include "gateway/http/inbox.h"
#include "gateway/http/line.h"
#include "gateway/http/message.h"
#include "gateway/http/reply_head.h"
#include "gateway/http/reply_stream.h"

namespace flux::gateway {

// Lives on one loop and is touched by its thread only. Keeps itself alive until its coroutine and its waits
// have ended.
class Connection final : public std::enable_shared_from_this<Connection>, private Line {
 public:
  Connection(std::shared_ptr<Edge> edge, std::shared_ptr<LoopShard> shard, Socket socket,
             std::string remote_addr);

  // Serves, or with `refuse` only answers 503. The edge has counted it as open already.
  void Start(bool refuse);

  // Closes if idle; otherwise the request at hand is the last.
  void Drain();

  // Answers what is at hand as well as it can be answered at once, and ends: the handler is cancelled, and a
  // request that has not arrived whole is refused. Otherwise as Drain.
  void Stop();

  // Ends now, whatever it does. The handler is cancelled.
  void Cancel();

 private:
  // What the handler asks.
  asio::awaitable<bool> Reserve(std::uint64_t expected) override;
  bool Stopped() const override { return stopped_; }

  enum class Phase { kReading, kHandling, kWriting, kLingering };
  enum class Step {
    kMore,     // the next bytes decide
    kReady,    // request_ is complete
    kRefused,  // refusal_ says why
    kGone,     // nobody is there to answer
  };

  // What the kernel did not take at once of a reply.
  struct Unwritten {
    std::string head;
    std::string_view body;
    bool None() const { return head.empty() && body.empty(); }
  };

  asio::awaitable<void> Run(bool refuse);
  // Makes the connection a TLS one.
  asio::awaitable<Step> ShakeHands();
  asio::awaitable<Step> ReadHead();
  // Waits for the handler's last word about the head; without a ticket afterwards, `answer` is that word.
  asio::awaitable<void> Confirm(Reply& answer);
  asio::awaitable<Step> ReadBody();
  // These are false when the caller left or did not keep up. Follow: what comes after WriteNow.
  asio::awaitable<bool> Follow(Reply& reply, Unwritten rest);
  asio::awaitable<bool> WriteRest(Unwritten rest);
  asio::awaitable<bool> AwaitAcknowledgement();
  asio::awaitable<bool> WriteStream(ReplyStream& stream);
  // Answers what refusal_ says.
  asio::awaitable<void> Reject();
  asio::awaitable<void> Linger();

  // None of these suspends. They make what is large, so that no coroutine's frame has room for it while it
  // waits.

  // Reads once and consumes what came.
  Step Receive();
  // Frames the inbox and `fresh` behind it; what is left over stays in the inbox.
  Step Consume(std::string_view fresh);
  Step TakeHead(std::string_view bytes, std::size_t& consumed);
  Step TakeBody(std::string_view bytes, std::size_t& consumed);
  // Has the handler judge the head: kReady with a ticket, or without one where `answer` is all there is to
  // say.
  Step Open(Reply& answer);
  // Goes on without the body that is missing; what comes of it is read away after the reply.
  void ForgoBody();
  bool BodyMissing() const { return decoder_.has_value() || body_left_ != 0; }
  // `unframed`: what was read of a head that is not in request_.
  Step RefuseWith(Status status, std::string_view unframed = {});
  Step RefuseWith(Reason reason) { return RefuseWith(Status(reason)); }
  Step RefuseOverloaded(const char* sentence);
  Step RefusePlain();  // plain HTTP where TLS is spoken
  // The first bytes of a handshake have come: sets aside what it takes. The oldest gives way where there are
  // too many.
  void BeginHandshake();
  void EndHandshake();
  // In place of what a handler that threw did not make.
  Reply Failed();

  // Whether the reply at hand has a body that is sent.
  bool SendsBody(const Reply& reply) const { return !head_only_ && StatusHasBody(reply.status); }
  // These write what the kernel takes at once; false when the caller is gone.
  bool WriteNow(const Reply& reply, bool close, Unwritten& rest);
  bool WriteSome(std::string_view head, std::string_view body, Unwritten& rest);
  // Whether there is more to do, or to see, of a reply of which WriteNow left this.
  bool Follows(const Reply& reply, const Unwritten& rest) const;
  // Counts the reply instead of its request as held. False where there is no room for one that cost nothing.
  bool MakeRoom(const Reply& reply);
  // How much of what was written of the reply at hand has reached the peer.
  std::uint64_t Acknowledged();
  // Whether fewer than `before` and the least since `start` have.
  bool TooSlow(SteadyTime start, std::uint64_t before);
  // Says what became of a reply to who wants to know, and holds nothing for it any more.
  void Settle(const Reply& reply, bool whole);
  // Makes the end of the connection a reset, which nobody takes for the end of a body.
  void CutOff();

  void SetDeadline(SteadyTime deadline) { deadline_.Set(deadline, shared_from_this()); }
  void Watch();
  void OnReadable();
  void Finish();

  const std::shared_ptr<Edge> edge_;
  const std::shared_ptr<LoopShard> shard_;
  Channel channel_;
  const std::string remote_addr_;
  asio::cancellation_signal cancel_;
  Deadline deadline_;

  Phase phase_ = Phase::kReading;
  bool watching_ = false;
  bool gone_ = false;     // the caller left, or Cancel
  bool stopped_ = false;  // Stop
  bool shaking_ = false;  // stands in the shard's list of handshakes, at handshake_
  bool fresh_ = true;     // no head is complete yet: its deadline runs since the acceptance
  bool in_head_ = false;  // a head has begun
  Inbox inbox_;
  ByteHold hold_;
  std::list<Connection*>::iterator handshake_;

  // The request at hand.
  Request request_;
  int minor_version_ = 1;
  bool keep_alive_ = false;
  bool head_only_ = false;  // a HEAD request: its reply's body is counted, not sent
  bool expect_continue_ = false;
  std::uint64_t body_left_ = 0;
  std::optional<ChunkedBody> decoder_;
  std::uint64_t expected_ = 0;      // of the reply, by who reserved room for it
  std::uint64_t written_ = 0;       // of the reply, its head included: what the kernel has taken
  std::size_t head_bytes_ = 0;      // of the reply
  std::unique_ptr<Ticket> ticket_;  // from its head's judgement until it is served
  struct Refusal {
    Status status;
    bool framed = false;  // request_ holds the head
    std::string origin;
  };
  std::unique_ptr<const Refusal> refusal_;  // seldom there, and large
};

}  // namespace flux::gateway

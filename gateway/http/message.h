// One public HTTP request and its reply, as the rest of the gateway sees them. Values only: no sockets, no
// coroutines.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/reason.h"

namespace flux::gateway {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

class Line;
class ReplyStream;

// A complete, well-framed request. The body is whole and within the limit; chunked bodies are already joined.
struct Request {
  std::string method;  // as sent, e.g. "POST"
  std::string target;  // as sent, e.g. "/a%20b?x=1"
  std::string path;    // decoded, without the query, e.g. "/a b"; never holds a control byte
  HeaderList query;    // decoded name and value pairs, in order of arrival; any bytes
  HeaderList headers;  // in order of arrival, names as sent
  std::string body;
  std::string
      remote_addr;       // the peer's address without its port, "unix" on a unix socket; never from a header
  SteadyTime arrived;    // when the last byte of the head was read
  Line* line = nullptr;  // line.h; null where there is no connection

  // The first value of this header, compared without case; empty where there is none.
  std::string_view Header(std::string_view name) const;
  // Whether there is one, be it empty.
  bool Has(std::string_view name) const;
};

// What became of a reply.
struct Delivery {
  bool whole = false;       // the peer has all of it, or the kernel took it at once; else it was cut
  std::uint64_t bytes = 0;  // of its body, as far as the peer has acknowledged them
};

// Is told how its reply ended: once, on the connection's loop, unless the program ends first.
class ReplyWatcher {
 public:
  virtual ~ReplyWatcher() = default;
  virtual void Ended(const Delivery& delivery) = 0;
};

// What is written back. Content-Length, Transfer-Encoding, Date and Connection are the listener's, which
// drops them from `headers`; everything else is the handler's.
struct Reply {
  int status = 200;
  HeaderList headers;
  std::string body;
  // The body, where it is made while it is sent; `body` is then ignored.
  std::shared_ptr<ReplyStream> stream = {};
  bool close = false;  // end the connection after this reply
  // What it stands for. One that may have cost money is written whatever room there is.
  Billed billed = Billed::kNo;
  std::unique_ptr<ReplyWatcher> watcher = {};  // may be null
};

}  // namespace flux::gateway

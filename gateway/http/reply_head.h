// ReplyHead: writes the status line and headers of a reply. Owns Content-Length, Date and Connection; lets no
// handler split a response. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/http/message.h"

namespace flux::gateway {

// What the connection knows about the reply.
struct ReplyFraming {
  bool close = false;       // this is the last reply
  bool old_client = false;  // HTTP/1.0: keep-alive must be said
  bool streamed = false;    // the body's length is not known: chunked, or to an old client until the close
};

// Appends the head of `reply` to `out`. `date` is an IMF-fixdate.
void AppendReplyHead(const Reply& reply, ReplyFraming framing, std::string_view date, std::string& out);

// Appends what precedes a chunk of `size` bytes; zero is the last one.
void AppendChunkHead(std::size_t size, std::string& out);

// Whether a reply of this status has a body at all (RFC 9110 §6.4.1).
bool StatusHasBody(int status);

}  // namespace flux::gateway

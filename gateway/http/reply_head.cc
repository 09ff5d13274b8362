// Appends to a string that keeps its capacity; no allocation once warm.
#include "gateway/http/reply_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array kPhrases{
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{402, "Payment Required"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{422, "Unprocessable Content"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{499, "Client Closed Request"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
};

// The reason phrase; an unlisted status has none, which is valid.
std::string_view PhraseOf(int status) {
  const auto phrase = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return phrase != kPhrases.end() && phrase->status == status ? phrase->text : std::string_view();
}

void AppendNumber(std::size_t number, std::string& out, int base = 10) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

bool IsOwnedHere(std::string_view name) {
  return EqualsIgnoreCase(name, "content-length") || EqualsIgnoreCase(name, "connection") ||
         EqualsIgnoreCase(name, "date") || EqualsIgnoreCase(name, "transfer-encoding");
}

// A line end in a value would let whoever chose the value write headers of its own.
void AppendValue(std::string_view value, std::string& out) {
  const std::size_t start = out.size();
  out.append(value);
  if (IsFieldValue(value)) return;
  for (std::size_t i = start; i < out.size(); ++i) {
    if (!IsFieldValue({&out[i], 1})) out[i] = ' ';
  }
}

}  // namespace

bool StatusHasBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void AppendChunkHead(std::size_t size, std::string& out) {
  AppendNumber(size, out, 16);
  out.append("\r\n");
}

void AppendReplyHead(const Reply& reply, ReplyFraming framing, std::string_view date, std::string& out) {
  out.append("HTTP/1.1 ");
  AppendNumber(static_cast<std::size_t>(reply.status), out);
  out.append(" ").append(PhraseOf(reply.status)).append("\r\n");
  for (const auto& [name, value] : reply.headers) {
    if (!IsToken(name) || IsOwnedHere(name)) continue;
    out.append(name).append(": ");
    AppendValue(value, out);
    out.append("\r\n");
  }
  out.append("Date: ").append(date).append("\r\n");
  if (StatusHasBody(reply.status) && framing.streamed) {
    if (!framing.old_client) out.append("Transfer-Encoding: chunked\r\n");
  } else if (StatusHasBody(reply.status)) {
    out.append("Content-Length: ");
    AppendNumber(reply.body.size(), out);
    out.append("\r\n");
  }
  if (framing.close) {
    out.append("Connection: close\r\n");
  } else if (framing.old_client) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

}  // namespace flux::gateway

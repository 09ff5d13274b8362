// Line by line, in order, so that the first fault found does not depend on how the bytes were split.
#include "gateway/http/framing.h"

#include <limits>
#include <optional>
#include <utility>

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

using Refusal = std::optional<Framed>;

constexpr std::string_view kTls = "This port speaks plain HTTP; the bytes look like TLS (an https:// URL).";
constexpr std::string_view kHttp2 = "This port speaks HTTP/1.1; the bytes are an HTTP/2 preface.";
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0";

// What the header lines said, for the checks that need all of them.
struct Seen {
  std::string_view host;
  bool has_host = false;
  bool has_transfer_encoding = false;
  bool wants_close = false;
  bool wants_keep_alive = false;
};

// Takes one line off `rest`. False when its end has not arrived.
bool TakeLine(std::string_view& rest, std::string_view& line, Refusal& refusal) {
  const auto end = rest.find('\n');
  const auto bare = rest.substr(0, end).find('\r');
  if (end == std::string_view::npos) {
    // A carriage return may only be the last byte so far: its line feed may be on the way.
    if (bare != std::string_view::npos && bare + 1 != rest.size()) {
      refusal = Refuse("A carriage return stands without its line feed.");
    }
    return false;
  }
  if (bare == std::string_view::npos) {
    refusal = Refuse("A line ends without a carriage return.");
  } else if (bare + 1 != end) {
    refusal = Refuse("A carriage return stands without its line feed.");
  }
  line = rest.substr(0, end == 0 ? 0 : end - 1);
  rest.remove_prefix(end + 1);
  return true;
}

Refusal CheckTargetBytes(std::string_view target) {
  if (target.find('#') != std::string_view::npos) return Refuse("The request target holds a fragment.");
  const std::string_view path = target.substr(0, target.find('?'));
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!IsPathChar(path[i])) return Refuse("The path holds a byte that must be percent-encoded.");
    if (path[i] != '%') continue;
    if (i + 2 >= path.size() || HexValue(path[i + 1]) < 0 || HexValue(path[i + 2]) < 0) {
      return Refuse("A percent sign in the path is not followed by two hexadecimal digits.");
    }
  }
  for (const char c : target.substr(path.size())) {
    if (!IsQueryChar(c)) return Refuse("The query holds a control byte.");
  }
  return {};
}

// The authority of an absolute form, checked against Host once all headers are read; empty for the other
// forms.
Refusal ReadTarget(Head& head, std::string_view& authority) {
  const std::string_view target = head.target;
  if (target.size() > kMaxTargetBytes) {
    return Refuse("The request target is longer than 8,000 bytes.", Reason::kHeadersTooLarge);
  }
  if (head.method == "CONNECT") return Refuse("CONNECT is for proxies; this is not one.");
  if (target == "*") {
    if (head.method != "OPTIONS") return Refuse("The target * is for OPTIONS only.");
    head.origin_target = target;
    return {};
  }
  if (target.starts_with('/')) {
    head.origin_target = target;
    return CheckTargetBytes(target);
  }
  const auto scheme_end = target.find("://");
  const std::string_view scheme = target.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos ||
      !(EqualsIgnoreCase(scheme, "http") || EqualsIgnoreCase(scheme, "https"))) {
    return Refuse("The request target is neither a path, nor an http:// or https:// URL.");
  }
  const std::string_view after = target.substr(scheme_end + 3);
  const auto slash = after.find_first_of("/?");
  authority = after.substr(0, slash);
  if (slash == std::string_view::npos || after[slash] != '/') {
    return Refuse("The request target is a URL without a path.");
  }
  if (!IsHost(authority)) return Refuse("The host in the request target is not a valid host.");
  head.origin_target = after.substr(slash);
  return CheckTargetBytes(head.origin_target);
}

Refusal ReadVersion(std::string_view version, Head& head) {
  constexpr std::string_view kPrefix = "HTTP/";
  const bool shaped = version.size() == 8 && version.starts_with(kPrefix) && IsDigit(version[5]) &&
                      version[6] == '.' && IsDigit(version[7]);
  if (!shaped) return Refuse("The request line does not end in an HTTP version.");
  if (version[5] != '1' || version[7] > '1') {
    return Refuse("This server speaks HTTP/1.1 and HTTP/1.0.", Reason::kVersionUnsupported);
  }
  head.minor_version = version[7] - '0';
  return {};
}

Refusal ReadRequestLine(std::string_view line, Head& head, std::string_view& authority) {
  if (line == kHttp2Preface) return Refuse(kHttp2);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refuse("The request line is not METHOD TARGET VERSION, separated by single spaces.");
  }
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  if (!IsToken(head.method)) return Refuse("The method holds a byte that is not allowed there.");
  if (head.target.empty() || head.target.find_first_of(" \t") != std::string_view::npos) {
    return Refuse("The request line is not METHOD TARGET VERSION, separated by single spaces.");
  }
  if (auto refusal = ReadVersion(line.substr(last + 1), head)) return refusal;
  return ReadTarget(head, authority);
}

Refusal ReadContentLength(std::string_view value, Head& head) {
  if (head.has_content_length) return Refuse("Content-Length appears more than once.");
  if (value.empty()) return Refuse("Content-Length is empty.");
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t length = 0;
  for (const char c : value) {
    if (!IsDigit(c)) return Refuse("Content-Length is not a single whole number.");
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (length > (kMost - digit) / 10) return Refuse("Content-Length is too large a number.");
    length = length * 10 + digit;
  }
  head.has_content_length = true;
  head.content_length = length;
  return {};
}

Refusal ReadTransferEncoding(std::string_view value, Head& head, Seen& seen) {
  if (seen.has_transfer_encoding) return Refuse("Transfer-Encoding appears more than once.");
  seen.has_transfer_encoding = true;
  if (EqualsIgnoreCase(value, "chunked")) {
    head.chunked = true;
    return {};
  }
  std::string_view rest = value;
  do {
    const std::string_view coding = TakeListElement(rest);
    if (!IsToken(coding)) return Refuse("Transfer-Encoding is not a list of codings.");
    if (EqualsIgnoreCase(coding, "chunked") && !rest.empty()) {
      return Refuse("Transfer-Encoding applies something after chunked.");
    }
  } while (!rest.empty());
  if (TrimWhitespace(value).ends_with(',')) return Refuse("Transfer-Encoding is not a list of codings.");
  return Refuse("The only transfer coding read here is chunked.", Reason::kTransferEncodingUnsupported);
}

void ReadConnection(std::string_view value, Seen& seen) {
  std::string_view rest = value;
  while (!rest.empty()) {
    const std::string_view option = TakeListElement(rest);
    if (EqualsIgnoreCase(option, "close")) seen.wants_close = true;
    if (EqualsIgnoreCase(option, "keep-alive")) seen.wants_keep_alive = true;
  }
}

// The headers that framing itself needs; all others pass.
Refusal Understand(const HeaderField& field, Head& head, Seen& seen) {
  switch (field.name.size()) {
    case 4:
      if (!EqualsIgnoreCase(field.name, "host")) return {};
      if (seen.has_host) return Refuse("Host appears more than once.");
      if (!IsHost(field.value)) return Refuse("Host is not a valid host.");
      seen.has_host = true;
      seen.host = field.value;
      return {};
    case 6:
      if (!EqualsIgnoreCase(field.name, "expect")) return {};
      if (head.minor_version == 0) return {};  // RFC 9110 §10.1.1: a 1.0 client cannot mean it
      if (!EqualsIgnoreCase(field.value, "100-continue")) {
        return Refuse("The only expectation met here is 100-continue.", Reason::kExpectationFailed);
      }
      head.expect_continue = true;
      return {};
    case 10:
      if (EqualsIgnoreCase(field.name, "connection")) ReadConnection(field.value, seen);
      return {};
    case 14:
      if (EqualsIgnoreCase(field.name, "content-length")) return ReadContentLength(field.value, head);
      return {};
    case 17:
      if (EqualsIgnoreCase(field.name, "transfer-encoding"))
        return ReadTransferEncoding(field.value, head, seen);
      return {};
    default:
      return {};
  }
}

Refusal ReadField(std::string_view line, HeaderField& field) {
  if (line.front() == ' ' || line.front() == '\t')
    return Refuse("A header line starts with white space (folding).");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return Refuse("A header line has no colon.");
  field.name = line.substr(0, colon);
  if (field.name.empty()) return Refuse("A header has no name.");
  if (field.name.back() == ' ' || field.name.back() == '\t') {
    return Refuse("White space stands between a header's name and its colon.");
  }
  if (!IsToken(field.name)) return Refuse("A header's name holds a byte that is not allowed there.");
  field.value = TrimWhitespace(line.substr(colon + 1));
  if (!IsFieldValue(field.value)) return Refuse("A header's value holds a control byte.");
  return {};
}

// The checks that need the whole head.
Refusal CheckWhole(Head& head, const Seen& seen, std::string_view authority) {
  if (head.minor_version == 1 && !seen.has_host) return Refuse("The Host header is missing.");
  if (!authority.empty() && seen.has_host && !EqualsIgnoreCase(authority, seen.host)) {
    return Refuse("The Host header and the host in the request target differ.");
  }
  if (seen.has_transfer_encoding && head.has_content_length) {
    return Refuse("Content-Length and Transfer-Encoding exclude each other.");
  }
  if (seen.has_transfer_encoding && head.minor_version == 0) {
    return Refuse("HTTP/1.0 has no Transfer-Encoding.");
  }
  head.keep_alive = !seen.wants_close && (head.minor_version == 1 || seen.wants_keep_alive);
  return {};
}

// A first byte that no request starts with is refused before its line ends, since a TLS hello may hold no
// line end.
Refusal CheckFirstByte(char c) {
  if (c == '\x16') return Refuse(kTls);
  if (!IsTokenChar(c)) return Refuse("A request starts with a method.");
  return {};
}

}  // namespace

Framed FrameHead(std::string_view buffer, const HeadLimits& limits, Head& head) {
  std::vector<HeaderField> fields = std::move(head.fields);
  fields.clear();
  head = Head{};
  head.fields = std::move(fields);

  const bool full = buffer.size() >= limits.bytes;
  std::string_view rest = buffer.substr(0, limits.bytes);
  const std::size_t available = rest.size();
  const auto out_of_bytes = [full] {
    return full ? Refuse("The request line and headers are too large.", Reason::kHeadersTooLarge) : Framed{};
  };

  // RFC 9112 §2.2: one empty line before the request line is ignored.
  if (rest.starts_with("\r\n")) rest.remove_prefix(2);
  if (rest.empty() || rest == "\r") return out_of_bytes();
  Refusal refusal = CheckFirstByte(rest.front());
  if (refusal) return *refusal;

  Seen seen;
  std::string_view authority;
  std::string_view line;
  bool first = true;
  while (TakeLine(rest, line, refusal)) {
    if (refusal) return *refusal;
    if (first) {
      refusal = ReadRequestLine(line, head, authority);
      first = false;
    } else if (line.empty()) {
      head.size = available - rest.size();
      refusal = CheckWhole(head, seen, authority);
      return refusal ? *refusal : Complete();
    } else if (head.fields.size() == limits.headers) {
      return Refuse("There are too many headers.", Reason::kHeadersTooLarge);
    } else {
      HeaderField field;
      refusal = ReadField(line, field);
      if (!refusal) refusal = Understand(field, head, seen);
      head.fields.push_back(field);
    }
    if (refusal) return *refusal;
  }
  return refusal ? *refusal : out_of_bytes();
}

std::string_view FindOrigin(std::string_view buffer, const HeadLimits& limits) {
  std::string_view rest = buffer.substr(0, limits.bytes);
  std::string_view found;
  bool first = true;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() && !first) break;
    first = false;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !EqualsIgnoreCase(line.substr(0, colon), "origin")) continue;
    if (!found.empty()) return {};
    found = TrimWhitespace(line.substr(colon + 1));
    if (!IsFieldValue(found)) return {};
  }
  return found;
}

}  // namespace flux::gateway

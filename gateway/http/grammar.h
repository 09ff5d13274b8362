// The grammar of HTTP/1.1 elements (RFC 9110 §5.6, RFC 9112, RFC 3986) as predicates over bytes. Decides no
// policy.
#pragma once

#include <string_view>

namespace flux::gateway {

// A character of a method or header name.
bool IsTokenChar(char c);
// One or more token characters.
bool IsToken(std::string_view text);
// Characters a header value may hold: visible, space, tab, 0x80 and above. Empty is a value.
bool IsFieldValue(std::string_view text);
// A character of RFC 3986's path, '%' included.
bool IsPathChar(char c);
// What a query may hold here: every visible character but '#', and 0x80 and above. RFC 3986 has fewer, but
// browsers and libraries send what people type, and nothing can be read into it: a request target ends at
// white space.
bool IsQueryChar(char c);
// 0 to 15, or -1.
int HexValue(char c);
bool IsDigit(char c);

// ASCII only.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
// Without leading and trailing spaces and tabs.
std::string_view TrimWhitespace(std::string_view text);

// "name[:port]", "1.2.3.4[:port]" or "[v6][:port]". Narrower than RFC 3986 on purpose: no user, no percent,
// no commas, none of the bytes that let two readers disagree about the host.
bool IsHost(std::string_view text);

// Cuts the first element off a comma separated list; `rest` is what follows the comma. Returns it trimmed.
std::string_view TakeListElement(std::string_view& rest);

}  // namespace flux::gateway

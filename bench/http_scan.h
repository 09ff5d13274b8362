// http_scan: just enough HTTP/1.1 for both ends of the benchmark: where a message ends. Trusts its peer,
// refuses chunked bodies; not for the product.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

namespace flux::bench {

struct Message {
  std::string_view head;  // with the empty line
  std::string_view body;
  std::size_t Size() const { return head.size() + body.size(); }
};

// The value of a header, without regard to the case of its name; `lower_name` is "\r\nname:".
inline std::string_view HeaderValue(std::string_view head, std::string_view lower_name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t at = head.find("\r\n"); at + lower_name.size() < head.size();
       at = head.find("\r\n", at + 2)) {
    std::size_t i = 2;
    while (i < lower_name.size() && lower(head[at + i]) == lower_name[i]) ++i;
    if (i < lower_name.size()) continue;
    std::string_view value = head.substr(at + i);
    value = value.substr(0, value.find("\r\n"));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return {};
}

// The first whole message in `bytes`, none while some of it is missing. A message without Content-Length has
// no body.
inline std::optional<Message> FirstMessage(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(0, end + 4);
  const std::string_view length = HeaderValue(head, "\r\ncontent-length:");
  std::size_t body = 0;
  std::from_chars(length.data(), length.data() + length.size(), body);
  if (bytes.size() - head.size() < body) return std::nullopt;
  return Message{head, bytes.substr(head.size(), body)};
}

}  // namespace flux::bench

// Reads two lines of libcurl's, and remembers for each connection how far its server came.
#include "service/wire/goaways.h"

#include <charconv>

namespace flux::fal {
namespace {

// The number at the start of `text`, if what follows it is not more of a word.
std::optional<std::uint32_t> NumberAt(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const bool ends = rest.empty() || rest.front() == ' ' || rest.front() == ']' || rest.front() == '\n';
  return ends ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> ReadStreamId(std::string_view line) {
  constexpr std::string_view kUsing = "Using Stream ID: ";
  constexpr std::string_view kOpened = "[HTTP/2] [";
  if (line.starts_with(kUsing)) return NumberAt(line.substr(kUsing.size()));
  if (line.starts_with(kOpened) && line.find("] OPENED stream for ") != std::string_view::npos) {
    return NumberAt(line.substr(kOpened.size()));
  }
  return std::nullopt;
}

std::optional<std::uint32_t> ReadLastStream(std::string_view line) {
  constexpr std::string_view kGoAway = " GOAWAY, error=";
  constexpr std::string_view kLast = ", last_stream=";
  if (!line.starts_with("rec") || line.find(kGoAway) == std::string_view::npos) return std::nullopt;
  const std::size_t last = line.find(kLast);
  if (last == std::string_view::npos) return std::nullopt;
  return NumberAt(line.substr(last + kLast.size()));
}

void GoAways::Opened(const Http2Stream& stream) {
  if (stream.id == 1) last_streams_.erase(stream.port);
}

void GoAways::Closed(int port, std::uint32_t last_stream) {
  if (port > 0) last_streams_.insert_or_assign(port, last_stream);
}

bool GoAways::Spared(const Http2Stream& stream) const {
  if (stream.id == 0 || stream.port == 0) return false;
  const auto last = last_streams_.find(stream.port);
  return last != last_streams_.end() && stream.id > last->second;
}

}  // namespace flux::fal

// Of an event only its data is looked at; lines end with LF, CR LF or CR.
#include "service/wire/status_stream.h"

#include <string_view>

namespace flux::fal {
namespace {

constexpr std::size_t kMaxEvent = 256 * 1024;  // bytes

}  // namespace

std::optional<std::string> StatusStreamUrl(const std::string& status_url, bool with_logs) {
  if (!status_url.ends_with("/status") || status_url.find('?') != std::string::npos) return std::nullopt;
  return status_url + (with_logs ? "/stream?logs=1" : "/stream");
}

bool StatusStream::Read(std::string_view bytes, std::string_view content_type) {
  if (!content_type.starts_with("text/event-stream")) return false;
  for (const char c : bytes) {
    const bool second_of_two = c == '\n' && after_cr_;
    after_cr_ = c == '\r';
    if (second_of_two) continue;
    if (c == '\n' || c == '\r') {
      EndLine();
      if (completed()) return false;
    } else {
      if (line_.size() + data_.size() >= kMaxEvent) return false;
      line_ += c;
    }
  }
  return true;
}

void StatusStream::EndLine() {
  constexpr std::string_view kData = "data:";
  if (line_.empty()) {
    if (const std::optional<QueueState> said = ReadStatusBody(data_)) {
      state_ = said;
      if (told_) told_(*said);
    }
    data_.clear();
  } else if (line_.starts_with(kData)) {
    data_.append(line_, kData.size()).append(1, '\n');  // JSON minds no white space
  }
  line_.clear();
}

}  // namespace flux::fal

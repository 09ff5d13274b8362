// Inbox: bytes that arrived on a connection and were not consumed yet. Empty, it holds no memory worth
// naming.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flux::gateway {

class Inbox {
 public:
  std::string_view View() const { return std::string_view(bytes_).substr(start_); }
  bool Empty() const { return start_ == bytes_.size(); }

  // Invalidates views.
  void Append(std::string_view bytes) {
    if (start_ != 0) bytes_.erase(0, start_);
    start_ = 0;
    bytes_.append(bytes);
  }

  // Leaves views valid until the inbox is empty or appended to.
  void Consume(std::size_t count) {
    start_ += count;
    if (!Empty()) return;
    start_ = 0;
    if (bytes_.capacity() > kKeptBytes) {
      bytes_ = std::string();
    } else {
      bytes_.clear();
    }
  }

 private:
  static constexpr std::size_t kKeptBytes =
      512;  // an idle connection costs a few KB; this is not to be most of it

  std::string bytes_;
  std::size_t start_ = 0;
};

}  // namespace flux::gateway

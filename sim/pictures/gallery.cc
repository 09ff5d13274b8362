// Looks for a picture among those that are remembered; otherwise waits for one of a limited number of places
// to paint, looks again, and paints it.
#include "sim/pictures/gallery.h"

#include <openssl/sha.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <thread>

#include "sim/pictures/picture.h"

namespace flux::sim {
namespace {

// A digest, since a prompt can be as long as a body.
std::string KeyOf(const Motif& motif) {
  const std::string text =
      fmt::format("{}x{} {} {} {} {} {}", motif.size.width, motif.size.height, ContentType(motif.format),
                  motif.black, motif.index, motif.seed, motif.prompt);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return {digest.begin(), digest.end()};
}

// Holds an easel while it lives.
class Turn {
 public:
  explicit Turn(std::counting_semaphore<>& easels) : easels_(easels) { easels_.acquire(); }
  ~Turn() { easels_.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::counting_semaphore<>& easels_;
};

}  // namespace

Gallery::Gallery(std::size_t most_bytes)
    : most_bytes_(most_bytes), easels_(std::max(1U, std::thread::hardware_concurrency())) {}

std::shared_ptr<const std::string> Gallery::Get(const Motif& motif) {
  const std::string key = KeyOf(motif);
  if (auto known = Find(key)) return known;
  const Turn turn(easels_);
  if (auto known = Find(key)) return known;  // painted while this call waited
  const Picture picture =
      motif.black ? Black(motif.size) : Paint(motif.prompt, motif.seed, motif.index, motif.size);
  auto file = std::make_shared<const std::string>(Encode(motif.format, picture));
  Remember(key, file);
  return file;
}

std::shared_ptr<const std::string> Gallery::Find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(key);
  return found == files_.end() ? nullptr : found->second;
}

void Gallery::Remember(const std::string& key, std::shared_ptr<const std::string> file) {
  const std::lock_guard lock(mutex_);
  if (file->size() > most_bytes_ || !files_.emplace(key, file).second) return;
  bytes_ += file->size();
  oldest_first_.push_back(key);
  while (bytes_ > most_bytes_) {
    const auto oldest = files_.find(oldest_first_.front());
    bytes_ -= oldest->second->size();
    files_.erase(oldest);
    oldest_first_.pop_front();
  }
}

}  // namespace flux::sim

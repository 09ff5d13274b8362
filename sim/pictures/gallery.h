// Gallery: pictures painted and encoded on demand. The last ones are remembered, so that a thousand calls for
// the same picture cost one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sim/pictures/codec.h"

namespace flux::sim {

// One picture: the same values give the same bytes.
struct Motif {
  std::string_view prompt;
  std::string_view seed;  // its decimal text
  std::int64_t index = 0;
  Pixels size;
  Format format = Format::kJpeg;
  bool black = false;  // what a safety checker leaves of it (fal-api §1.7)
};

// Thread-safe.
class Gallery {
 public:
  static constexpr std::size_t kMostBytes = 32 << 20;

  explicit Gallery(std::size_t most_bytes = kMostBytes);

  // The file's bytes; empty when the format cannot hold the size. Paints as many at a time as there are
  // processors: the raw pixels of a thousand pictures would not fit into memory.
  std::shared_ptr<const std::string> Get(const Motif& motif);

 private:
  std::shared_ptr<const std::string> Find(const std::string& key) const;
  void Remember(const std::string& key, std::shared_ptr<const std::string> file);

  const std::size_t most_bytes_;
  std::counting_semaphore<> easels_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const std::string>>
      files_;  // guarded by mutex_, as all below
  std::deque<std::string> oldest_first_;
  std::size_t bytes_ = 0;
};

}  // namespace flux::sim

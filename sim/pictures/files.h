// Files: the pictures that were made, kept in memory and served as fal's CDN would (fal-api §1.6). The oldest
// go first.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace flux::sim {

struct File {
  std::string bytes;
  std::string content_type;
};

// Thread-safe.
class Files {
 public:
  static constexpr std::size_t kMostFiles = 256;
  static constexpr std::size_t kMostBytes = 64 << 20;

  // Keeps `file` as "/files/<animal>/`name`.<ext>" and returns that path. The newest file is always kept.
  std::string Put(const std::string& name, File file);

  // Null when there is none (any more).
  std::shared_ptr<const File> Find(const std::string& path) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const File>> files_;  // guarded by mutex_, as all below
  std::deque<std::string> oldest_first_;
  std::size_t bytes_ = 0;
};

}  // namespace flux::sim

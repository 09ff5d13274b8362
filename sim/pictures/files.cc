// Keeps files in a map, and their names in the order in which they came, so that the oldest can be dropped.
#include "sim/pictures/files.h"

#include <spdlog/fmt/fmt.h>

#include <functional>
#include <iterator>

namespace flux::sim {
namespace {

constexpr std::string_view kAnimals[] = {"elephant", "kangaroo", "koala",   "lion",
                                         "monkey",   "panda",    "penguin", "rabbit"};

}  // namespace

std::string Files::Put(const std::string& name, File file) {
  const std::string_view animal = kAnimals[std::hash<std::string>()(name) % std::size(kAnimals)];
  const std::string_view extension =
      std::string_view(file.content_type).substr(file.content_type.find('/') + 1);
  std::string path = fmt::format("/files/{}/{}.{}", animal, name, extension);
  const std::lock_guard lock(mutex_);
  bytes_ += file.bytes.size();
  files_[path] = std::make_shared<const File>(std::move(file));
  oldest_first_.push_back(path);
  while (oldest_first_.size() > kMostFiles || (bytes_ > kMostBytes && oldest_first_.size() > 1)) {
    const auto oldest = files_.find(oldest_first_.front());
    bytes_ -= oldest->second->bytes.size();
    files_.erase(oldest);
    oldest_first_.pop_front();
  }
  return path;
}

std::shared_ptr<const File> Files::Find(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

}  // namespace flux::sim

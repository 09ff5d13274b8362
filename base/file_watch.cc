// stat(2), now and then.
#include "base/file_watch.h"

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace flux {

FileWatch::FileWatch(std::chrono::milliseconds period) : period_(period) {}

std::vector<FileWatch::Stamp> FileWatch::Look(const Entry& entry) {
  std::vector<Stamp> stamps(entry.files.size());  // zeros where there is no file
  for (std::size_t i = 0; i < entry.files.size(); ++i) {
    struct stat info {};
    if (::stat(entry.files[i].c_str(), &info) != 0) continue;
    constexpr std::int64_t kNano = 1'000'000'000;
    stamps[i] = {info.st_dev, info.st_ino, info.st_mtim.tv_sec * kNano + info.st_mtim.tv_nsec,
                 info.st_ctim.tv_sec * kNano + info.st_ctim.tv_nsec, info.st_size};
  }
  return stamps;
}

void FileWatch::Add(std::vector<std::string> files, std::function<void()> on_change) {
  Entry entry{std::move(files), {}, std::move(on_change)};
  entry.stamps = Look(entry);
  entries_.push_back(std::move(entry));
}

void FileWatch::Start() {
  if (!entries_.empty()) thread_ = std::thread([this] { Run(); });
}

void FileWatch::CheckNow() {
  const std::lock_guard lock(mutex_);
  check_now_ = true;
  wake_.notify_all();
}

void FileWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void FileWatch::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, period_, [this] { return stopping_ || check_now_; });
    if (stopping_) return;
    const bool all = std::exchange(check_now_, false);
    lock.unlock();
    for (Entry& entry : entries_) {
      std::vector<Stamp> stamps = Look(entry);
      const bool changed = stamps != entry.stamps;
      entry.stamps = std::move(stamps);
      if (changed || all) entry.on_change();
    }
    lock.lock();
  }
}

}  // namespace flux

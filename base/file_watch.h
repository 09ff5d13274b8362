// FileWatch: notices that files have changed, or that somebody says so (SIGHUP), and calls back on a thread
// of its own. It looks every few seconds at what a name leads to, which sees edits, renames and the symbolic
// links that Kubernetes swaps alike. It reads no contents.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace flux {

class FileWatch {
 public:
  // Looks every `period`.
  explicit FileWatch(std::chrono::milliseconds period = std::chrono::seconds(2));
  ~FileWatch() { Stop(); }
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // `on_change` is called whenever at least one of `files` has changed since it was last called, or since
  // now; to disappear and to come back are changes too. A change of contents is seen even where size and time
  // of modification stay the same. Call before Start.
  void Add(std::vector<std::string> files, std::function<void()> on_change);

  // Without anything to watch this starts nothing.
  void Start();

  // Calls every callback soon, changed or not. Thread-safe.
  void CheckNow();

  // No callback runs after this. Idempotent.
  void Stop();

 private:
  // What tells one version of a file from another.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;  // of contents or attributes; nobody can set it back
    std::int64_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Entry {
    std::vector<std::string> files;
    std::vector<Stamp> stamps;
    std::function<void()> on_change;
  };

  static std::vector<Stamp> Look(const Entry& entry);
  void Run();

  const std::chrono::milliseconds period_;
  std::vector<Entry> entries_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool check_now_ = false;
  std::thread thread_;
};

}  // namespace flux

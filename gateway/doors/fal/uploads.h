// Uploads: files that clients of fal's storage hand in before they name them in a request. They are kept in
// memory, for minutes, by this process alone: what is bought with them gets their bytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace flux::gateway {

struct UploadLimits {
  std::uint64_t most_bytes = 128ULL << 20;  // of all files; one caller has half of it at most
  std::size_t most_files = 1'024;           // places for files that may yet come included
  std::chrono::minutes keep{15};            // from when its place was asked for
};

// Thread-safe.
class Uploads {
 public:
  // `clock` is borrowed.
  explicit Uploads(const Clock& clock, UploadLimits limits = {}) : clock_(clock), limits_(limits) {}

  // A place for one file of this caller; the unguessable name of it, 32 hex digits. OVERLOADED where there is
  // no more room.
  Result<std::string> Begin(const std::string& caller);

  // Whether there is such a place, and it is empty.
  bool Awaits(std::string_view name) const;

  // Puts the file there. UNSUPPORTED_ENDPOINT where nothing is awaited there, OVERLOADED, PAYLOAD_TOO_LARGE
  // for one that could never be kept, INVALID_FIELD for an empty one.
  std::optional<Status> Put(std::string_view name, std::string bytes);

  // The file, where it is this caller's and still there; else null.
  std::shared_ptr<const std::string> Find(std::string_view name, std::string_view caller) const;

 private:
  struct File {
    std::string caller;
    SteadyTime until;
    std::shared_ptr<const std::string> bytes;  // null: awaited
  };

  void Forget(SteadyTime now);
  std::uint64_t BytesOf(const std::string* caller) const;

  const Clock& clock_;
  const UploadLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, File, std::less<>> files_;  // guarded by mutex_
};

// The name of an upload in the address of its file, as this door tells it (".../fal/files/NAME"); empty where
// the address is none of those.
std::string_view UploadIn(std::string_view url);

}  // namespace flux::gateway

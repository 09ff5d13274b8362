// KeyRing: the API keys that are valid now, and what is counted for each caller. Reads the file; knows
// nothing of requests.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "gateway/guard/caller/api_keys.h"
#include "gateway/guard/rate/gcra.h"
#include "gateway/metrics/admission_metrics.h"

namespace flux::gateway {

// What is counted for the caller of one name, whatever its keys; outlives reloads.
struct Caller {
  std::string name;
  CallerCounters counters;
  std::atomic<std::uint32_t> in_flight{0};
  std::atomic<std::chrono::nanoseconds> full_at{std::chrono::nanoseconds(0)};
  std::atomic<std::chrono::nanoseconds> looks_full_at{std::chrono::nanoseconds(0)};

  // Gcra::Take on `full_at`, or on another of the two.
  RateVerdict Take(const Gcra& gcra, std::chrono::nanoseconds now) { return Take(gcra, now, full_at); }
  static RateVerdict Take(const Gcra& gcra, std::chrono::nanoseconds now,
                          std::atomic<std::chrono::nanoseconds>& state);
};

// Thread-safe.
class KeyRing {
 public:
  // A key and its caller. Both stay as they are for as long as this is held, also when the key is revoked.
  struct Found {
    std::shared_ptr<const void> held;
    const ApiKey* key = nullptr;  // null: there is no such key
    Caller* caller = nullptr;
  };

  // `file` empty: no keys, and none are asked for. Otherwise reads it; what is wrong is logged, and until a
  // Reload succeeds no key is valid. A file without a key is a mistake unless `allow_empty`. Everything
  // borrowed outlives the ring.
  KeyRing(std::string file, bool allow_empty, AdmissionMetrics& metrics, Log& log);

  // Whether there is a file of keys.
  bool InUse() const { return !file_.empty(); }

  Found Find(std::string_view key) const;

  // How many keys are valid.
  std::size_t Size() const { return Current()->keys.all().size(); }

  // Reads the file again. A file that is gone or has a mistake changes nothing and is logged.
  void Reload();

  const std::string& file() const { return file_; }

 private:
  struct Snapshot {
    ApiKeys keys;
    std::vector<std::shared_ptr<Caller>> callers;  // beside keys.all()
  };

  std::shared_ptr<const Snapshot> Current() const {
    const std::lock_guard lock(swapping_);
    return current_;
  }

  const std::string file_;
  const bool allow_empty_;
  AdmissionMetrics& metrics_;
  Log& log_;
  std::mutex reloading_;
  std::map<std::string, std::shared_ptr<Caller>> callers_;  // guarded by `reloading_`
  // Held for the copy of a pointer. std::atomic<std::shared_ptr> is a lock as well, and g++ 12's lets a
  // reader go without telling the writer (ThreadSanitizer says so).
  mutable std::mutex swapping_;
  std::shared_ptr<const Snapshot> current_;  // guarded by `swapping_`
};

// The keys in `file`, or what is wrong with it; to hold none is wrong unless `allow_empty`.
ApiKeys::Parsed LoadApiKeys(const std::string& file, bool allow_empty);

}  // namespace flux::gateway

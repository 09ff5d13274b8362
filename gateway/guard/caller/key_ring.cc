// A reload builds a new snapshot beside the old one and swaps them.
#include "gateway/guard/caller/key_ring.h"

#include <utility>

#include "base/small_file.h"

namespace flux::gateway {
namespace {

constexpr std::size_t kMaxFileMib = 16;  // a hundred thousand keys

}  // namespace

RateVerdict Caller::Take(const Gcra& gcra, std::chrono::nanoseconds now,
                         std::atomic<std::chrono::nanoseconds>& state) {
  std::chrono::nanoseconds before = state.load(std::memory_order_relaxed);
  for (;;) {
    std::chrono::nanoseconds after = before;
    const RateVerdict verdict = gcra.Take(now, after);
    if (state.compare_exchange_weak(before, after, std::memory_order_relaxed)) return verdict;
  }
}

KeyRing::KeyRing(std::string file, bool allow_empty, AdmissionMetrics& metrics, Log& log)
    : file_(std::move(file)),
      allow_empty_(allow_empty),
      metrics_(metrics),
      log_(log),
      current_(std::make_shared<const Snapshot>()) {
  if (InUse()) Reload();
}

KeyRing::Found KeyRing::Find(std::string_view key) const {
  const std::shared_ptr<const Snapshot> snapshot = Current();
  const ApiKey* found = snapshot->keys.Find(HashOf(key));
  if (found == nullptr) return {};
  const auto index = static_cast<std::size_t>(found - snapshot->keys.all().data());
  return {snapshot, found, snapshot->callers[index].get()};
}

void KeyRing::Reload() {
  const std::lock_guard lock(reloading_);
  ApiKeys::Parsed parsed = LoadApiKeys(file_, allow_empty_);
  if (!parsed.problems.empty()) {
    log_.Error("api_keys_refused", {{"file", file_},
                                    {"message", parsed.problems.front()},
                                    {"mistakes", parsed.problems.size()},
                                    {"still_valid", Size()}});
    return;
  }
  auto next = std::make_shared<Snapshot>();
  next->keys = std::move(parsed.keys);
  std::map<std::string, std::shared_ptr<Caller>> callers;
  for (const ApiKey& key : next->keys.all()) {
    std::shared_ptr<Caller>& caller = callers[key.name];
    if (!caller) {
      const auto known = callers_.find(key.name);
      if (known != callers_.end()) {
        caller = known->second;
      } else {
        caller = std::make_shared<Caller>();
        caller->name = key.name;
        caller->counters = metrics_.ForCaller(key.name);
      }
    }
    next->callers.push_back(caller);
  }
  callers_ = std::move(callers);
  {
    const std::lock_guard swap(swapping_);
    current_ = std::move(next);
  }
  log_.Info("api_keys_loaded", {{"file", file_}, {"keys", Size()}, {"callers", callers_.size()}});
}

ApiKeys::Parsed LoadApiKeys(const std::string& file, bool allow_empty) {
  const FileText read = ReadSmallFile(file, kMaxFileMib);
  if (!read.problem.empty()) return {{}, {read.problem}};
  ApiKeys::Parsed parsed = ApiKeys::Parse(read.text);
  if (parsed.problems.empty() && parsed.keys.all().empty() && !allow_empty) {
    parsed.problems.emplace_back(
        "holds no key, so nobody could call; --allow-empty-keys=true if that is meant");
  }
  return parsed;
}

}  // namespace flux::gateway

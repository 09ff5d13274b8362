// AdmissionMetrics: series about who was let in and who was not. Labels are a closed list, and names of the
// API keys file up to a cap.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace flux::gateway {

// Which limit was met.
enum class LimitedBy { kKey, kAddress, kConcurrency };

// The series of one caller.
struct CallerCounters {
  prometheus::Counter* ok = nullptr;
  prometheus::Counter* failed = nullptr;
};

// Series:
//   flux_gateway_rate_limited_total{by}          flux_gateway_unauthenticated_total
//   flux_gateway_caller_requests_total{caller,outcome}
// `by` is key, address or concurrency; `caller` the name of a key, "anonymous", or "other" for names beyond
// the first kMaxCallers; `outcome` ok or failed. Thread-safe.
class AdmissionMetrics {
 public:
  static constexpr std::size_t kMaxCallers = 256;

  explicit AdmissionMetrics(prometheus::Registry& registry);
  ~AdmissionMetrics();

  void Limited(LimitedBy by);
  void Unauthenticated();
  // The series of the caller of this name; locks. Names that were ever asked for keep theirs.
  CallerCounters ForCaller(const std::string& name);

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace flux::gateway

// BackupHost: fal's second address for the same service (fal-api "Inference API: newer behaviour", backup
// hosts). It is asked once, and only where no connection to the first one came about: there it is certain
// that nothing was sent, so that nothing is bought twice. HttpExchange decides when.
#pragma once

#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace flux::fal {

// Used on the event loop; outlives whatever borrows it.
// Series: flux_service_fal_backup_total{host,outcome}, host "run" or "queue", outcome "answered" or "failed".
class BackupHost {
 public:
  // `url` and `backup` have the same scheme and no slash at their end. `host` is the label.
  BackupHost(std::string url, std::string backup, prometheus::Registry& registry, const std::string& host);

  // `asked`, which begins with the first address, at the second.
  std::string Instead(std::string_view asked) const;

  // It was asked: whether an answer came, whatever its status.
  void Count(bool answered);

 private:
  const std::string url_;
  const std::string backup_;
  prometheus::Counter* answered_;
  prometheus::Counter* failed_;
};

}  // namespace flux::fal

// Puts one address in the place of the other, and counts.
#include "service/wire/backup_host.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <utility>

namespace flux::fal {

BackupHost::BackupHost(std::string url, std::string backup, prometheus::Registry& registry,
                       const std::string& host)
    : url_(std::move(url)), backup_(std::move(backup)) {
  auto& family =
      prometheus::BuildCounter()
          .Name("flux_service_fal_backup_total")
          .Help("Exchanges with fal's backup host, after no connection to the first one came about.")
          .Register(registry);
  answered_ = &family.Add({{"host", host}, {"outcome", "answered"}});
  failed_ = &family.Add({{"host", host}, {"outcome", "failed"}});
}

std::string BackupHost::Instead(std::string_view asked) const {
  if (!asked.starts_with(url_)) return std::string(asked);
  return backup_ + std::string(asked.substr(url_.size()));
}

void BackupHost::Count(bool answered) {
  (answered ? answered_ : failed_)->Increment();
}

}  // namespace flux::fal

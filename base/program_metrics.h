// ProgramMetrics: what every program tells of itself: log lines that nobody read, and when its certificate
// ends.
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"

namespace flux {

// Series, with `prefix` before them: PREFIX_log_lines_dropped_total{kind="line|receipt"}, and while there is
// a certificate PREFIX_certificate_end_timestamp_seconds. Thread-safe.
class ProgramMetrics final : public prometheus::Collectable {
 public:
  // When the certificate in use ends; nothing without one. Asked at every scrape.
  using CertificateEnd = std::function<std::optional<WallTime>()>;

  // Borrows the log.
  ProgramMetrics(std::string prefix, const Log& log, CertificateEnd certificate_end)
      : prefix_(std::move(prefix)), log_(log), certificate_end_(std::move(certificate_end)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string prefix_;
  const Log& log_;
  const CertificateEnd certificate_end_;
};

}  // namespace flux

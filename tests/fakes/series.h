// Series: the value of one series of a registry, as a scrape would read it.
#pragma once

#include <prometheus/registry.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace flux::fakes {

// A counter's or gauge's value, a histogram's number of samples; nullopt where there is no such series.
inline std::optional<double> SeriesValue(const prometheus::Registry& registry, const std::string& name,
                                         const std::map<std::string, std::string>& labels = {}) {
  for (const prometheus::MetricFamily& family : registry.Collect()) {
    if (family.name != name) continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      std::map<std::string, std::string> has;
      for (const auto& label : metric.label) has[label.name] = label.value;
      if (has != labels) continue;
      if (family.type == prometheus::MetricType::Counter) return metric.counter.value;
      if (family.type == prometheus::MetricType::Gauge) return metric.gauge.value;
      return static_cast<double>(metric.histogram.sample_count);
    }
  }
  return std::nullopt;
}

}  // namespace flux::fakes

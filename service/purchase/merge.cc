// Adds up.
#include "service/purchase/merge.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <string>
#include <utility>

namespace flux::service {
namespace {

using google::protobuf::Duration;

void Longest(const Duration& other, Duration& duration) {
  if (duration < other) duration = other;
}

// Pictures of one purchase share a seed; told per picture once purchases are mixed.
void SetSeeds(v1::Generation& made) {
  if (!made.has_seed()) return;
  for (auto& image : *made.mutable_images()) image.set_seed(made.seed());
}

void Add(v1::Generation other, v1::Generation& sum) {
  SetSeeds(other);
  for (auto& image : *other.mutable_images()) *sum.add_images() = std::move(image);
  sum.set_attempts(sum.attempts() + other.attempts());
  sum.set_queue_position(std::max(sum.queue_position(), other.queue_position()));
  sum.mutable_price()->set_micro_usd(sum.price().micro_usd() + other.price().micro_usd());
  sum.mutable_price()->set_units(sum.price().units() + other.price().units());
  v1::Timings& timings = *sum.mutable_timings();
  Longest(other.timings().total(), *timings.mutable_total());
  Longest(other.timings().upstream(), *timings.mutable_upstream());
  Longest(other.timings().queued(), *timings.mutable_queued());
  if (other.timings().has_inference()) Longest(other.timings().inference(), *timings.mutable_inference());
}

// What may have cost decides how the whole is to be treated.
Status Dearest(const std::vector<Result<v1::Generation>>& results) {
  return std::ranges::max_element(results, {}, [](const auto& result) { return result.error().billed; })
      ->error();
}

}  // namespace

Result<v1::Generation> Merge(std::vector<Result<v1::Generation>> results) {
  const auto first = std::ranges::find_if(results, [](const auto& result) { return bool(result); });
  if (first == results.end()) return Dearest(results);
  v1::Generation sum = **first;
  SetSeeds(sum);
  for (auto& result : results) {
    if (&result == &*first) continue;
    if (result) {
      Add(*std::move(result), sum);
    } else {
      const Status& status = result.error();
      sum.add_warnings("a picture is missing: " + status.message + " (" +
                       std::string(RowOf(status.reason).name) +
                       ", billed: " + std::string(Name(status.billed)) + ")");
    }
  }
  return sum;
}

}  // namespace flux::service

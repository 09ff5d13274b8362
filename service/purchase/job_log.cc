// fal's words do not say whether a status has the whole log or its end: what is known already is passed over.
#include "service/purchase/job_log.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"

namespace flux::service {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 10;  // ten thousand jobs have one each
constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kLineOverhead = 64;

}  // namespace

bool JobLog::Take(const std::vector<fal::LogLine>& told) {
  const std::uint32_t before = size();
  for (const fal::LogLine& each : told) {
    fal::LogLine line{each.at, Shorten(each.message, kLongestLine)};
    if (line.at <= forgotten_until_ || std::ranges::find(lines_, line) != lines_.end()) continue;
    Add(std::move(line));
  }
  return size() > before;
}

void JobLog::Add(fal::LogLine line) {
  bytes_ += line.message.size() + kLineOverhead;
  lines_.push_back(std::move(line));
  while (bytes_ > kMostBytes) {
    bytes_ -= lines_.front().message.size() + kLineOverhead;
    forgotten_until_ = std::max(forgotten_until_, lines_.front().at);
    lines_.pop_front();
    ++forgotten_;
  }
}

void JobLog::CopyFrom(std::uint32_t seen, google::protobuf::RepeatedPtrField<v1::JobLog>& to) const {
  const std::size_t first = seen > forgotten_ ? seen - forgotten_ : 0;
  for (std::size_t i = first; i < lines_.size(); ++i) {
    v1::JobLog& line = *to.Add();
    *line.mutable_at() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(
        std::chrono::duration_cast<std::chrono::milliseconds>(lines_[i].at.time_since_epoch()).count());
    line.set_message(lines_[i].message);
  }
}

}  // namespace flux::service

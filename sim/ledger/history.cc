// Keeps rows in the order of sending, finds those that a query may see by now, sorts them and cuts out a
// page. A cursor is the sort key and the number of the last row of the page before, so that rows that come in
// between neither repeat nor hide others.
#include "sim/ledger/history.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "sim/apps/body.h"

namespace flux::sim {
namespace {

struct Place {
  std::uint64_t key = 0;
  std::uint64_t number = 0;
  auto operator<=>(const Place&) const = default;
};

std::optional<Place> ReadCursor(const std::string& cursor) {
  if (cursor.empty())
    return Place{std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max()};
  const std::vector<std::string> parts = absl::StrSplit(cursor, '-');
  Place place;
  if (parts.size() != 2 || !absl::SimpleHexAtoi(parts[0], &place.key) ||
      !absl::SimpleHexAtoi(parts[1], &place.number)) {
    return std::nullopt;
  }
  return place;
}

std::uint64_t Microseconds(WallTime time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

bool Matches(HistoryQuery::Status wanted, int status) {
  switch (wanted) {
    case HistoryQuery::Status::kAny:
      return true;
    case HistoryQuery::Status::kSuccess:
      return status >= 200 && status < 300;
    case HistoryQuery::Status::kUserError:
      return status >= 400 && status < 500;
    case HistoryQuery::Status::kError:
      return status >= 500;
  }
  return false;
}

}  // namespace

std::chrono::microseconds History::Row::Duration() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(*ended_at - started_at.value_or(*ended_at));
}

std::size_t History::Row::PayloadBytes() const {
  return (input ? input->size() : 0) + (output ? output->size() : 0);
}

void History::Sent(const std::string& request_id, std::string_view endpoint, std::string_view input,
                   bool keeps_payloads) {
  const std::lock_guard lock(mutex_);
  Row row;
  row.number = next_number_++;
  row.request_id = request_id;
  row.endpoint = endpoint;
  row.keeps_payloads = keeps_payloads;
  if (keeps_payloads) row.input = std::make_shared<const std::string>(input);
  row.sent_at = clock_.WallNow();
  row.sent = clock_.Now();
  payload_bytes_ += row.PayloadBytes();
  numbers_[request_id] = row.number;
  rows_.push_back(std::move(row));
  if (rows_.size() > bounds_.rows) {
    payload_bytes_ -= rows_.front().PayloadBytes();
    numbers_.erase(rows_.front().request_id);
    rows_.pop_front();
  }
  DropOldPayloads();
}

void History::Started(const std::string& request_id) {
  const std::lock_guard lock(mutex_);
  if (Row* const row = Find(request_id)) row->started_at = clock_.WallNow();
}

void History::Ended(const std::string& request_id, int status, std::string_view output) {
  const std::lock_guard lock(mutex_);
  Row* const row = Find(request_id);
  if (row == nullptr) return;
  row->ended_at = clock_.WallNow();
  row->ended = clock_.Now();
  row->status = status;
  if (!row->keeps_payloads || row->number < first_with_payload_) return;
  row->output = std::make_shared<const std::string>(output);
  payload_bytes_ += output.size();
  DropOldPayloads();
}

void History::Reset() {
  const std::lock_guard lock(mutex_);
  rows_.clear();
  numbers_.clear();
  payload_bytes_ = 0;
  first_with_payload_ = next_number_;
}

History::Row* History::Find(const std::string& request_id) {
  const auto found = numbers_.find(request_id);
  return found == numbers_.end() ? nullptr : &rows_[found->second - rows_.front().number];
}

void History::DropOldPayloads() {
  first_with_payload_ = std::max(first_with_payload_, rows_.front().number);
  while (payload_bytes_ > bounds_.payload_bytes && first_with_payload_ < next_number_) {
    Row& row = rows_[first_with_payload_++ - rows_.front().number];
    payload_bytes_ -= row.PayloadBytes();
    row.input = nullptr;
    row.output = nullptr;
  }
}

Json History::Item(const Row& row, bool ended, bool payloads) {
  // A request that waits has not started; the documentation has no row without the time, so it is the time of
  // sending (UNCONFIRMED).
  Json item = {{"request_id", row.request_id},
               {"endpoint_id", row.endpoint},
               {"started_at", Iso8601(row.started_at.value_or(row.sent_at))},
               {"sent_at", Iso8601(row.sent_at)}};
  if (ended) {
    item["ended_at"] = Iso8601(*row.ended_at);
    item["status_code"] = row.status;
    item["duration"] = std::chrono::duration<double>(row.Duration()).count();
  }
  if (!payloads) return item;
  const auto show = [&item](const char* name, const Payload& payload) {
    if (payload == nullptr) return;
    if (ParsedJson parsed = ParseJson(*payload); parsed.value) item[name] = *std::move(parsed.value);
  };
  show("json_input", row.input);
  if (ended) show("json_output", row.output);
  return item;
}

std::optional<Json> History::List(const HistoryQuery& query) const {
  const std::optional<Place> after = ReadCursor(query.cursor);
  if (!after) return std::nullopt;
  struct Found {
    Place place;
    Row row;
    bool ended = false;
  };
  std::vector<std::pair<Place, const Row*>> places;
  std::vector<Found> page;
  bool has_more = false;
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime seen = clock_.Now() - lag_ - query.extra_lag;
    for (const Row& row : rows_) {
      if (row.sent > seen || std::ranges::count(query.endpoints, row.endpoint) == 0) continue;
      if (query.request_id && *query.request_id != row.request_id) continue;
      if ((query.start && row.sent_at < *query.start) || (query.end && row.sent_at >= *query.end)) continue;
      const bool ended = row.ended_at && row.ended <= seen;
      if (query.status != HistoryQuery::Status::kAny && (!ended || !Matches(query.status, row.status)))
        continue;
      std::uint64_t key = std::numeric_limits<std::uint64_t>::max();
      if (ended && query.sort == HistoryQuery::Sort::kEndedAt) key = Microseconds(*row.ended_at);
      if (ended && query.sort == HistoryQuery::Sort::kDuration) {
        key = static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.Duration().count()));
      }
      if (const Place place{key, row.number}; place < *after) places.emplace_back(place, &row);
    }
    std::ranges::sort(places, std::greater(), &std::pair<Place, const Row*>::first);
    std::size_t bytes = 0;
    for (const auto& [place, row] : places) {
      if (page.size() == query.limit || (!page.empty() && bytes > bounds_.page_bytes)) {
        has_more = true;
        break;
      }
      if (query.payloads) bytes += row->PayloadBytes();
      page.push_back({place, *row, row->ended_at && row->ended <= seen});
    }
  }
  Json items = Json::array();
  for (const Found& found : page) items.push_back(Item(found.row, found.ended, query.payloads));
  Json next;
  if (has_more) next = fmt::format("{:x}-{:x}", page.back().place.key, page.back().place.number);
  return Json{{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"has_more", has_more}};
}

}  // namespace flux::sim

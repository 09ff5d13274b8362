// One name after another.
#include "gateway/doors/jobs/job_query.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/loose_text.h"
#include "gateway/doors/flux/flux_dialect.h"
#include "gateway/doors/flux/job_json.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::uint64_t kMostPerPage = 100;
constexpr std::size_t kMostCursor = 1'024;

constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"page_size", "limit"}, {"page_token", "cursor"}, {"state", "state"}};

// What is wrong with one value, or empty and `page` has it.
std::string_view Read(std::string_view name, std::string_view value, v1::ListJobsRequest& page) {
  if (name == "state") {
    const std::optional<v1::JobState> state = FindJobState(value);
    if (!state) return "must be reserved, sent, accepted, succeeded, failed or unknown";
    page.set_state(*state);
  } else if (name == "limit") {
    const std::optional<std::uint64_t> limit = DigitsIn(value);
    if (!limit || *limit == 0 || *limit > kMostPerPage) return "must be a whole number from 1 to 100";
    page.set_page_size(static_cast<std::uint32_t>(*limit));
  } else if (value.size() > kMostCursor) {
    return "is none that was told here";
  } else {
    page.set_page_token(std::string(value));
  }
  return {};
}

// As a query has it.
std::string Escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace

Result<v1::ListJobsRequest> ReadJobQuery(const HeaderList& query) {
  v1::ListJobsRequest page;
  std::vector<Violation> violations;
  for (const std::string_view name : {"state", "limit", "cursor"}) {
    std::optional<std::string_view> said;
    for (const auto& [given, value] : query) {
      if (given != name || Trimmed(value).empty()) continue;
      if (said && *said != Trimmed(value)) {
        violations.push_back({std::string(name), "is there twice, with different values"});
        break;
      }
      said = Trimmed(value);
    }
    if (!said) continue;
    if (const std::string_view wrong = Read(name, *said, page); !wrong.empty()) {
      violations.push_back({std::string(name), std::string(wrong)});
    }
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));
  return page;
}

std::string NextPage(const v1::ListJobsRequest& asked, std::string_view cursor) {
  std::string path(kBeforeJob.substr(0, kBeforeJob.size() - 1));
  path += '?';
  if (asked.state() != v1::JOB_STATE_UNSPECIFIED)
    path.append("state=").append(StateName(asked.state())) += '&';
  if (asked.page_size() != 0) path += "limit=" + std::to_string(asked.page_size()) + '&';
  return path + "cursor=" + Escaped(cursor);
}

void RenamePage(Status& status) {
  if (status.violations.empty()) return;
  for (Violation& violation : status.violations) {
    for (const auto& [theirs, ours] : kNames) {
      if (violation.field == theirs) violation.field = ours;
    }
  }
  if (status.reason == Reason::kInvalidField) status.message = InvalidFields(status.violations).message;
}

bool WantsEvents(const Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name == "stream" && TruthIn(value) == true) return true;
  }
  for (const auto& [name, value] : request.headers) {
    if (!EqualsIgnoreCase(name, "Accept")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view element = TakeListElement(rest);
      if (EqualsIgnoreCase(TrimWhitespace(element.substr(0, element.find(';'))), "text/event-stream"))
        return true;
    }
  }
  return false;
}

}  // namespace flux::gateway

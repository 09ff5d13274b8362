// Compares letter by letter with the few forms that there are; nothing is decoded, so nothing hides.
#include "gateway/doors/fal/target.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "gateway/doors/fal/words.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::size_t kMostBytes = 2048;
constexpr std::string_view kScheme = "https://";
constexpr std::string_view kRequests = "/requests/";

Status Refused() {
  return InvalidFields({{std::string(kTargetHeader),
                         "must be the https address of an app on fal.run or queue.fal.run, or of the storage "
                         "upload on rest.fal.ai"}});
}

std::optional<FalHost> HostOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, FalHost>, 3> kHosts = {
      {{"fal.run", FalHost::kRun}, {"queue.fal.run", FalHost::kQueue}, {"rest.fal.ai", FalHost::kRest}}};
  for (const auto& [host, which] : kHosts) {
    if (EqualsIgnoreCase(name, host)) return which;
  }
  return std::nullopt;
}

bool IsPlain(std::string_view path) {
  return std::ranges::all_of(path, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
           c == '/' || c == '~';
  });
}

// No empty segment, and none that means another place.
bool HasPlainSegments(std::string_view path) {
  const std::vector<std::string_view> segments = Split(path, '/');
  return std::ranges::none_of(segments, [](std::string_view segment) {
    return segment.empty() || segment == "." || segment == "..";
  });
}

// Of a webhook's address whatever it may be: it is refused later, by name.
bool MayBe(FalHost host, std::string_view name, std::string_view value) {
  switch (host) {
    case FalHost::kRun:
      return false;
    case FalHost::kQueue:
      return (name == "logs" && (value == "0" || value == "1")) || name == "fal_webhook" ||
             name == "fal_max_queue_length";
    case FalHost::kRest:
      return name == "storage_type" && value == "fal-cdn-v3";
  }
  return false;
}

}  // namespace

std::string_view FalTarget::Query(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &HeaderList::value_type::first);
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

Result<FalTarget> ReadTarget(std::string_view url) {
  const bool printable = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || url.size() > kMostBytes || !url.starts_with(kScheme)) return Refused();
  std::string_view rest = url.substr(kScheme.size());
  const std::size_t slash = rest.find_first_of("/?#\\");
  if (slash == std::string_view::npos || rest[slash] != '/') return Refused();
  const std::optional<FalHost> host = HostOf(rest.substr(0, slash));
  if (!host) return Refused();
  rest.remove_prefix(slash + 1);
  const std::size_t mark = rest.find('?');
  std::string_view path = rest.substr(0, mark);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!IsPlain(path) || !HasPlainSegments(path)) return Refused();

  FalTarget target{.host = *host, .path = std::string(path), .query = {}};
  if (mark != std::string_view::npos) {
    for (const std::string_view pair : Split(rest.substr(mark + 1), '&')) {
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) return Refused();
      const std::string_view name = pair.substr(0, equals);
      const std::string_view value = pair.substr(equals + 1);
      if (!MayBe(*host, name, value)) return Refused();
      target.query.emplace_back(name, value);
    }
  }
  if (*host == FalHost::kRest) {
    const bool upload = path == "storage/upload/initiate" || path == "storage/upload/initiate-multipart";
    if (!upload || target.query.size() != 1) return Refused();
  }
  return target;
}

std::optional<QueueRequest> RequestIn(std::string_view path) {
  const std::size_t requests = path.find(kRequests);
  if (requests == std::string_view::npos || requests == 0) return std::nullopt;
  const std::string_view rest = path.substr(requests + kRequests.size());
  const std::size_t slash = rest.find('/');
  QueueRequest found{.app = path.substr(0, requests), .id = rest.substr(0, slash), .verb = {}};
  if (slash != std::string_view::npos) found.verb = rest.substr(slash + 1);
  if (found.id.empty()) return std::nullopt;
  return found;
}

std::string_view OwnerAndAlias(std::string_view app) {
  const std::size_t first = app.find('/');
  if (first == std::string_view::npos) return app;
  return app.substr(0, app.find('/', first + 1));
}

}  // namespace flux::gateway

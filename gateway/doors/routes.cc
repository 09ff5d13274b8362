// Compares paths with patterns, segment by segment.
#include "gateway/doors/routes.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <utility>

namespace flux::gateway {
namespace {

// Whether a segment is what one in braces stands for.
bool StandsFor(std::string_view parameter, std::string_view segment) {
  constexpr std::size_t kMost = 64;
  if (parameter != "{model}") return !segment.empty();
  return !segment.empty() && segment.size() <= kMost && std::ranges::all_of(segment, [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '.';
  });
}

// Takes what stands before the next slash off `rest`; false where nothing is left.
bool TakeSegment(std::string_view& rest, bool& ended, std::string_view& segment) {
  if (ended) return false;
  const auto slash = rest.find('/');
  segment = rest.substr(0, slash);
  ended = slash == std::string_view::npos;
  if (!ended) rest.remove_prefix(slash + 1);
  return true;
}

bool Matches(std::string_view pattern, std::string_view path) {
  bool pattern_ended = false;
  bool path_ended = false;
  std::string_view wanted;
  std::string_view given;
  for (;;) {
    const bool more = TakeSegment(pattern, pattern_ended, wanted);
    if (TakeSegment(path, path_ended, given) != more) return false;
    if (!more) return true;
    if (wanted == "{...}") return true;
    if (wanted.starts_with('{') ? !StandsFor(wanted, given) : wanted != given) return false;
  }
}

std::string Allow(const std::vector<const Route*>& rows) {
  std::string methods;
  for (const Route* row : rows) {
    methods.append(row->method).append(row->method == "GET" ? ", HEAD, " : ", ");
  }
  return methods + "OPTIONS";
}

}  // namespace

RouteTable::RouteTable(std::vector<Route> rows, std::vector<RouteArea> areas, const Dialect& elsewhere)
    : rows_(std::move(rows)), areas_(std::move(areas)), elsewhere_(elsewhere) {
  for (const Route& row : rows_) {
    auto path = std::ranges::find(paths_, row.pattern, &RoutePath::pattern);
    if (path == paths_.end()) path = paths_.insert(path, RoutePath{row.pattern});
    path->rows.push_back(&row);
  }
  for (RoutePath& path : paths_) {
    path.allow = Allow(path.rows);
    if (path.pattern.find('{') == std::string_view::npos) exact_.emplace(path.pattern, &path);
  }
}

const RoutePath* RouteTable::PathOf(std::string_view path) const {
  if (const auto exact = exact_.find(path); exact != exact_.end()) return exact->second;
  const auto found = std::ranges::find_if(paths_, [path](const RoutePath& candidate) {
    return candidate.pattern.find('{') != std::string_view::npos && Matches(candidate.pattern, path);
  });
  return found == paths_.end() ? nullptr : &*found;
}

RouteMatch RouteTable::Find(std::string_view path, std::string_view method) const {
  RouteMatch match{.path = PathOf(path)};
  if (match.path == nullptr) {
    const auto area = std::ranges::find_if(
        areas_, [path](const RouteArea& candidate) { return path.starts_with(candidate.prefix); });
    if (area != areas_.end()) match.elsewhere = &area->dialect;
    return match;
  }
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const auto row = std::ranges::find(match.path->rows, wanted, &Route::method);
  if (row != match.path->rows.end()) match.route = *row;
  return match;
}

std::vector<std::string_view> RouteTable::Patterns() const {
  std::vector<std::string_view> patterns;
  patterns.reserve(paths_.size());
  for (const RoutePath& path : paths_) patterns.push_back(path.pattern);
  return patterns;
}

}  // namespace flux::gateway

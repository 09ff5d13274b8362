// routes: the table of public paths, and how a path finds its row. What is in it is public_doors.h's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/doors/door.h"

namespace flux::gateway {

// Who may use a route; limits and accounting hang on it and on nothing else.
enum class Access {
  kOpen,    // anybody
  kKey,     // who has a key, where there are keys
  kLooks,   // the same, and it is asked often: the looks of a caller count, apart from what it buys
  kSpends,  // as kKey, and it may cost money: rate, requests at a time and models of the key count
  kSigned,  // anybody; the door judges the signature
};

// One row. `pattern` is also the metrics label, so it is a literal, never what a client sent. The segment
// {model} ("/api/v1/flux/edit/{model}") stands for any one of 1 to 64 of a-z 0-9 - and dots; another one in
// braces ("/api/v1/jobs/{id}") for any that is not empty, and its door judges it. The last segment {...}
// ("/fal/run/{...}") stands for all that follows, of which its door is the judge.
struct Route {
  std::string_view method;
  std::string_view pattern;
  Door& door;
  Access access;
  std::uint64_t body_limit;  // bytes
};

// The rows of one pattern.
struct RoutePath {
  std::string_view pattern;
  std::vector<const Route*> rows = {};
  std::string allow = {};  // as the Allow header has it
};

// What is spoken at paths that have no row.
struct RouteArea {
  std::string_view prefix;  // of paths; a literal
  const Dialect& dialect;
};

// What a request found.
struct RouteMatch {
  const RoutePath* path = nullptr;     // null: there is nothing at its path
  const Route* route = nullptr;        // null: nor for its method
  const Dialect* elsewhere = nullptr;  // where there is nothing: what is spoken there; null: not looked for
};

// Immutable.
class RouteTable {
 public:
  // Where no row matches, the first area that the path lies in says what is spoken, or else `elsewhere` is.
  // What rows refer to outlives the table.
  RouteTable(std::vector<Route> rows, std::vector<RouteArea> areas, const Dialect& elsewhere);
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  // A pattern without braces wins over those with, earlier rows over later ones. HEAD finds the row of GET.
  RouteMatch Find(std::string_view path, std::string_view method) const;

  const Dialect& DialectOf(const RouteMatch& match) const {
    if (match.path != nullptr) return match.path->rows.front()->door.Speaks();
    return match.elsewhere != nullptr ? *match.elsewhere : elsewhere_;
  }

  // Every row, as given.
  const std::vector<Route>& rows() const { return rows_; }

  // Each pattern once, in the order of the rows.
  std::vector<std::string_view> Patterns() const;

 private:
  const RoutePath* PathOf(std::string_view path) const;

  const std::vector<Route> rows_;
  std::vector<RoutePath> paths_;
  std::unordered_map<std::string_view, const RoutePath*> exact_;  // patterns without braces
  const std::vector<RouteArea> areas_;
  const Dialect& elsewhere_;
};

}  // namespace flux::gateway

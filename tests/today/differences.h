// Differences: the closed list of bodies that this project reads otherwise than the service it replaces did,
// though that one answered them. The same list stands in docs/operations.md, "Moving from the edge worker".
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tests/today/sent.h"

namespace flux::today {

struct Difference {
  std::string_view row;                        // the first cell of the document's table
  bool (*covers)(const Sent& sent);            // whether a request is of this kind
  std::vector<Sent> examples;                  // each of which is a difference
  int refusal;                                 // the status of those that are refused here
  std::vector<std::string_view> changes = {};  // what the others mean otherwise; empty: all are refused
};

std::span<const Difference> Differences();

}  // namespace flux::today

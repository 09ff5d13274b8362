// Is a row sound? What validation, fal JSON and prices take for granted of rows is checked here, for rows
// from outside.
#pragma once

#include <string>
#include <vector>

#include "service/catalogue/catalogue.h"

namespace flux::service {

// One mistake of a row. `message` is a predicate that follows the path and says what to change.
struct RowProblem {
  std::string parameter = {};  // public name of the parameter it is about; empty: the row
  std::string member = {};     // name in the catalogue file (catalogue_file.h), e.g. "maximum"; may be empty
  std::string message = {};
};

// Every mistake; empty where the row is sound.
std::vector<RowProblem> RowProblems(const ModelRow& row);

}  // namespace flux::service

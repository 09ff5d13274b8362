// Merge: the results of several purchases for one order (`split_images`) as one result. Pure.
#pragma once

#include <vector>

#include "base/result.h"
#include "flux/v1/generation.pb.h"

namespace flux::service {

// All pictures that were made, in order, each with its own seed; prices and attempts are added up, of waits
// the longest counts. What failed beside pictures that were made becomes a warning: they are paid for and not
// to be lost. Where all failed, the first failure, with `billed` of whichever may have cost most. `results`
// is not empty.
Result<v1::Generation> Merge(std::vector<Result<v1::Generation>> results);

}  // namespace flux::service

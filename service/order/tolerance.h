// Tolerance: the digits of a safety tolerance that was said with a point or with white space.
#pragma once

#include <string_view>

namespace flux::service {

// "6" of "6.0", " 6 " and "6": what a model with a tolerance of its own is sent. Any other text is itself,
// white space at its ends aside. A model whose checker the tolerance switches never gets it so: there only
// the text "6" as it stands counts.
std::string_view ToleranceText(std::string_view said);

}  // namespace flux::service

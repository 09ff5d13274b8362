// Cuts; copies nothing.
#include "service/order/tolerance.h"

#include "base/loose_text.h"

namespace flux::service {

std::string_view ToleranceText(std::string_view said) {
  const std::string_view text = Trimmed(said);
  const std::size_t point = text.find('.');
  if (point == 0 || point == std::string_view::npos) return text;
  const std::string_view fraction = text.substr(point + 1);
  const bool whole = !fraction.empty() && fraction.find_first_not_of('0') == std::string_view::npos;
  return whole ? text.substr(0, point) : text;
}

}  // namespace flux::service

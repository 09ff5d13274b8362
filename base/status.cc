// Builds the sentence for refused fields.
#include "base/status.h"

#include <utility>

namespace flux {

bool IsRetryable(const Status& status) {
  return RowOf(status.reason).retryable && status.billed == Billed::kNo;
}

Status InvalidFields(std::vector<Violation> violations) {
  std::string sentence;
  for (const Violation& violation : violations) {
    if (!sentence.empty()) sentence += "; ";
    sentence += violation.field.empty() ? violation.message : violation.field + " " + violation.message;
  }
  Status status(Reason::kInvalidField, std::move(sentence));
  status.violations = std::move(violations);
  return status;
}

}  // namespace flux

// UnknownFields: what becomes of a field that no model knows and that is not nearly a known one.
#pragma once

namespace flux::gateway {

enum class UnknownFields {
  kWarn,    // taken, not used, and told in the reply's warnings
  kRefuse,  // refused by name
};

}  // namespace flux::gateway

// One look-up that never throws.
#include "service/fal/json.h"

namespace flux::fal {

const nlohmann::json* Member(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(key);
  return member == object.end() ? nullptr : &*member;
}

}  // namespace flux::fal

// nlohmann's parser keeps its own stack, so depth costs memory, not the thread's stack; the callback drops
// what is too deep instead of building it.
#include "service/fal/json.h"

namespace flux::fal {

std::optional<nlohmann::json> ParseJson(std::string_view text) {
  bool too_deep = false;
  const auto shallow = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth >= kMaxJsonDepth) too_deep = true;
    return !too_deep;
  };
  nlohmann::json parsed =
      nlohmann::json::parse(text.begin(), text.end(), shallow, /*allow_exceptions=*/false);
  if (too_deep || parsed.is_discarded()) return std::nullopt;
  return parsed;
}

const nlohmann::json* Member(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(key);
  return member == object.end() ? nullptr : &*member;
}

}  // namespace flux::fal

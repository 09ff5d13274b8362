// Shortens fal's error body in up to three attempts, each of which keeps less than the one before. The last
// one always fits.
#include "service/fal/error_body.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace flux::fal {
namespace {

using Json = nlohmann::json;

// One control character becomes six bytes of JSON, so an item of these is below kMaxErrorBodyBytes.
constexpr std::size_t kMaxMessageBytes = 200;
constexpr std::size_t kMaxNameBytes = 32;
constexpr std::size_t kMaxLocParts = 5;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void EraseInputs(Json& json) {
  if (json.is_object()) json.erase("input");
  if (!json.is_structured()) return;
  for (Json& member : json) EraseInputs(member);
}

Json ShortText(const Json& text, std::size_t bytes) {
  return Shorten(text.get_ref<const std::string&>(), bytes);
}

Json ShortItem(const Json& item) {
  Json kept = Json::object();
  if (const auto type = item.find("type"); type != item.end() && type->is_string()) {
    kept["type"] = ShortText(*type, kMaxNameBytes);
  }
  if (const auto msg = item.find("msg"); msg != item.end() && msg->is_string()) {
    kept["msg"] = ShortText(*msg, kMaxMessageBytes);
  }
  if (const auto loc = item.find("loc"); loc != item.end() && loc->is_array()) {
    Json& parts = kept["loc"] = Json::array();
    for (const Json& part : *loc) {
      if (parts.size() == kMaxLocParts) break;
      if (part.is_string()) parts.push_back(ShortText(part, kMaxNameBytes));
      if (part.is_number_integer()) parts.push_back(part);
    }
  }
  return kept;
}

Json ShortBody(const Json& body) {
  Json kept = Json::object();
  if (!body.is_object()) return kept;
  for (const char* key : {"type", "error_type"}) {
    if (const auto type = body.find(key); type != body.end() && type->is_string()) {
      kept[key] = ShortText(*type, kMaxNameBytes);
    }
  }
  const auto detail = body.find("detail");
  if (detail == body.end()) return kept;
  if (detail->is_string()) kept["detail"] = ShortText(*detail, kMaxMessageBytes);
  if (detail->is_object()) kept["detail"] = ShortItem(*detail);
  if (detail->is_array()) {
    Json& items = kept["detail"] = Json::array();
    for (const Json& item : *detail) {
      if (!item.is_object()) continue;
      items.push_back(ShortItem(item));
      if (Dump(kept).size() <= kMaxErrorBodyBytes) continue;
      items.erase(items.size() - 1);
      break;
    }
  }
  return kept;
}

}  // namespace

std::string BoundedErrorBody(Json body) {
  std::string text = Dump(body);
  if (text.size() <= kMaxErrorBodyBytes) return text;
  EraseInputs(body);
  text = Dump(body);
  if (text.size() <= kMaxErrorBodyBytes) return text;
  return Dump(ShortBody(body));
}

}  // namespace flux::fal

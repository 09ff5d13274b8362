// The FLUX apps that the simulator plays, as data (fal-api §1.3, §1.4). A model is one row; nothing else
// names it. Written from what is known of fal, never from the service's catalogue: the simulator must be able
// to prove it wrong.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace flux::sim {

enum class FieldKind : std::uint8_t {
  kText,
  kInteger,
  kNumber,
  kBoolean,
  kChoice,     // one of `choices`
  kImageSize,  // a preset's name or {width, height} (fal-api §1.1)
  kImage,      // a URL or a data URI
  kImages,     // a list of such
  kObjects,    // a list of objects with `members`
};

struct Field {
  std::string_view name;
  FieldKind kind;
  bool required = false;
  bool nullable = false;  // null means absent
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::span<const std::string_view> choices = {};
  std::string_view fallback = {};  // JSON; empty: absent stays absent
  std::string_view alias = {};     // another accepted name
  std::span<const Field> members = {};
};

struct Model {
  std::string_view endpoint;  // "fal-ai/flux/dev"
  std::span<const Field> fields;
};

std::span<const Model> Models();

// Null when there is none.
const Model* FindModel(std::string_view endpoint);

// Whether any model belongs to "owner/alias".
bool AppExists(std::string_view app);

// "fal-ai/flux/dev/image-to-image" is path "dev/image-to-image" of app "fal-ai/flux". False without owner and
// alias.
bool SplitEndpoint(std::string_view endpoint, std::string_view& app, std::string_view& path);

}  // namespace flux::sim

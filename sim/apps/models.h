// The FLUX apps that the simulator plays, as data (fal-api §1.2 to §1.6, §8). A model is one row of its
// family (models_*.cc); nothing else names it. Written from what is known of fal, never from the service's
// catalogue: the simulator must be able to prove it wrong.
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
  kImageSize,  // one of `choices` or {width, height}, each side from `least` to `most` (fal-api §1.1)
  kImage,      // a URL or a data URI
  kImages,     // a list of such: `least` of them or more, those beyond `most` are not looked at
  kObject,     // an object with `members`
  kObjects,    // a list of such
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

// What the price is counted in (fal-api §8).
enum class Unit : std::uint8_t {
  kMegapixel,          // of each picture, rounded up
  kMegapixelInAndOut,  // of the pictures handed in too
  kImage,
};

// The members of a picture in a reply (fal-api §1.6).
enum class PictureForm : std::uint8_t {
  kSized,  // url, width, height, content_type
  kFile,   // url, content_type, file_name, file_size, width, height
};

enum class ReplyForm : std::uint8_t { kFull, kImagesAndSeed };

struct Model {
  std::string_view endpoint;  // "fal-ai/flux/dev"
  std::span<const Field> fields;
  Unit unit = Unit::kMegapixel;
  PictureForm picture = PictureForm::kSized;
  ReplyForm reply = ReplyForm::kFull;
  int ratio_megapixels = 1;  // about, of a picture whose shape is an aspect ratio
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

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
  kImages,     // a list of such: `least` of them or more, those beyond `most` are not looked at, or refused
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
  bool counted = false;          // of a list: more than `most` members are refused
  int least_side = 0;            // of pictures, each side
  std::int64_t most_pixels = 0;  // of pictures, both sides multiplied; 0: any
};

// What the price is counted in (fal-api §8).
enum class Unit : std::uint8_t {
  kMegapixel,          // of each picture, rounded up
  kMegapixelInAndOut,  // of the pictures handed in too
  kImage,
  kResolution,  // of each picture, by the price of its `resolution` (fal-api §12)
};

// The members of a picture in a reply (fal-api §1.6).
enum class PictureForm : std::uint8_t {
  kSized,  // url, width, height, content_type
  kFile,   // url, content_type, file_name, file_size, width, height
};

enum class ReplyForm : std::uint8_t {
  kFull,
  kImagesAndSeed,
  kImages,
  kOneImage,  // "image" and not "images", with a caption
};

struct Model {
  std::string_view endpoint = {};  // "fal-ai/flux/dev"
  std::span<const Field> fields = {};
  Unit unit = Unit::kMegapixel;
  PictureForm picture = PictureForm::kSized;
  ReplyForm reply = ReplyForm::kFull;
  int ratio_megapixels = 1;  // about, of a picture whose shape is an aspect ratio
  // Of kMegapixelInAndOut (fal-api §13): each picture handed in is made one megapixel of; so many megapixels
  // of each are free; so many are billed at least; what is made counts one whatever it is.
  bool resizes_input = false;
  int free_input = 0;
  int least_input = 0;
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

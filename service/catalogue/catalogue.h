// Catalogue: a model is data, one row each. What a model takes, where it lives at fal and what it costs is
// said here and nowhere else. Facts are from fal-api (sections 1, 8).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flux/v1/generation.pb.h"
#include "flux/v1/models.pb.h"
#include "service/catalogue/field.h"
#include "service/catalogue/known_names.h"

namespace flux::service {

// One field that a model takes. (`= {}` lets rows name only the members they set.)
struct FieldRule {
  Field field = Field::kPrompt;
  // Key in fal's JSON; of an extra its public name too. Empty: an instruction to this service, never sent.
  std::string fal_name = {};
  // Of an extra: STRING, INTEGER, NUMBER, BOOLEAN, OBJECT, OBJECTS, or IMAGE, which is text with a URL or a
  // data URI.
  v1::ParameterType type = v1::PARAMETER_TYPE_UNSPECIFIED;
  bool required = false;
  std::optional<double> minimum = {};  // inclusive; of a list: its members; of a size: each side, in pixels
  std::optional<double> maximum = {};
  // Values as public text; empty: any. Of a size by pixels: the words it takes beside the presets ("auto",
  // "match_input"). Of a size by ratio: the ratios and words.
  std::vector<std::string> allowed = {};
  std::string default_text = {};  // what fal uses when the field is not set; never sent
  bool list = false;              // of pictures: fal takes a JSON list; else it takes the one picture itself
  // Of pictures, where their bytes tell their size: the least of each side, and the most of both multiplied.
  std::optional<std::uint32_t> least_side = {};
  std::optional<std::uint64_t> most_pixels = {};
};

// The public name of the field that a rule is about, and the type of its value.
std::string_view NameOf(const FieldRule& rule);
v1::ParameterType TypeOf(const FieldRule& rule);

// True: an instruction to this service, which every row has (Catalogue) and fal never sees.
bool IsForService(const FieldRule& rule);

// How a model is told a size.
enum class SizeStyle {
  kPixels,  // fal's `image_size`: a preset's name or {width, height}
  kRatio,   // a ratio as text; no exact size
  kClass,   // a ratio as text and, as `resolution`, a class of pixels; no exact size
};

// Whether sizes are ratios, and not pixels.
inline bool IsRatio(SizeStyle style) {
  return style != SizeStyle::kPixels;
}

// What `safety_tolerance` means to a model.
enum class ToleranceStyle {
  kForwarded,        // a tolerance of its own, sent as the text it is
  kNumber,           // a tolerance of its own, sent as a whole number
  kSwitchesChecker,  // "6" switches the safety checker off, every other value leaves it on
};

// What one unit costs.
struct UnitPrice {
  std::uint64_t micro_usd = 0;
  v1::PriceUnit unit = v1::PRICE_UNIT_UNSPECIFIED;
  std::optional<std::uint64_t> first_micro_usd =
      {};  // the first unit of each picture, where it costs another price
  // Of MEGAPIXEL_IN_OUT: fal makes one megapixel of each picture handed in; so many megapixels of each are
  // free; so many are billed at least, of all together.
  bool resizes_input = false;
  std::uint32_t free_input = 0;
  std::uint32_t least_input = 0;
};

// What a picture of one class of pixels costs (SizeStyle::kClass).
struct ClassPrice {
  std::string resolution = {};
  std::uint64_t micro_usd = 0;
};

// How a result that follows its picture differs from it: extras that say how many pixels are added to its
// sides, and one that multiplies both.
struct Growth {
  std::vector<std::string> wider = {};
  std::vector<std::string> taller = {};
  std::string factor = {};
  std::uint32_t most_side = 0;  // of the result, in pixels; 0: any
};

// One model. A field without a rule is refused.
struct ModelRow {
  std::string name = {};  // public, e.g. "text-to-image/dev"; begins with the word of its kind
  v1::ModelKind kind = v1::MODEL_KIND_UNSPECIFIED;
  std::string fal_endpoint = {};  // e.g. "fal-ai/flux/dev"
  std::vector<FieldRule> rules = {};
  SizeStyle size = SizeStyle::kPixels;
  ToleranceStyle tolerance = ToleranceStyle::kSwitchesChecker;
  UnitPrice price = {};
  std::vector<ClassPrice> class_prices = {};  // of SizeStyle::kClass, each class of its `resolution`
  Growth growth = {};
  // How long one generation may take, where that is longer than the service's limit; 0: it is not. Such a
  // model is bought through fal's queue and kept, so that nobody has to wait for it.
  std::chrono::seconds longest{0};
  std::string unconfirmed = {};  // what fal has not confirmed of this row; a sentence, empty: nothing
  std::string deprecated = {};   // why it should not be used any more; likewise
};

// The rule of one field, not kExtra; nullptr where the model does not take it.
const FieldRule* FindRule(const ModelRow& row, Field field);

// The rule of the extra of this name; nullptr where the model has none.
const FieldRule* FindExtra(const ModelRow& row, std::string_view name);

// Pictures that one purchase makes at most: 1 where the app has no `num_images`.
std::uint32_t MaxImages(const ModelRow& row);

// The kind whose word is the first segment of a public name ("edit" of "edit/kontext-pro"); _UNSPECIFIED
// where there is none. The public gateway derives the RPC from a path in the same way.
v1::ModelKind KindOf(std::string_view name);

// An immutable set of rows; safe to read from any thread.
class Catalogue {
 public:
  // Names are unique. Every row gets the fields that this service itself answers to: `num_images` where the
  // app has none (1 to 4, as several purchases), `split_images` and `fetch_images`.
  explicit Catalogue(std::vector<ModelRow> rows);

  // The models this software knows by itself, by kind.
  static Catalogue BuiltIn();

  // The row of this name and kind; nullptr where there is none. Lives as long as the catalogue.
  const ModelRow* Find(std::string_view name, v1::ModelKind kind) const;

  std::span<const ModelRow> rows() const { return rows_; }

  // The names of fields that any of its models knows.
  const KnownNames& known_names() const { return known_names_; }

  // The public names, each once; what metrics use as labels.
  std::vector<std::string> Names() const;

 private:
  std::vector<ModelRow> rows_;
  KnownNames known_names_;
};

}  // namespace flux::service

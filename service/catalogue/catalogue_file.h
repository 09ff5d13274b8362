// The catalogue file of `--catalogue`: models added to the built-in ones, or put in their place, without a
// rebuild.
//
// JSON, at most 1 MiB:
// clang-format off
//   {"models": [{
//     "name": "text-to-image/acme",      required; KIND or KIND/NAME, where KIND is text-to-image, image-to-image,
//                                        inpainting, edit or transform, which also says the RPC. The name of a known model
//                                        replaces that model.
//     "base": "text-to-image/dev",       starts from this known model, built-in or further up in the file; the
//                                        members below then say what differs. Without it all but size_style and
//                                        tolerance are required.
//     "fal_endpoint": "fal-ai/flux/dev",
//     "size_style": "pixels",            how image_size is sent: "pixels" (default), "ratio", or "class", which is
//                                        a ratio beside the parameter resolution
//     "tolerance": "forwarded",          safety_tolerance: "forwarded" (default), "number" or "switches_checker"
//     "longest_seconds": 600,            how long a generation may take, where that is longer than usual
//     "unconfirmed": "…",                what is not confirmed of it; and why it should not be used any more: each
//     "deprecated": "…",                 a sentence. Both are the base's, unless fal_endpoint is another
//     "price": {"micro_usd": 25000, "unit": "megapixel", "first_micro_usd": 30000},
//                                        unit: megapixel, image or megapixel_in_out; first_micro_usd, optional, is
//                                        the price of each picture's first unit. Of megapixel_in_out also:
//                                        resizes_input (fal makes one megapixel of each picture handed in),
//                                        free_input, least_input (megapixels). Of size_style "class":
//                                        "resolutions": {"1k": 48000, …}, the price of a picture of each
//     "parameters": [{
//       "name": "guidance_scale",        required; a field of flux.v1, or of "extra" any other name
//       "fal_name": "guidance_scale",    name in fal's JSON; default: fal's usual one
//       "required": false,
//       "minimum": 1, "maximum": 20,     inclusive; null: no limit. Of lists the members, of image_size each side
//       "allowed": ["none", "regular"],  of text: the values. Of image_size: see FieldRule
//       "default": "3.5",                what fal uses when it is not set, as text; shown, never sent
//       "list": true,                    of pictures: fal takes a list; default false
//       "least_side": 256,               of pictures whose size is known: pixels of each side at least,
//       "most_pixels": 4194304,          and of both multiplied at most
//       "extra": true, "type": "number", a parameter that flux.v1 has no field for: string, integer, number,
//                                        boolean, object, objects, or image (a URL or a data URI)
//       "remove": true                   the model does not take what its base takes
//     }]
//   }]}
// clang-format on
// With a base, a parameter of the base is changed member by member.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/catalogue/catalogue.h"

namespace flux::service {

inline constexpr std::size_t kMaxCatalogueBytes = 1 << 20;
inline constexpr std::size_t kMaxCatalogueModels = 1000;
inline constexpr std::size_t kMaxModelParameters = 100;

struct CatalogueLoad {
  std::vector<ModelRow> rows;  // the known ones with the file's; only of use where there are no problems
  // Every mistake, each with its path: "models[3].parameters[1].maximum: must be …".
  std::vector<std::string> problems;
};

// Reads the bytes of a catalogue file on top of `known`. Total over any bytes.
CatalogueLoad LoadCatalogue(std::string_view bytes, std::span<const ModelRow> known);

// The same for a file on top of the built-in models; an empty path is the built-in models alone.
CatalogueLoad LoadCatalogueFile(const std::string& path);

}  // namespace flux::service

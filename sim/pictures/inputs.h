// Pictures that a caller hands in as image_url or mask_url. Nothing is fetched: a data URI is decoded, a file
// of the simulator's own is looked up, any other URL is believed, except hosts under .invalid.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/apps/models.h"
#include "sim/apps/size.h"
#include "sim/http/reply.h"
#include "sim/pictures/files.h"

namespace flux::sim {

struct Inputs {
  std::optional<Pixels> size;                // of the first picture whose size is known
  std::vector<std::optional<Pixels>> sizes;  // of every picture that is looked at
  std::optional<Reply>
      refusal;  // 422 (fal-api §3.3): file_download_error, image_load_error, image_too_large,
                // or value_error when image and mask differ in size (fal-api §1.4)
};

// `values` has passed Validate. `base_url` is what the simulator's own URLs start with, e.g.
// "http://127.0.0.1:8090".
Inputs LoadInputs(const Model& model, const Given& values, const Files& files, const std::string& base_url);

}  // namespace flux::sim

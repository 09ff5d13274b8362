// The rows of fal's gallery: its own weights for FLUX.2, each an app (fal-api §13; fields from fal's own
// types for its clients). Neither prices nor ranges are published.
#include <utility>

#include "service/catalogue/rows.h"
#include "service/catalogue/rules.h"

namespace flux::service {
namespace {

using namespace rules;  // NOLINT: rows are written in its words

constexpr double kMostImages = 4;

Rules Gallery(std::string size) {
  return Join({{Prompt(), Size(std::move(size)), Steps(1, 50, "40"), Guidance(0, 20, "2.5"),
                NumberExtra("lora_scale", 0, 4, "1"), Acceleration({"none", "regular"}, "regular"),
                NumImages(), Seed(), SyncMode(), Format({"jpeg", "png", "webp"}, "png")},
               Checker()});
}

ModelRow Make(const std::string& kind, const std::string& app) {
  const bool edit = kind == "edit";
  Rules rules = Gallery(edit ? "" : "landscape_4_3");
  if (edit) rules.push_back(Images(kMostImages));
  return {.name = kind + "/flux-2-" + app,
          .kind = KindOf(kind),
          .fal_endpoint = "fal-ai/flux-2-lora-gallery/" + app,
          .rules = std::move(rules),
          .price = edit ? PerMegapixelInOut(21'000) : PerMegapixel(21'000),
          .unconfirmed = "Its price and its ranges are not published; those of flux-2/lora stand for them."};
}

}  // namespace

std::vector<ModelRow> GalleryRows() {
  std::vector<ModelRow> rows;
  for (const char* app : {"ballpoint-pen-sketch", "digital-comic-art", "hdr-style", "realism",
                          "satellite-view-style", "sepia-vintage"}) {
    rows.push_back(Make("text-to-image", app));
  }
  for (const char* app : {"add-background", "apartment-staging", "face-to-full-portrait", "virtual-tryon"}) {
    rows.push_back(Make("edit", app));
  }
  return rows;
}

}  // namespace flux::service

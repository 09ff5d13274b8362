// One line an app. Of apps whose first unit has a price of its own it is that one: fal's list has one number.
#include "sim/apps/prices.h"

#include <algorithm>
#include <iterator>

namespace flux::sim {
namespace {

constexpr std::string_view kMegapixels = "megapixels";
constexpr std::string_view kImages = "images";

constexpr ListPrice kPrices[] = {
    {"fal-ai/flux/dev", "0.025", kMegapixels},
    {"fal-ai/flux/schnell", "0.003", kMegapixels},
    {"fal-ai/flux/dev/image-to-image", "0.03", kMegapixels},
    {"fal-ai/flux-1/dev", "0.025", kMegapixels},
    {"fal-ai/flux-1/schnell", "0.003", kMegapixels},
    {"fal-ai/flux-lora", "0.035", kMegapixels},
    {"fal-ai/flux-lora/inpainting", "0.035", kMegapixels},
    {"fal-ai/flux-general", "0.075", kMegapixels},
    {"fal-ai/flux-pro/v1.1", "0.04", kMegapixels},
    {"fal-ai/flux-pro/v1.1-ultra", "0.06", kImages},
    {"fal-ai/flux-pro/v1/fill", "0.05", kMegapixels},
    {"fal-ai/flux-pro/kontext", "0.04", kImages},
    {"fal-ai/flux-pro/kontext/max", "0.08", kImages},
    {"fal-ai/flux-kontext/dev", "0.025", kMegapixels},
    {"fal-ai/flux-kontext-lora", "0.035", kMegapixels},
    {"fal-ai/flux-2", "0.012", kMegapixels},
    {"fal-ai/flux-2/edit", "0.012", kMegapixels},
    {"fal-ai/flux-2/turbo", "0.008", kMegapixels},
    {"fal-ai/flux-2/flash", "0.005", kMegapixels},
    {"fal-ai/flux-2/lora", "0.021", kMegapixels},
    {"fal-ai/flux-2/lora/edit", "0.021", kMegapixels},
    {"fal-ai/flux-2/klein/9b", "0.006", kMegapixels},
    {"fal-ai/flux-2/klein/4b", "0.005", kMegapixels},
    {"fal-ai/flux-2/klein/9b/edit", "0.011", kMegapixels},
    {"fal-ai/flux-2/klein/4b/edit", "0.01", kMegapixels},
    {"fal-ai/flux-2/klein/9b/base/edit/lora", "0.02", kMegapixels},
    {"fal-ai/flux-2-pro", "0.03", kMegapixels},
    {"fal-ai/flux-2-max", "0.07", kMegapixels},
    {"fal-ai/flux-2-flex", "0.05", kMegapixels},
    {"fal-ai/flux-2-flex/edit", "0.05", kMegapixels},
    {"fal-ai/flux-2-pro/outpaint", "0.03", kMegapixels},
    {"fal-ai/flux-control-lora-canny", "0.04", kMegapixels},
    {"fal-ai/flux-control-lora-depth", "0.04", kMegapixels},
    {"fal-ai/flux-vision-upscaler", "0.1", kMegapixels},
    {"blackforestlabs/flux-3/text-to-image", "0.024", kMegapixels},
    // UNCONFIRMED: as the apps that they are variants of.
    {"fal-ai/flux-1/dev/image-to-image", "0.03", kMegapixels},
    {"fal-ai/flux/dev/redux", "0.025", kMegapixels},
    {"fal-ai/flux/schnell/redux", "0.003", kMegapixels},
    {"fal-ai/flux-1/dev/redux", "0.025", kMegapixels},
    {"fal-ai/flux-1/schnell/redux", "0.003", kMegapixels},
    {"fal-ai/flux-pro", "0.05", kMegapixels},
    {"fal-ai/flux-pro/new", "0.05", kMegapixels},
    {"fal-ai/flux-pro/v1/redux", "0.05", kMegapixels},
    {"fal-ai/flux-pro/v1.1/redux", "0.04", kMegapixels},
    {"fal-ai/flux-pro/v1.1-ultra/redux", "0.06", kImages},
    {"fal-ai/flux-pro/kontext/text-to-image", "0.04", kImages},
    {"fal-ai/flux-pro/kontext/multi", "0.04", kImages},
    {"fal-ai/flux-pro/kontext/max/text-to-image", "0.08", kImages},
    {"fal-ai/flux-pro/kontext/max/multi", "0.08", kImages},
    {"fal-ai/flux-krea-lora/inpainting", "0.035", kMegapixels},
    {"fal-ai/flux-2/turbo/edit", "0.008", kMegapixels},
    {"fal-ai/flux-2/flash/edit", "0.005", kMegapixels},
    {"fal-ai/flux-2-pro/edit", "0.03", kMegapixels},
    {"fal-ai/flux-2-max/edit", "0.07", kMegapixels},
};

}  // namespace

const ListPrice* FindListPrice(std::string_view endpoint) {
  const auto* const found = std::ranges::find(kPrices, endpoint, &ListPrice::endpoint);
  return found == std::end(kPrices) ? nullptr : found;
}

}  // namespace flux::sim

// One line an app. Of apps whose first unit has a price of its own it is that one: fal's list has one number.
#include "sim/apps/prices.h"

#include <algorithm>
#include <iterator>

namespace flux::sim {
namespace {

constexpr std::string_view kMegapixels = "megapixels";
constexpr std::string_view kImages = "images";

constexpr ListPrice kPrices[] = {
    {"fal-ai/flux/dev", 25'000, kMegapixels},
    {"fal-ai/flux/schnell", 3'000, kMegapixels},
    {"fal-ai/flux/dev/image-to-image", 30'000, kMegapixels},
    {"fal-ai/flux-1/dev", 25'000, kMegapixels},
    {"fal-ai/flux-1/schnell", 3'000, kMegapixels},
    {"fal-ai/flux-lora", 35'000, kMegapixels},
    {"fal-ai/flux-lora/inpainting", 35'000, kMegapixels},
    {"fal-ai/flux-general", 75'000, kMegapixels},
    {"fal-ai/flux-pro/v1.1", 40'000, kMegapixels},
    {"fal-ai/flux-pro/v1.1-ultra", 60'000, kImages},
    {"fal-ai/flux-pro/v1/fill", 50'000, kMegapixels},
    {"fal-ai/flux-pro/kontext", 40'000, kImages},
    {"fal-ai/flux-pro/kontext/max", 80'000, kImages},
    {"fal-ai/flux-kontext/dev", 25'000, kMegapixels},
    {"fal-ai/flux-kontext-lora", 35'000, kMegapixels},
    {"fal-ai/flux-2", 12'000, kMegapixels},
    {"fal-ai/flux-2/edit", 12'000, kMegapixels},
    {"fal-ai/flux-2/turbo", 8'000, kMegapixels},
    {"fal-ai/flux-2/flash", 5'000, kMegapixels},
    {"fal-ai/flux-2/lora", 21'000, kMegapixels},
    {"fal-ai/flux-2/lora/edit", 21'000, kMegapixels},
    {"fal-ai/flux-2/klein/9b", 6'000, kMegapixels},
    {"fal-ai/flux-2/klein/4b", 5'000, kMegapixels},
    {"fal-ai/flux-2/klein/9b/edit", 11'000, kMegapixels},
    {"fal-ai/flux-2/klein/4b/edit", 10'000, kMegapixels},
    {"fal-ai/flux-2/klein/9b/base/edit/lora", 20'000, kMegapixels},
    {"fal-ai/flux-2-pro", 30'000, kMegapixels},
    {"fal-ai/flux-2-max", 70'000, kMegapixels},
    {"fal-ai/flux-2-flex", 50'000, kMegapixels},
    {"fal-ai/flux-2-flex/edit", 50'000, kMegapixels},
    {"fal-ai/flux-2-pro/outpaint", 30'000, kMegapixels},
    {"fal-ai/flux-control-lora-canny", 40'000, kMegapixels},
    {"fal-ai/flux-control-lora-depth", 40'000, kMegapixels},
    {"fal-ai/flux-vision-upscaler", 100'000, kMegapixels},
    {"blackforestlabs/flux-3/text-to-image", 48'000, kMegapixels},
    {"blackforestlabs/flux-3/edit-image", 48'000, kMegapixels},
    // UNCONFIRMED: as the apps that they are variants of.
    {"fal-ai/flux-1/dev/image-to-image", 30'000, kMegapixels},
    {"fal-ai/flux/dev/redux", 25'000, kMegapixels},
    {"fal-ai/flux/schnell/redux", 3'000, kMegapixels},
    {"fal-ai/flux-1/dev/redux", 25'000, kMegapixels},
    {"fal-ai/flux-1/schnell/redux", 3'000, kMegapixels},
    {"fal-ai/flux-pro", 50'000, kMegapixels},
    {"fal-ai/flux-pro/new", 50'000, kMegapixels},
    {"fal-ai/flux-pro/v1/redux", 50'000, kMegapixels},
    {"fal-ai/flux-pro/v1.1/redux", 40'000, kMegapixels},
    {"fal-ai/flux-pro/v1.1-ultra/redux", 60'000, kImages},
    {"fal-ai/flux-pro/kontext/text-to-image", 40'000, kImages},
    {"fal-ai/flux-pro/kontext/multi", 40'000, kImages},
    {"fal-ai/flux-pro/kontext/max/text-to-image", 80'000, kImages},
    {"fal-ai/flux-pro/kontext/max/multi", 80'000, kImages},
    {"fal-ai/flux-krea-lora/inpainting", 35'000, kMegapixels},
    {"fal-ai/flux-2/turbo/edit", 8'000, kMegapixels},
    {"fal-ai/flux-2/flash/edit", 5'000, kMegapixels},
    {"fal-ai/flux-2-pro/edit", 30'000, kMegapixels},
    {"fal-ai/flux-2-max/edit", 70'000, kMegapixels},
};

bool IsBelow(std::string_view app, std::string_view endpoint) {
  return endpoint.starts_with(app) && endpoint.size() > app.size() && endpoint[app.size()] == '/';
}

}  // namespace

const ListPrice* FindListPrice(std::string_view endpoint) {
  const auto* const found = std::ranges::find(kPrices, endpoint, &ListPrice::endpoint);
  return found == std::end(kPrices) ? nullptr : found;
}

std::int64_t NanoUsdPerUnit(std::string_view endpoint) {
  constexpr std::int64_t kNanoPerMicro = 1'000;
  if (const ListPrice* const own = FindListPrice(endpoint)) return own->micro_usd * kNanoPerMicro;
  ListPrice next{"", 25'000, kMegapixels};
  for (const ListPrice& row : kPrices) {
    if (row.endpoint.size() > next.endpoint.size() && IsBelow(row.endpoint, endpoint)) next = row;
  }
  return next.micro_usd * kNanoPerMicro;
}

}  // namespace flux::sim

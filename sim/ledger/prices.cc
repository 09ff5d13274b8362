// One row for each app whose price is known; the longest that fits counts.
#include "sim/ledger/prices.h"

namespace flux::sim {
namespace {

struct Row {
  std::string_view app;  // itself, and what is below it
  std::int64_t micro_usd;
};

constexpr Row kRows[] = {
    {"blackforestlabs/flux-3", 48'000},
    {"fal-ai/flux/schnell", 3'000},
    {"fal-ai/flux-1/schnell", 3'000},
    {"fal-ai/flux/dev", 25'000},
    {"fal-ai/flux/dev/image-to-image", 30'000},
    {"fal-ai/flux-lora", 35'000},
    {"fal-ai/flux-general", 75'000},
    {"fal-ai/flux-kontext/dev", 25'000},
    {"fal-ai/flux-kontext-lora", 35'000},
    {"fal-ai/flux-vision-upscaler", 100'000},
    {"fal-ai/flux-pro", 50'000},
    {"fal-ai/flux-pro/v1.1", 40'000},
    {"fal-ai/flux-pro/v1.1-ultra", 60'000},
    {"fal-ai/flux-pro/kontext", 40'000},
    {"fal-ai/flux-pro/kontext/max", 80'000},
    {"fal-ai/flux-2", 12'000},
    {"fal-ai/flux-2/turbo", 8'000},
    {"fal-ai/flux-2/flash", 5'000},
    {"fal-ai/flux-2/lora", 21'000},
    {"fal-ai/flux-2/klein/9b", 6'000},
    {"fal-ai/flux-2/klein/9b/edit", 11'000},
    {"fal-ai/flux-2/klein/4b", 5'000},
    {"fal-ai/flux-2/klein/4b/edit", 10'000},
    {"fal-ai/flux-2-pro", 30'000},
    {"fal-ai/flux-2-max", 70'000},
    {"fal-ai/flux-2-flex", 50'000},
};

bool Fits(std::string_view app, std::string_view endpoint) {
  return endpoint.starts_with(app) && (endpoint.size() == app.size() || endpoint[app.size()] == '/');
}

}  // namespace

std::int64_t NanoUsdPerUnit(std::string_view endpoint) {
  constexpr std::int64_t kNanoPerMicro = 1'000;
  Row best{"", 25'000};
  for (const Row& row : kRows) {
    if (row.app.size() > best.app.size() && Fits(row.app, endpoint)) best = row;
  }
  return best.micro_usd * kNanoPerMicro;
}

}  // namespace flux::sim

// An estimate on the high side; what really comes is counted when it comes.
#include "gateway/doors/inline_pictures.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <variant>

namespace flux::gateway {
namespace {

constexpr std::uint64_t kMegapixel = 1024 * 1024;
constexpr std::uint64_t kBytesPerPixel = 3;  // a PNG of noise
// No model makes more at a time.
constexpr std::uint64_t kMostPictures = 10;
constexpr std::uint64_t kMostPixels = 16 * kMegapixel;

std::uint64_t Pixels(const v1::GenerationParameters& parameters) {
  // A class of pixels, whose sizes are the model's affair.
  if (!parameters.resolution().empty()) return kMostPixels;
  const v1::ImageSize& size = parameters.image_size();
  if (!size.has_dimensions()) return kMegapixel;  // every preset and most ratios are below
  const std::uint64_t wanted = std::uint64_t{size.dimensions().width()} * size.dimensions().height();
  return std::clamp(wanted, kMegapixel, kMostPixels);
}

}  // namespace

std::uint64_t InlineBytes(const GenerationRequest& request) {
  const v1::GenerationParameters& parameters = std::visit(
      [](const auto& typed) -> const auto& { return typed.parameters(); }, request);
  if (!parameters.sync_mode() && !parameters.fetch_images()) return 0;
  const std::uint64_t pictures = std::clamp<std::uint64_t>(parameters.num_images(), 1, kMostPictures);
  return pictures * Pixels(parameters) * kBytesPerPixel * 4 / 3;  // as base64
}

Status NoRoomForPictures() {
  constexpr std::chrono::seconds kWait{5};
  Status status(Reason::kOverloaded,
                "there is no room for pictures in replies now; try later, or ask for URLs (sync_mode false)");
  status.retry_after = kWait;
  return status;
}

}  // namespace flux::gateway

// Paints a picture: a hash of the request chooses the palette and the shapes, and each row of pixels is then
// computed from them.
#include "sim/pictures/picture.h"

#include <openssl/sha.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace flux::sim {
namespace {

struct Colour {
  float r, g, b;
};

constexpr Colour Hex(std::uint32_t rgb) {
  return {static_cast<float>(rgb >> 16), static_cast<float>(rgb >> 8 & 0xff), static_cast<float>(rgb & 0xff)};
}

constexpr Colour Mix(Colour a, Colour b, float t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

struct Palette {
  Colour zenith, horizon, sun, far_hill, near_hill;
};

constexpr Palette kPalettes[] = {
    {Hex(0x2b4c7e), Hex(0xffb88c), Hex(0xfff1d0), Hex(0xb0728a), Hex(0x2a2440)},  // dusk
    {Hex(0x4a90c2), Hex(0xe8f4f8), Hex(0xfffbe0), Hex(0x9cc0c8), Hex(0x2f5d50)},  // clear morning
    {Hex(0x0f1a3c), Hex(0x4f5d94), Hex(0xf4f1de), Hex(0x3b4878), Hex(0x0b1026)},  // moonlight
    {Hex(0xd76d77), Hex(0xffe0a8), Hex(0xfffaf0), Hex(0xe09a7c), Hex(0x5c2e46)},  // coral
    {Hex(0x355c7d), Hex(0xf8b195), Hex(0xffe8d6), Hex(0x9a6884), Hex(0x1f2a44)},  // violet evening
    {Hex(0x7fb7be), Hex(0xf6f0d8), Hex(0xffffff), Hex(0xa9c5a0), Hex(0x39594a)},  // sage
    {Hex(0x1d3557), Hex(0xa8dadc), Hex(0xf1faee), Hex(0x6a9fb5), Hex(0x12263f)},  // cold lake
    {Hex(0xf2a65a), Hex(0xfff0c9), Hex(0xffffff), Hex(0xd99a6c), Hex(0x6b3e2e)},  // desert
};

// Fractions in [0, 1) taken from a hash, one after the other.
class Choices {
 public:
  explicit Choices(std::string_view text) {
    SHA512(reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes_.data());
  }
  float Fraction() {
    const int value = bytes_[next_ % bytes_.size()] << 8 | bytes_[(next_ + 1) % bytes_.size()];
    next_ += 2;
    return static_cast<float>(value) / 65536.0F;
  }
  float Between(float least, float most) { return least + (most - least) * Fraction(); }

 private:
  std::array<unsigned char, SHA512_DIGEST_LENGTH> bytes_{};
  std::size_t next_ = 0;
};

class Canvas {
 public:
  explicit Canvas(Pixels size)
      : picture{size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.Area()) * 3)} {}

  std::uint8_t* At(int x, int y) {
    return picture.rgb.data() + (std::size_t(y) * std::size_t(picture.size.width) + std::size_t(x)) * 3;
  }
  void Set(std::uint8_t* pixel, Colour colour) {
    pixel[0] = static_cast<std::uint8_t>(colour.r + 0.5F);
    pixel[1] = static_cast<std::uint8_t>(colour.g + 0.5F);
    pixel[2] = static_cast<std::uint8_t>(colour.b + 0.5F);
  }
  Colour Get(const std::uint8_t* pixel) {
    return {static_cast<float>(pixel[0]), static_cast<float>(pixel[1]), static_cast<float>(pixel[2])};
  }

  Picture picture;
};

struct Sun {
  float x, y, radius;
};

void PaintSky(Canvas& canvas, const Palette& palette, const Sun& sun, float horizon) {
  const auto [width, height] = canvas.picture.size;
  const float glow = 1.0F / (sun.radius * sun.radius * 9.0F);
  for (int y = 0; y < height; ++y) {
    const float depth = std::min(1.0F, static_cast<float>(y) / horizon);
    const Colour air = Mix(palette.zenith, palette.horizon, depth * depth * (3.0F - 2.0F * depth));
    const float dy = static_cast<float>(y) - sun.y;
    std::uint8_t* pixel = canvas.At(0, y);
    for (int x = 0; x < width; ++x, pixel += 3) {
      const float dx = static_cast<float>(x) - sun.x;
      const float distance2 = dx * dx + dy * dy;
      Colour colour = Mix(air, palette.sun, 0.55F / (1.0F + distance2 * glow));
      // Only near the disc is its soft edge worth a square root.
      if (distance2 < (sun.radius + 2.0F) * (sun.radius + 2.0F)) {
        const float inside = std::clamp(sun.radius - std::sqrt(distance2) + 0.5F, 0.0F, 1.0F);
        colour = Mix(colour, palette.sun, inside);
      }
      canvas.Set(pixel, colour);
    }
  }
}

// The outline of one range of hills, in pixels from the top, for every column.
std::vector<float> Ridge(Choices& choices, Pixels size, float level, float amplitude) {
  std::vector<float> ridge(static_cast<std::size_t>(size.width), level);
  float frequency = choices.Between(0.6F, 1.6F);
  for (int octave = 0; octave < 4; ++octave) {
    const float phase = choices.Between(0, 2 * std::numbers::pi_v<float>);
    const float step = 2 * std::numbers::pi_v<float> * frequency / static_cast<float>(size.width);
    for (std::size_t x = 0; x < ridge.size(); ++x) {
      ridge[x] -= amplitude * std::sin(static_cast<float>(x) * step + phase);
    }
    frequency *= choices.Between(1.7F, 2.6F);
    amplitude *= 0.45F;
  }
  return ridge;
}

void PaintHills(Canvas& canvas, const std::vector<float>& ridge, Colour top, Colour foot) {
  const auto [width, height] = canvas.picture.size;
  const auto [highest, lowest] = std::ranges::minmax(ridge);
  const float depth = std::max(1.0F, static_cast<float>(height) - highest);
  for (int y = std::max(0, static_cast<int>(highest) - 1); y < height; ++y) {
    const Colour colour = Mix(top, foot, (static_cast<float>(y) - highest) / depth);
    std::uint8_t* pixel = canvas.At(0, y);
    const float edge = static_cast<float>(y) + 0.5F;
    for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x, pixel += 3) {
      const float cover = edge - ridge[x];
      if (cover >= 1.0F) {
        canvas.Set(pixel, colour);
      } else if (cover > 0.0F) {
        canvas.Set(pixel, Mix(canvas.Get(pixel), colour, cover));
      }
    }
  }
}

// Below `shore` the picture is its own reflection, tinted and broken by ripples.
void PaintWater(Canvas& canvas, const Palette& palette, float shore) {
  const auto [width, height] = canvas.picture.size;
  const int first = static_cast<int>(shore);
  const float depth = std::max(1, height - first);
  for (int y = first; y < height; ++y) {
    const float below = static_cast<float>(y - first);
    const float nearness = below / depth;
    const float ripple = std::sin(std::sqrt(below + 1.0F) * 2.2F) * (1.0F + 6.0F * nearness);
    const int mirrored =
        std::clamp(first - 1 - static_cast<int>(below * 1.4F + ripple), 0, std::max(0, first - 1));
    const std::uint8_t* above = canvas.At(0, mirrored);
    std::uint8_t* pixel = canvas.At(0, y);
    for (int x = 0; x < width; ++x, pixel += 3, above += 3) {
      canvas.Set(pixel, Mix(canvas.Get(above), palette.far_hill, 0.22F + 0.25F * nearness));
    }
  }
}

}  // namespace

Picture Paint(std::string_view prompt, std::string_view seed, std::int64_t index, Pixels size) {
  Choices choices(fmt::format("{}/{}/{}", seed, index, prompt));
  const auto width = static_cast<float>(size.width);
  const auto height = static_cast<float>(size.height);
  const Palette& palette = kPalettes[static_cast<std::size_t>(choices.Fraction() * std::size(kPalettes))];
  const float horizon = height * choices.Between(0.52F, 0.66F);
  const Sun sun{width * choices.Between(0.15F, 0.85F), horizon * choices.Between(0.3F, 0.85F),
                std::min(width, height) * choices.Between(0.045F, 0.095F)};
  const bool water = choices.Fraction() < 0.4F;
  const int ranges = water ? 2 : 3 + static_cast<int>(choices.Fraction() * 3);
  const float bottom = water ? height * choices.Between(0.74F, 0.8F) : height;

  Canvas canvas(size);
  PaintSky(canvas, palette, sun, horizon);
  for (int i = 0; i < ranges; ++i) {
    const float nearness = ranges == 1 ? 1.0F : static_cast<float>(i) / static_cast<float>(ranges - 1);
    const float level = horizon + (bottom - horizon) * (water ? 0.45F : 0.72F) * nearness;
    const auto ridge = Ridge(choices, size, level, height * (0.035F + 0.03F * nearness));
    const Colour top = Mix(palette.far_hill, palette.near_hill, nearness);
    // Mist: the foot of a far range fades into the air in front of it.
    PaintHills(canvas, ridge, top, Mix(top, palette.horizon, 0.55F * (1.0F - nearness)));
  }
  if (water) PaintWater(canvas, palette, bottom);
  return std::move(canvas.picture);
}

Picture Black(Pixels size) {
  return {size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.Area()) * 3)};
}

}  // namespace flux::sim

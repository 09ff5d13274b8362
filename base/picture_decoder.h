// PictureDecoder: reads a whole encoded picture and keeps nothing of it; only whether it can be read matters.
// Knows file formats, nothing of what anybody was promised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flux {

struct PictureSize {
  std::uint32_t width = 0;  // pixels
  std::uint32_t height = 0;

  bool operator==(const PictureSize&) const = default;
};

// fal-api §1.1: the longest side that fal makes.
inline constexpr std::uint32_t kMaxSide = 14142;
// What decoding one picture may take. Row by row a few hundred kilobytes do; progressive JPEG and WebP need
// up to 6 bytes for every pixel, so that this is enough for 44 megapixels.
inline constexpr std::size_t kMaxDecoderMemory = std::size_t{256} << 20;

// For one picture: ReadHeader once, then ReadPixels at most once. The bytes outlive the decoder.
class PictureDecoder {
 public:
  enum class Outcome {
    kSound,
    kBroken,     // cut short, corrupt, or not what its first bytes say
    kUnchecked,  // valid so far, but not decoded here
  };

  virtual ~PictureDecoder() = default;
  // The size that the file claims, each side 1 to kMaxSide; nullopt where the header is broken. Costs next to
  // nothing, whatever the file holds.
  virtual std::optional<PictureSize> ReadHeader() = 0;
  // Decodes everything.
  virtual Outcome ReadPixels() = 0;
  // Why the last call did not succeed, in the words of the library; never the file's own.
  virtual std::string problem() const = 0;
};

// Decodes image/png, image/jpeg and image/webp; nullptr for every other type.
std::unique_ptr<PictureDecoder> MakePictureDecoder(std::string_view content_type, std::string_view bytes);

}  // namespace flux

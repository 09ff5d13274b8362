// Any bytes as the beginning of a picture: a size is whole, and the same whether more follows or not.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/picture_size.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto read = flux::ReadPictureSize(bytes);
  if (!read) return 0;
  if (read->width == 0 || read->height == 0) std::abort();
  if (bytes.size() >= flux::kPictureHead &&
      flux::ReadPictureSize(bytes.substr(0, flux::kPictureHead)) != read) {
    std::abort();
  }
  return 0;
}

// Goes down meta ▸ iprp ▸ ipco, where the properties are, and finds those of the primary picture by ipma.
// Every length is checked against what is there.
#include "sim/pictures/avif.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace flux::sim {
namespace {

// A big-endian number of `size` bytes, taken off the front. Sets `good` to false where there are not as many.
struct Reader {
  std::string_view bytes;
  bool good = true;

  std::uint64_t Take(std::size_t size) {
    if (bytes.size() < size) {
      good = false;
      bytes = {};
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    bytes.remove_prefix(size);
    return value;
  }
};

struct Box {
  std::string_view type;
  std::string_view content;
};

// The next box, taken off the front; nothing at the end, or where its length cannot be true.
std::optional<Box> NextBox(std::string_view& bytes) {
  constexpr std::size_t kHead = 8;
  if (bytes.size() < kHead) return std::nullopt;
  Reader reader{bytes};
  std::uint64_t size = reader.Take(4);
  const std::string_view type = bytes.substr(4, 4);
  std::size_t head = kHead;
  reader.Take(4);
  if (size == 1) {
    size = reader.Take(8);
    head += 8;
  } else if (size == 0) {
    size = bytes.size();  // to the end
  }
  if (!reader.good || size < head || size > bytes.size()) return std::nullopt;
  const Box box{type, bytes.substr(head, size - head)};
  bytes.remove_prefix(size);
  return box;
}

std::optional<std::string_view> Find(std::string_view bytes, std::string_view type) {
  while (const auto box = NextBox(bytes)) {
    if (box->type == type) return box->content;
  }
  return std::nullopt;
}

// The properties of item `id`, as numbers from 1 into ipco.
std::vector<std::size_t> PropertiesOf(std::string_view ipma, std::uint64_t id) {
  Reader reader{ipma};
  const std::uint64_t version = reader.Take(1);
  const std::uint64_t flags = reader.Take(3);
  const std::uint64_t entries = reader.Take(4);
  const bool wide = (flags & 1) != 0;
  for (std::uint64_t i = 0; i < entries && reader.good; ++i) {
    const std::uint64_t item = reader.Take(version < 1 ? 2 : 4);
    const std::uint64_t count = reader.Take(1);
    std::vector<std::size_t> numbers;
    for (std::uint64_t j = 0; j < count && reader.good; ++j) {
      // The first bit says whether it is essential.
      numbers.push_back(wide ? reader.Take(2) & 0x7fff : reader.Take(1) & 0x7f);
    }
    if (item == id && reader.good) return numbers;
  }
  return {};
}

}  // namespace

bool IsAvif(std::string_view bytes) {
  const auto box = NextBox(bytes);
  if (!box || box->type != "ftyp") return false;
  std::string_view brands = box->content;
  const auto is_one = [](std::string_view brand) { return brand == "avif" || brand == "avis"; };
  if (is_one(brands.substr(0, 4))) return true;
  constexpr std::size_t kBefore = 8;  // the main brand and its version
  for (brands.remove_prefix(std::min(kBefore, brands.size())); brands.size() >= 4; brands.remove_prefix(4)) {
    if (is_one(brands.substr(0, 4))) return true;
  }
  return false;
}

std::optional<Pixels> ReadAvifSize(std::string_view bytes) {
  constexpr std::size_t kVersion = 4;  // and flags, before what a full box holds
  std::optional<std::string_view> meta = Find(bytes, "meta");
  if (!meta || meta->size() < kVersion) return std::nullopt;
  meta->remove_prefix(kVersion);
  const auto pitm = Find(*meta, "pitm");
  const auto iprp = Find(*meta, "iprp");
  const auto ipco = iprp ? Find(*iprp, "ipco") : std::nullopt;
  const auto ipma = iprp ? Find(*iprp, "ipma") : std::nullopt;
  if (!pitm || !ipco || !ipma) return std::nullopt;
  Reader primary{*pitm};
  const std::uint64_t version = primary.Take(1);
  primary.Take(3);
  const std::uint64_t id = primary.Take(version == 0 ? 2 : 4);
  if (!primary.good) return std::nullopt;

  const std::vector<std::size_t> wanted = PropertiesOf(*ipma, id);
  std::optional<Pixels> size;
  bool turned = false;
  std::string_view properties = *ipco;
  for (std::size_t number = 1;; ++number) {
    const auto box = NextBox(properties);
    if (!box) break;
    if (std::ranges::find(wanted, number) == wanted.end()) continue;
    Reader reader{box->content};
    if (box->type == "ispe") {
      reader.Take(4);
      const std::uint64_t width = reader.Take(4);
      const std::uint64_t height = reader.Take(4);
      constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
      if (!reader.good || width == 0 || height == 0 || width > kMost || height > kMost) return std::nullopt;
      size = Pixels{static_cast<int>(width), static_cast<int>(height)};
    } else if (box->type == "irot") {
      turned = reader.Take(1) % 2 == 1;  // quarter turns
    }
  }
  if (size && turned) std::swap(size->width, size->height);
  return size;
}

}  // namespace flux::sim

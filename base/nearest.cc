// The optimal string alignment distance, row by row.
#include "base/nearest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace flux {
namespace {

constexpr std::size_t kMost = 64;
constexpr std::size_t kShort = 4;
constexpr std::size_t kLong = 10;

// "sede" and "seed", "lora" and "loras".
bool IsSlipOfShortName(std::string_view a, std::string_view b) {
  const std::string_view shorter = a.size() < b.size() ? a : b;
  const std::string_view longer = a.size() < b.size() ? b : a;
  if (shorter.empty()) return false;
  if (shorter.size() != longer.size()) {
    return longer.size() == shorter.size() + 1 && longer.starts_with(shorter) && longer.ends_with('s');
  }
  const auto [left, right] = std::ranges::mismatch(a, b);
  if (a.end() - left < 2) return false;
  return left[0] == right[1] && left[1] == right[0] && std::equal(left + 2, a.end(), right + 2);
}

bool MayBeMeant(std::string_view name, std::string_view known) {
  return std::min(name.size(), known.size()) > kShort || IsSlipOfShortName(name, known);
}

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kMost);
  b = b.substr(0, kMost);
  using Row = std::array<std::uint8_t, kMost + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<std::uint8_t>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int other = a[i - 1] != b[j - 1];
      int least = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + other});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) least = std::min(least, before_last[j - 2] + 1);
      row[j] = static_cast<std::uint8_t>(least);
    }
    before_last = std::exchange(last, row);
  }
  return last[b.size()];
}

std::string_view Nearest(std::string_view name, std::span<const std::string_view> known) {
  std::string_view nearest;
  std::size_t least = (name.size() < kLong ? 1 : 2) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = EditDistance(name, candidate);
    if (distance == 0) return {};
    if (distance >= least || !MayBeMeant(name, candidate)) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace flux

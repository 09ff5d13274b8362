// Puts the point where it belongs.
#include "gateway/doors/dollars.h"

namespace flux::gateway {
namespace {

constexpr std::uint64_t kMicro = 1'000'000;
constexpr std::uint64_t kNano = 1'000'000'000;

std::string Decimal(std::uint64_t amount, std::uint64_t per_dollar) {
  std::string fraction = std::to_string(per_dollar + amount % per_dollar).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(amount / per_dollar) + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace

std::string DollarsOfNano(std::int64_t nano_usd) {
  if (nano_usd >= 0) return Decimal(static_cast<std::uint64_t>(nano_usd), kNano);
  return "-" + Decimal(0 - static_cast<std::uint64_t>(nano_usd), kNano);
}

std::string DollarsOfMicro(std::uint64_t micro_usd) {
  return Decimal(micro_usd, kMicro);
}

}  // namespace flux::gateway

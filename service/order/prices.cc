// A row's prices are scaled together: by what fal tells of the first unit to what the catalogue says of it.
#include "service/order/prices.h"

#include <absl/numeric/int128.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace flux::service {
namespace {

constexpr std::uint64_t kMostTimes = 10;             // of the catalogue's price, either way
constexpr std::uint64_t kMostMicroUsd = 10'000'000;  // where the catalogue has no price to compare with

std::uint64_t FirstOf(const UnitPrice& price) {
  return price.first_micro_usd.value_or(price.micro_usd);
}

// `amount` × `now` / `before`, rounded up.
std::uint64_t Scaled(std::uint64_t amount, std::uint64_t now, std::uint64_t before) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const absl::uint128 scaled = (absl::uint128(amount) * now + (before - 1)) / before;
  return static_cast<std::uint64_t>(std::min<absl::uint128>(scaled, kMost));
}

// Whether fal's word is for what the row counts.
bool SameUnit(v1::PriceUnit unit, std::string_view word) {
  const std::string name = absl::AsciiStrToLower({word.data(), word.size()});
  const std::string& own = v1::PriceUnit_Name(unit);
  if (absl::StrContains(own, "MEGAPIXEL")) return absl::StrContains(name, "megapixel");
  if (absl::StrContains(own, "IMAGE")) return name == "image" || name == "images";
  return false;
}

std::string Dollars(double usd) {
  return absl::StrCat("$", usd);
}

}  // namespace

PriceVerdict Judge(const UnitPrice& catalogue, double usd, std::string_view unit) {
  using enum PriceVerdict::Kind;
  const auto refused = [&](std::string_view why) {
    return PriceVerdict{.kind = kRefused,
                        .why = absl::StrCat("fal says ", Dollars(usd), " for one of \"",
                                            absl::string_view(unit.data(), unit.size()), "\", ",
                                            absl::string_view(why.data(), why.size()))};
  };
  if (!SameUnit(catalogue.unit, unit)) return refused("which is not what the catalogue counts");
  const double micro = usd * 1e6;
  if (!(micro > 0)) return refused("which is no price");
  if (micro > 1e15) return refused("which is more than ten times the catalogue's price");
  // 0.025 is no double: what is a hair above a whole number is that number.
  const auto told = static_cast<std::uint64_t>(std::ceil(micro - 1e-6));
  const std::uint64_t first = FirstOf(catalogue);
  if (told == first || told == catalogue.micro_usd) return {};
  if (first == 0) {
    if (told > kMostMicroUsd) return refused("which is beyond belief, and the catalogue has no price");
  } else if (told > first * kMostTimes) {
    return refused("which is more than ten times the catalogue's price");
  } else if (told * kMostTimes < first) {
    return refused("which is less than a tenth of the catalogue's price");
  }
  return {.kind = kTaken, .micro_usd = std::max<std::uint64_t>(told, 1)};
}

Prices::Prices(const Catalogue& catalogue)
    : catalogue_(catalogue),
      first_(std::make_unique<std::atomic<std::uint64_t>[]>(catalogue.rows().size())),
      from_fal_(catalogue.rows().size()),
      notes_(catalogue.rows().size()) {}

std::size_t Prices::IndexOf(const ModelRow& row) const {
  return static_cast<std::size_t>(&row - catalogue_.rows().data());
}

UnitPrice Prices::Of(const ModelRow& row) const {
  UnitPrice price = row.price;
  const std::uint64_t now = first_[IndexOf(row)].load(std::memory_order_relaxed);
  if (now == 0) return price;
  const std::uint64_t before = FirstOf(price);
  price.micro_usd = price.first_micro_usd && before != 0 ? Scaled(price.micro_usd, now, before) : now;
  if (price.first_micro_usd) price.first_micro_usd = now;
  return price;
}

v1::PriceEstimate Prices::InForce(const ModelRow& row, v1::PriceEstimate estimate) const {
  const std::uint64_t now = first_[IndexOf(row)].load(std::memory_order_relaxed);
  if (now == 0) return estimate;
  const std::uint64_t before = FirstOf(row.price);
  if (before != 0) {
    estimate.set_micro_usd(Scaled(estimate.micro_usd(), now, before));
  } else {
    estimate.set_micro_usd(Scaled(static_cast<std::uint64_t>(std::ceil(estimate.units())), now, 1));
  }
  return estimate;
}

void Prices::Take(const ModelRow& row, const PriceVerdict& verdict) {
  const std::size_t index = IndexOf(row);
  const bool refused = verdict.kind == PriceVerdict::Kind::kRefused;
  const std::uint64_t now = verdict.kind == PriceVerdict::Kind::kTaken ? verdict.micro_usd : 0;
  const bool changed = notes_[index] != verdict.why || (!refused && !from_fal_[index]) ||
                       (!refused && first_[index].load(std::memory_order_relaxed) != now);
  if (!changed) return;
  notes_[index] = verdict.why;
  if (!refused) {
    from_fal_[index] = true;
    first_[index].store(now, std::memory_order_relaxed);
  }
  ++version_;
}

v1::PriceSource Prices::SourceOf(const ModelRow& row) const {
  return from_fal_[IndexOf(row)] ? v1::PRICE_SOURCE_FAL : v1::PRICE_SOURCE_CATALOGUE;
}

const std::string& Prices::NoteOf(const ModelRow& row) const {
  return notes_[IndexOf(row)];
}

}  // namespace flux::service

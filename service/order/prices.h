// Prices: what each model costs now. The catalogue's price counts until fal tells another one that can be
// believed. Asks nobody.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "flux/v1/generation.pb.h"
#include "flux/v1/models.pb.h"
#include "service/catalogue/catalogue.h"

namespace flux::service {

// What is to be made of a price that fal tells.
struct PriceVerdict {
  enum class Kind {
    kSame,     // the catalogue's
    kTaken,    // another one, which counts from now on
    kRefused,  // another one that cannot be believed, or not be compared; `why` says so
  };
  Kind kind = Kind::kSame;
  std::uint64_t micro_usd = 0;  // of the first unit, rounded up; of kTaken
  std::string why = {};         // a sentence; of kRefused
};

// Compares `usd` for one of `unit`, fal's word, with a row's price. fal tells one price where some rows have
// two: it is held against that of the first unit, and one that is the further units' price is no news.
// Refused: zero, another unit than the row's, and more than ten times or less than a tenth of the catalogue's
// price.
PriceVerdict Judge(const UnitPrice& catalogue, double usd, std::string_view unit);

// Reading what purchases go by is thread-safe and takes no lock; the rest belongs to the event loop.
class Prices {
 public:
  // `catalogue` outlives it; rows below are its own.
  explicit Prices(const Catalogue& catalogue);

  // The price in force. Thread-safe.
  UnitPrice Of(const ModelRow& row) const;

  // An estimate that was made with the catalogue's price, at the price in force; rounded up. Thread-safe.
  v1::PriceEstimate InForce(const ModelRow& row, v1::PriceEstimate estimate) const;

  // fal's price of one unit counts from now on, or as before (kRefused). `note`: what ListModels is to say of
  // it.
  void Take(const ModelRow& row, const PriceVerdict& verdict);

  v1::PriceSource SourceOf(const ModelRow& row) const;
  const std::string& NoteOf(const ModelRow& row) const;

  // Another number after each change.
  std::uint64_t version() const { return version_; }

 private:
  std::size_t IndexOf(const ModelRow& row) const;

  const Catalogue& catalogue_;
  // Of the first unit, in millionths of a dollar; 0: the catalogue's.
  const std::unique_ptr<std::atomic<std::uint64_t>[]> first_;
  std::vector<bool> from_fal_;      // fal has told a price that counts
  std::vector<std::string> notes_;  // of a price that does not count
  std::uint64_t version_ = 0;
};

}  // namespace flux::service

// Plan: what is to be done for one order, as a value. It has no pointer, no view and no reading of a clock,
// so it can be stored and carried out later, or by another process. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "service/catalogue/catalogue.h"
#include "service/order/order.h"
#include "service/order/prices.h"

namespace flux::service {

// One exchange with fal.
struct PlannedPurchase {
  v1::PriceEstimate estimate;
  std::shared_ptr<const std::string> body;  // fal's JSON, not null; shared, because it may be 86 MB
  std::size_t drawn = 0;  // bytes of it, after the first, that say a seed which nobody asked for
};

struct Plan {
  std::string model;                       // public name
  std::string endpoint;                    // fal application
  UnitPrice price;                         // corrects the estimate by what fal says it billed
  std::vector<PlannedPurchase> purchases;  // not empty
  bool inline_pictures = false;            // fal answers with the pictures themselves
  bool fetch_images = false;               // the pictures are brought here
  bool low_priority = false;               // in fal's queue after what is not
  std::vector<std::string> warnings;       // what the caller should know of the order; sentences
  std::chrono::seconds longest{0};         // ModelRow::longest
};

// Draws a seed; null: none is drawn.
using SeedSource = std::uint32_t (*)();

// A random seed that every model takes.
std::uint32_t NewSeed();

// Checks an order and says what to do for it. Where the model takes a seed and the order has none, one is
// drawn, so that no two purchases look alike in fal's history. Failures: UNKNOWN_MODEL, or INVALID_FIELD with
// all violations.
// `prices` are those of this catalogue; null: what the catalogue says counts.
Result<Plan> MakePlan(const Catalogue& catalogue, const Order& order, SeedSource seeds = nullptr,
                      const Prices* prices = nullptr);

// What the caller should know of an order to this model; sentences.
std::vector<std::string> WarningsOf(const ModelRow& row, const Order& order, const KnownNames& known);

// The row for an order without violations; fails as MakePlan does.
Result<const ModelRow*> CheckOrder(const Catalogue& catalogue, const Order& order);

// SHA-256 of what a plan means, as 64 hex digits. Two requests have the same exactly when they ask fal for
// the same and want it delivered in the same way, however their bytes differ: white space, order of members,
// values that were named though they are the default of this service, a ratio and the size it stands for.
// Neither do prices count, nor a seed that was drawn, nor how urgent it is.
std::string Fingerprint(const Plan& plan);

}  // namespace flux::service

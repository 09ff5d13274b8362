// The part of validation that is about `extra`: fields that only some models take, by names of their own.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"
#include "service/catalogue/catalogue.h"
#include "service/catalogue/known_names.h"
#include "service/order/order.h"

namespace flux::service {

// fal-api §6: fal's cap on one data URI; an object may hold one.
inline constexpr std::size_t kMaxObjectBytes = 10 * 1024 * 1024;
// Largest whole number that a double, and so `extra`, holds exactly.
inline constexpr double kMaxExtraInteger = 9007199254740992.0;

// Adds the violations of all extras, those that are missing included. Paths are the extras' names, without
// "extra.". Of names that the model does not take, twenty are told. `known` as in Validate.
void ValidateExtra(const ModelRow& row, const Order& order, const KnownNames& known,
                   std::vector<Violation>& violations);

// A sentence for each extra that was not used, since no model knows its name; for twenty of them and one for
// the rest. What says "not set" is passed over in silence. Empty where the order does not want to be warned.
std::vector<std::string> PassedOver(const ModelRow& row, const Order& order, const KnownNames& known);

// "prompt, seed, …": the names of all fields that the model takes.
std::string FieldsOf(const ModelRow& row);

}  // namespace flux::service

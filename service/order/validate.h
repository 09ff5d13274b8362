// Validate: may this order go to this model? Refuses everything that fal would refuse, before money is at
// stake. Sends nothing, changes nothing, and reads no picture beyond its first bytes and its alphabet.
#pragma once

#include <cstddef>
#include <vector>

#include "base/status.h"
#include "service/catalogue/catalogue.h"
#include "service/catalogue/known_names.h"
#include "service/order/order.h"

namespace flux::service {

inline constexpr std::size_t kMaxPromptBytes = 32 * 1024;
inline constexpr std::size_t kMaxToleranceBytes = 16;
inline constexpr double kMaxLoraScale = 4;

// Every violation at once, in the order of the fields; empty where the order is valid. Paths are the names of
// `flux.v1` fields without their container: "prompt", "image", "mask", "num_inference_steps", "image_size",
// "image_size.width", "images[2]", "loras[0].scale", and of extras their own names. A message is a predicate
// that follows the path and says what to change. `known` are the names that any model knows: an extra that is
// not among them, nor nearly one of them, is passed over where the order wants it so (PassedOver).
std::vector<Violation> Validate(const ModelRow& row, const Order& order, const KnownNames& known = {});

}  // namespace flux::service

// Value: what an order says for one field, as one of a closed list of types, so that checks and JSON are
// loops over fields.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "flux/v1/generation.pb.h"
#include "service/catalogue/field.h"
#include "service/order/order.h"

namespace flux::service {

// The value of one field in an order; monostate where it is not set. Enum values are their public text
// ("jpeg"); a number that `flux.v1` does not name is the empty text. Views and pointers are the order's.
using Value =
    std::variant<std::monostate, std::string_view, std::uint64_t, double, bool, const v1::ImageInput*,
                 const v1::ImageSize*, const ImageList*, const LoraList*, const google::protobuf::Struct*>;
Value ValueOf(const Order& order, Field field);

inline bool IsSet(const Value& value) {
  return value.index() != 0;
}

}  // namespace flux::service

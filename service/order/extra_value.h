// ExtraValue: what a value of an extra means to the rule it is for, however loosely it was said.
#pragma once

#include <google/protobuf/struct.pb.h>

#include "service/catalogue/catalogue.h"

namespace flux::service {

// The value as fal takes it: `value` itself, or what it was read as, which is put into `room`; nullptr where
// it says that the extra is not set. Not set are null, empty text, and false where the extra is no boolean.
// Numbers and booleans may be text, with white space around them; members of a list that are not set are left
// out. A value without a kind is one that could not be brought here; it, and whatever does not fit the rule,
// is returned as it is, for ValidateExtra to refuse.
const google::protobuf::Value* ReadExtra(const FieldRule& rule, const google::protobuf::Value& value,
                                         google::protobuf::Value& room);

}  // namespace flux::service

// trace: the W3C trace context that callers hand in and that is passed on unchanged.
#pragma once

#include <string_view>

namespace flux {

// Whether `text` is a `traceparent` of version 00 to fe: "00-<32 hex>-<16 hex>-<2 hex>" in lower case,
// neither id all zeros. Later versions may have more behind it.
bool IsTraceparent(std::string_view text);

// The trace id in a valid traceparent, 32 hex digits; empty for anything else.
std::string_view TraceId(std::string_view traceparent);

}  // namespace flux

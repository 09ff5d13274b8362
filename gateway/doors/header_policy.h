// header_policy: what replies of the JSON doors carry and what pages may send to them (CORS): one list, since
// one guard answers preflights for all.
#pragma once

#include "gateway/doors/dialect.h"

namespace flux::gateway {

HeaderPolicy PublicHeaderPolicy();

}  // namespace flux::gateway

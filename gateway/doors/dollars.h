// dollars: amounts of money as exact decimal digits: in headers, and as numbers in JSON. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace flux::gateway {

// "0.025", "-1.5", "12": neither rounded nor with trailing zeros. Also a JSON number.
std::string DollarsOfNano(std::int64_t nano_usd);
std::string DollarsOfMicro(std::uint64_t micro_usd);

}  // namespace flux::gateway

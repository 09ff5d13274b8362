// KnownSettings: the environment variables that the programs of this product read, so that a name that none
// of them knows can be told. They are often set for several programs at once.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"

namespace flux {

// Every FLUX_… name that a program or a script of this product reads; a test holds the list against the
// programs' --help.
std::span<const std::string_view> KnownSettings();

// A sentence for each variable FLUX_… that nobody reads, with what was probably meant. What Kubernetes sets
// for Services whose names begin with "flux-" (FLUX_GATEWAY_SERVICE_HOST, FLUX_GATEWAY_PORT_8080_TCP, …) is
// none.
std::vector<std::string> UnknownSettings(const Environment& env);

}  // namespace flux

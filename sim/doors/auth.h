// Who may call: the texts of fal's gateway for keys that it does not take (fal-api §3.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/http/reply.h"

namespace flux::sim {

// Nothing when `authorization` is "Key " + `key`; else the refusal. An absent header is an empty string. Any
// key that starts with "locked:" belongs to a user without balance: 403. `app` is "owner/alias".
std::optional<Reply> RefuseKey(const std::string& authorization, const std::string& key,
                               std::string_view app);

}  // namespace flux::sim

// prefer: how a caller wants to wait, as the header Prefer says it (RFC 7240). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "gateway/http/message.h"

namespace flux::gateway {

struct Preferences {
  bool respond_async = false;                     // answer at once
  std::optional<std::chrono::seconds> wait = {};  // answer after so long at the latest
  // What could not be read, or is not done here though its name is known, in sentences for the caller.
  std::vector<std::string> warnings = {};

  bool None() const { return !respond_async && !wait; }
};

// All headers of this name are one list, of which the first of a name counts. Preferences that nobody here
// knows are passed over, as the RFC wants it; what is malformed is, too, and told.
Preferences ReadPreferences(const HeaderList& headers);

// What Preference-Applied says: "respond-async", "wait=20". `waited`: for how long at most.
std::string AppliedText(const Preferences& wanted, std::optional<std::chrono::seconds> waited);

}  // namespace flux::gateway

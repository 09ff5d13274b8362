// Request ids: one per request, told to the caller, written in every log line about it, passed along every
// hop.
#pragma once

#include <string>
#include <string_view>

namespace flux {

// A random UUID (version 4), e.g. "7f6a…-4…". Thread-safe.
std::string NewRequestId();

// 32 random hex digits: 128 bits that nobody guesses.
std::string NewRandomId();

// Whether a caller's own id may be adopted: 1 to 128 characters of A-Z a-z 0-9 - _ . : (nothing that could
// forge a log line or a header).
bool IsValidRequestId(std::string_view id);

}  // namespace flux

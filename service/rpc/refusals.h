// What callers are told that the port itself refuses, before any method has seen the call. Nothing was sent
// to fal for any of them.
#pragma once

#include <string>

#include "base/status.h"

namespace flux::service {

// One of the port's limits is reached; `why` says which.
Status Overloaded(std::string why);
// As many bytes are held as may be.
Status NoBytesLeft();
// The message, or the stream as a whole, is compressed.
Status Compressed();
// The program is about to stop.
Status Stopping();
// The bytes are no message of the method's.
Status NotThatMessage();

}  // namespace flux::service

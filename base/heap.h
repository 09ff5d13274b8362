// heap: what the programs want of their heap, which is the C library's, or in a release of flux-service that
// of gperftools (ADR 70).
#pragma once

#include <cstddef>

namespace flux {

// Buffers of 64 KiB and more, which only pictures take, go back to the system as soon as they are let go. By
// default the heap takes buffers of up to 32 MiB into itself once some were freed, and holes between them are
// never given back. 64 KiB are the pieces in which gRPC receives a large message. To be called while there is
// one thread. Of the C library's heap only.
void GiveLargeBuffersBack();

// From this many bytes on a message is worth the time of GiveFreedBack.
inline constexpr std::size_t kLargeMessage = 512 * 1024;

// Gives back to the system what gperftools' heap has kept of what was freed, also what it has kept for this
// thread. Takes a fraction of a millisecond for each megabyte. Does nothing with the C library's heap, which
// need not be told. Thread-safe.
void GiveFreedBack();

}  // namespace flux

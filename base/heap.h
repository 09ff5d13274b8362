// heap: what the programs want of the C library's heap.
#pragma once

namespace flux {

// Buffers of 64 KiB and more, which only pictures take, go back to the system as soon as they are let go. By
// default the heap takes buffers of up to 32 MiB into itself once some were freed, and holes between them are
// never given back. 64 KiB are the pieces in which gRPC receives a large message. To be called while there is
// one thread.
void GiveLargeBuffersBack();

}  // namespace flux

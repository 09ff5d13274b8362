// Tells glibc.
#include "base/heap.h"

#include <malloc.h>

namespace flux {

void GiveLargeBuffersBack() {
  mallopt(M_MMAP_THRESHOLD, 64 * 1024);  // NOLINT(concurrency-mt-unsafe): as the header says
}

}  // namespace flux

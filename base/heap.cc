// Tells glibc, or gperftools where the program has its heap.
#include "base/heap.h"

#include <malloc.h>

// Of <gperftools/malloc_extension_c.h>. Weak: null where the program is linked without it.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" __attribute__((weak)) void MallocExtension_MarkThreadIdle();
extern "C" __attribute__((weak)) void MallocExtension_ReleaseFreeMemory();
// NOLINTEND(readability-identifier-naming)

namespace flux {

void GiveLargeBuffersBack() {
  mallopt(M_MMAP_THRESHOLD, 64 * 1024);  // NOLINT(concurrency-mt-unsafe): as the header says
}

void GiveFreedBack() {
  if (MallocExtension_MarkThreadIdle == nullptr || MallocExtension_ReleaseFreeMemory == nullptr) return;
  MallocExtension_MarkThreadIdle();
  MallocExtension_ReleaseFreeMemory();
}

}  // namespace flux

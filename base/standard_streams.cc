// Opens what is closed.
#include "base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace flux {

void SecureStandardStreams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    // open takes the lowest free number; the lower ones are open by now.
    if (open("/dev/null", O_RDWR) != descriptor) return;
  }
}

}  // namespace flux

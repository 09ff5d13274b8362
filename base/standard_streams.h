// The three standard streams of a process, made safe before anything is opened.
#pragma once

namespace flux {

// Points whichever of the descriptors 0, 1 and 2 is closed to /dev/null. Otherwise the next socket or file
// would get its number, and log lines would be written into it. Call first in main.
void SecureStandardStreams();

}  // namespace flux

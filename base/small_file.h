// small_file: a whole file as text, with a bound, so that a wrong name (a disk, a device) costs nothing.
#pragma once

#include <cstddef>
#include <string>

namespace flux {

// What a file holds, or why it cannot be had.
struct FileText {
  std::string text;
  std::string problem;  // "cannot be read", "is larger than 16 MiB"; empty: `text` is all of it
};

// Reads it now. `most_mib`: the most that is taken, in mebibytes.
FileText ReadSmallFile(const std::string& file, std::size_t most_mib);

}  // namespace flux

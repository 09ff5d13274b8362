// Reads piece by piece.
#include "base/small_file.h"

#include <fstream>

namespace flux {

FileText ReadSmallFile(const std::string& file, std::size_t most_mib) {
  const std::size_t most = most_mib << 20;
  std::ifstream in(file, std::ios::binary);
  FileText read;
  char chunk[64 * 1024];
  while (in && read.text.size() <= most) {
    in.read(chunk, sizeof chunk);
    read.text.append(chunk, static_cast<std::size_t>(in.gcount()));
  }
  if (read.text.size() > most) {
    read.problem = "is larger than " + std::to_string(most_mib) + " MiB";
  } else if (!in.eof()) {
    read.problem = "cannot be read";
  }
  return read;
}

}  // namespace flux

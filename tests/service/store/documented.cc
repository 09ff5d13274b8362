// Reads the document's fences. Tests run in the top folder of the sources.
#include "tests/service/store/documented.h"

#include <algorithm>
#include <fstream>

namespace flux::service {

std::vector<std::string> Documented(const std::vector<std::string>& languages) {
  std::vector<std::string> blocks;
  std::ifstream document("docs/store.md");
  bool within = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("```")) {
      within = !within && std::ranges::find(languages, line.substr(3)) != languages.end();
      if (within) blocks.emplace_back();
    } else if (within) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

}  // namespace flux::service

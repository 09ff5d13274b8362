// The kinds of store that need no server.
#include "tests/service/store/conformance.h"

namespace flux::service {

std::vector<std::string> StoreKinds() {
  return {"memory", "sqlite"};
}

StoreOptions EmptyStore(const std::string& kind, const std::string& folder) {
  StoreOptions options;
  options.text = kind == "sqlite" ? "sqlite:" + folder + "/flux.db" : kind;
  return options;
}

}  // namespace flux::service

// What docs/store.md tells operators to run.
#pragma once

#include <string>
#include <vector>

namespace flux::service {

// The blocks of docs/store.md that are in one of these languages ("sql", "sqlite", "postgresql"), in order.
std::vector<std::string> Documented(const std::vector<std::string>& languages);

}  // namespace flux::service

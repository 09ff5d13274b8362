// A temporary folder, and a server where one is needed.
#include "tests/e2e/store_place.h"

#include <stdlib.h>

#include <system_error>
#include <utility>

namespace flux::e2e {

StorePlace::StorePlace(const std::string& kind) : kind_(kind) {
  char name[] = "/tmp/flux-store-XXXXXX";
  folder_ = mkdtemp(name);
  if (kind == "postgres") postgres_ = std::make_unique<fakes::PostgresServer>();
}

StorePlace::~StorePlace() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> StorePlace::Arguments(std::vector<std::string> more) const {
  std::string text = kind_;
  if (kind_ == "sqlite") text += ":" + file();
  if (postgres_) text = postgres_->url();
  more.push_back("--store=" + text);
  return more;
}

Process::Settings StorePlace::Environment() const {
  if (!postgres_) return {};
  return {{"FLUX_STORE_PASSWORD", postgres_->password()}};
}

}  // namespace flux::e2e

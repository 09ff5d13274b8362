// StorePlace: a place for a store of each kind, made for a test and gone with it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/process.h"
#include "tests/fakes/postgres_server.h"

namespace flux::e2e {

class StorePlace {
 public:
  // "memory", "sqlite" or "postgres".
  explicit StorePlace(const std::string& kind);
  ~StorePlace();
  StorePlace(const StorePlace&) = delete;
  StorePlace& operator=(const StorePlace&) = delete;

  // Arguments of a flux-service that uses it, and `more`.
  std::vector<std::string> Arguments(std::vector<std::string> more = {}) const;
  Process::Settings Environment() const;

  const std::filesystem::path& folder() const { return folder_; }
  std::string file() const { return folder_ / "flux.db"; }  // of SQLite
  fakes::PostgresServer* postgres() { return postgres_.get(); }

 private:
  const std::string kind_;
  std::filesystem::path folder_;
  std::unique_ptr<fakes::PostgresServer> postgres_;
};

}  // namespace flux::e2e

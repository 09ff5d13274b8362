// One server for the whole program; each test finds it without tables.
#include "tests/service/store/postgres_kind.h"

#include "tests/service/store/conformance.h"

namespace flux::service {

fakes::PostgresServer& Server() {
  static fakes::PostgresServer server;
  return server;
}

std::vector<std::string> StoreKinds() {
  return {"postgres"};
}

StoreOptions EmptyStore(const std::string&, const std::string&) {
  Server().Ask("SET client_min_messages = error; DROP SCHEMA IF EXISTS flux CASCADE");
  StoreOptions options;
  options.text = Server().url();
  options.password = Server().password();
  return options;
}

}  // namespace flux::service

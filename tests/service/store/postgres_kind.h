// The PostgreSQL of this test program.
#pragma once

#include "tests/fakes/postgres_server.h"

namespace flux::service {

// Started when it is asked for first, ended with the program.
fakes::PostgresServer& Server();

}  // namespace flux::service

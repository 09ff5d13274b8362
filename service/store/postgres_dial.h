// postgres_dial: from a connection string to a connection that is ready for verbs: whose server it is, its
// tables, its prepared statements. Blocks, so it has a thread of its own where a loop must not wait.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

struct pg_conn;

namespace flux::service {

struct ClosePostgres {
  void operator()(pg_conn* connection) const;
};
using PostgresHandle = std::unique_ptr<pg_conn, ClosePostgres>;

struct PostgresTarget {
  std::string text;      // postgres://…
  std::string password;  // empty: as libpq finds it, in its own password file
  bool full_sync = true;
};

struct Dialled {
  PostgresHandle connection;  // in pipeline mode, does not block, listens to flux_jobs; or
  std::string problem;        // why there is none, for operators; never with a password
  bool refused = false;       // trying again will not help
};

// `stop` ends it early. Longer than `patience` it never takes, unless a name is resolved that long.
Dialled DialPostgres(const PostgresTarget& target, std::chrono::milliseconds patience,
                     const std::atomic<bool>& stop);

// What is wrong with the text of a connection; "" where nothing is.
std::string CheckPostgresText(std::string_view text);

// What libpq says, as one sentence in one line.
std::string PostgresWords(std::string_view message);

}  // namespace flux::service

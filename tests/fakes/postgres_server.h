// PostgresServer: a real PostgreSQL with a folder of its own under /tmp and a socket in it, ended with the
// object. Nothing listens on the network.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace flux::fakes {

class PostgresServer {
 public:
  // With a role `flux` that owns a database `flux`, and whose password is `password()`. Not durable, for
  // speed: it outlives a crash of its own, not one of the machine.
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Whether there are programs of a server on this machine.
  static bool Installed();

  std::string url(const std::string& database = "flux") const;
  std::string password() const { return "opensesame"; }

  // Ends at once, as a crash would; Start brings it back.
  void Kill();
  void Start();

  // What the statements answer, as psql prints it without headings; run as superuser.
  std::string Ask(const std::string& sql, const std::string& database = "flux") const;

 private:
  pid_t Spawn(std::vector<std::string> command, int output) const;
  int Run(std::vector<std::string> command, std::string* output = nullptr) const;

  std::string folder_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  pid_t pid_ = -1;
};

}  // namespace flux::fakes

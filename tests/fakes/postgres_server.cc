// Debian's programs, run as an unprivileged user: PostgreSQL refuses to run as root.
#include "tests/fakes/postgres_server.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace flux::fakes {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "PostgreSQL: %s\n", what.c_str());
  std::abort();
}

// Of the newest server on this machine; empty: there is none.
std::string Programs() {
  std::string newest;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string programs = entry.path().string() + "/bin";
    if (fs::exists(programs + "/initdb") && programs > newest) newest = programs;
  }
  return newest;
}

}  // namespace

bool PostgresServer::Installed() {
  return !Programs().empty();
}

PostgresServer::PostgresServer() {
  folder_ = "/tmp/flux-postgres-XXXXXX";
  if (mkdtemp(folder_.data()) == nullptr) Die("no temporary folder");
  user_ = getuid();
  group_ = getgid();
  if (user_ == 0) {
    const passwd* other = getpwnam("postgres");        // NOLINT(concurrency-mt-unsafe): nobody else asks
    if (other == nullptr) other = getpwnam("nobody");  // NOLINT(concurrency-mt-unsafe)
    if (other == nullptr) Die("no unprivileged user");
    user_ = other->pw_uid;
    group_ = other->pw_gid;
    if (chown(folder_.c_str(), user_, group_) != 0) Die("no folder of its own");
  }
  std::string output;
  if (Run({Programs() + "/initdb", "-D", folder_ + "/data", "-U", "admin", "--auth=trust", "-E", "UTF8",
           "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
          &output) != 0) {
    Die(output);
  }
  std::ofstream(folder_ + "/data/pg_hba.conf") << "local all admin trust\nlocal all all scram-sha-256\n";
  Start();
  Ask("CREATE ROLE flux LOGIN PASSWORD '" + password() + "'", "postgres");
  Ask("CREATE DATABASE flux OWNER flux", "postgres");
}

PostgresServer::~PostgresServer() {
  if (pid_ > 0) {
    kill(pid_, SIGQUIT);  // at once, its other processes too
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string PostgresServer::url(const std::string& database) const {
  return "postgres://flux@/" + database + "?host=" + folder_;
}

// With the processes that it has for its clients: each of them would go on serving for a while.
void PostgresServer::Kill() {
  kill(pid_, SIGSTOP);  // so that there will be no more of them
  const std::string own = std::to_string(pid_);
  std::ifstream children("/proc/" + own + "/task/" + own + "/children");
  for (pid_t child = 0; children >> child;) kill(child, SIGKILL);
  kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, -1), nullptr, 0);
}

void PostgresServer::Start() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    if (pid_ <= 0) {
      const int log = open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
      pid_ = Spawn(
          {Programs() + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses=", "-c",
           "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=40", "-c", "autovacuum=off"},
          log);
      close(log);
    }
    if (Run({"/usr/bin/psql", "-h", folder_, "-U", "admin", "-d", "postgres", "-Atqc", "SELECT 1"}) == 0)
      return;
    // Processes of the one before may still be ending.
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  }
  Die("does not start");
}

std::string PostgresServer::Ask(const std::string& sql, const std::string& database) const {
  std::string output;
  if (Run({"/usr/bin/psql", "-h", folder_, "-U", "admin", "-d", database, "-v", "ON_ERROR_STOP=1", "-Atqc",
           sql},
          &output) != 0) {
    Die(sql + ": " + output);
  }
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

pid_t PostgresServer::Spawn(std::vector<std::string> command, int output) const {
  if (getuid() == 0) {
    const std::vector<std::string> as_user{"/usr/bin/setpriv", "--reuid=" + std::to_string(user_),
                                           "--regid=" + std::to_string(group_), "--clear-groups", "--"};
    command.insert(command.begin(), as_user.begin(), as_user.end());
  }
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  pid_t pid = -1;
  if (posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0)
    Die("cannot run " + command[0]);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

int PostgresServer::Run(std::vector<std::string> command, std::string* output) const {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Die("no pipe");
  const pid_t pid = Spawn(std::move(command), ends[1]);
  close(ends[1]);
  char chunk[4096];
  ssize_t got = 0;
  while ((got = read(ends[0], chunk, sizeof chunk)) > 0) {
    if (output != nullptr) output->append(chunk, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace flux::fakes

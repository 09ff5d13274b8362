// Starts a program with posix_spawn and reads its output, both streams through one pipe, on a thread.
#include "tests/e2e/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string FindAddress(const std::string& output, const std::string& listener) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.value("event", "") == "listening" && json.value("name", "") == listener) {
      return json.value("address", "");
    }
  }
  return {};
}

}  // namespace

Process::Process(const std::string& program, std::vector<std::string> arguments,
                 const Settings& environment) {
  const std::string path = program.find('/') == std::string::npos ? FLUX_BIN_DIR "/" + program : program;
  arguments.insert(arguments.begin(), path);
  std::vector<std::string> env;
  for (const auto& [name, value] : environment) env.push_back(name + "=" + value);
  if (const char* san = getenv("ASAN_OPTIONS")) env.push_back(std::string("ASAN_OPTIONS=") + san);

  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> argv = Pointers(arguments);
  std::vector<char*> envp = Pointers(env);
  EXPECT_EQ(posix_spawn(&pid_, path.c_str(), &actions, nullptr, argv.data(), envp.data()), 0) << path;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  reader_ = std::thread([this, fd = ends[0]] { Read(fd); });
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (reader_.joinable()) reader_.join();
}

void Process::Read(int fd) {
  char chunk[4096];
  for (;;) {
    const ssize_t got = read(fd, chunk, sizeof chunk);
    const std::lock_guard lock(mutex_);
    if (got <= 0) {
      closed_ = true;
    } else {
      output_.append(chunk, static_cast<std::size_t>(got));
    }
    more_.notify_all();
    if (closed_) break;
  }
  close(fd);
}

std::string Process::MaybeAddress(const std::string& listener) {
  std::unique_lock lock(mutex_);
  std::string address;
  more_.wait_for(lock, 30s, [&] {
    address = FindAddress(output_, listener);
    return !address.empty() || closed_;
  });
  return address;
}

std::string Process::Address(const std::string& listener) {
  std::string address = MaybeAddress(listener);
  EXPECT_FALSE(address.empty()) << "no listener " << listener << " in:\n" << Output();
  return address;
}

void Process::Signal(int number) const {
  kill(pid_, number);
}

std::size_t Process::Resident() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6)) / 1024;
  }
  return 0;
}

int Process::Wait() {
  {
    std::unique_lock lock(mutex_);
    if (!more_.wait_for(lock, 60s, [this] { return closed_; })) {
      ADD_FAILURE() << "still running after 60 s:\n" << output_;
      kill(pid_, SIGKILL);
    }
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Process::Output() {
  const std::lock_guard lock(mutex_);
  return output_;
}

}  // namespace flux::e2e

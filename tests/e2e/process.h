// Process: one of the real programs, started for a test and ended with it.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace flux::e2e {

class Process {
 public:
  using Settings = std::map<std::string, std::string>;

  // Runs `program` (a file name in the build's bin directory, or a path) with exactly this environment.
  Process(const std::string& program, std::vector<std::string> arguments, const Settings& environment = {});
  ~Process();  // kills what still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The address of the listener of this name, from its "listening" line. Fails the test after 30 s.
  std::string Address(const std::string& listener);
  // The same, where it may have ended without one: empty then.
  std::string MaybeAddress(const std::string& listener);

  void Signal(int number) const;
  // MiB that it has in memory; 0 where it has ended.
  std::size_t Resident() const;
  // Waits for the end, at most 60 s; returns the exit code, or 128 + the signal.
  int Wait();

  // Everything it wrote so far.
  std::string Output();

 private:
  void Read(int fd);

  pid_t pid_ = -1;
  std::thread reader_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::string output_;
  bool closed_ = false;
};

}  // namespace flux::e2e

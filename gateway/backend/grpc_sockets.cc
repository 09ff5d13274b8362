// gRPC makes one epoll set when it is first used, and names it nowhere: it is the one that is there
// afterwards and was not before. The kernel tells how many sockets stand in it.
#include "gateway/backend/grpc_sockets.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace flux::gateway {
namespace {

namespace fs = std::filesystem;

std::set<int> EpollSets() {
  std::set<int> sets;
  std::error_code ec;
  for (fs::directory_iterator entry("/proc/self/fd", ec), end; !ec && entry != end; entry.increment(ec)) {
    std::error_code gone;
    if (fs::read_symlink(entry->path(), gone) != "anon_inode:[eventpoll]") continue;
    sets.insert(std::stoi(entry->path().filename()));
  }
  return sets;
}

int FindSet() {
  const std::set<int> before = EpollSets();
  grpc_init();  // never undone: the set is to stay
  const std::set<int> after = EpollSets();
  std::set<int> made;
  std::ranges::set_difference(after, before, std::inserter(made, made.end()));
  return made.size() == 1 ? *made.begin() : -1;
}

// How many descriptors stand in an epoll set, as it was a moment ago.
class Population {
 public:
  explicit Population(int set) : path_("/proc/self/fdinfo/" + std::to_string(set)) {}

  int Count() {
    constexpr std::chrono::milliseconds kMoment{100};
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now - counted_ < kMoment) return count_;
    counted_ = now;
    count_ = 0;
    std::ifstream lines(path_);
    for (std::string line; std::getline(lines, line);) count_ += line.starts_with("tfd:") ? 1 : 0;
    return count_;
  }

 private:
  const std::string path_;
  SteadyTime counted_{};
  int count_ = 0;
};

}  // namespace

QueueSockets SocketsOfGrpc() {
  static const int set = FindSet();
  return {set, [population = Population(set)]() mutable { return population.Count(); }};
}

}  // namespace flux::gateway

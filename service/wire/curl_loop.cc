// Chooses the group of a transfer: one with a free connection, else one with room.
#include "service/wire/curl_loop.h"

#include <algorithm>
#include <utility>

#include "service/wire/curl_group.h"

namespace flux::fal {

CurlLoop::CurlLoop(asio::io_context& loop, CurlLoopOptions options) : loop_(loop), options_(options) {
  groups_.push_back(std::make_unique<Group>(loop_, options_.own_sockets, nullptr));
}

CurlLoop::~CurlLoop() = default;

void CurlLoop::Add(void* easy, Done done) {
  Choose().Add(easy, std::move(done));
}

void CurlLoop::Remove(void* easy) {
  void* group = nullptr;  // no member of a group that is gone: its transfers have ended
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &group);
  for (const auto& one : groups_) {
    if (one.get() == group) return one->Remove(easy);
  }
}

CurlLoop::Group& CurlLoop::Choose() {
  if (options_.most_together == 0) return *groups_.front();
  Group* roomy = nullptr;
  for (const auto& group : groups_) {
    if (group->has_idle()) return *group;
    if (roomy == nullptr && group->running() < options_.most_together) roomy = group.get();
  }
  if (roomy != nullptr) return *roomy;
  groups_.push_back(std::make_unique<Group>(loop_, options_.own_sockets, [this](const Group& unused) {
    std::erase_if(groups_, [&unused](const auto& one) { return one.get() == &unused; });
  }));
  return *groups_.back();
}

}  // namespace flux::fal

// ScriptedFal: an HTTP/1.1 server on 127.0.0.1 that answers by path, each time with the next of the answers
// that were prepared for it, and keeps what it was asked. An answer is raw bytes, so it may be anything.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/raw_server.h"

namespace flux::fakes {

// What is no answer: the connection ends, or nothing comes.
inline constexpr std::string_view kCloses = "close";
inline constexpr std::string_view kSilent = "silent";

class ScriptedFal {
 public:
  // `request_line` without the version, e.g. "GET /a/b?c=d". The last answer is repeated.
  void Answer(const std::string& request_line, std::vector<std::string> replies) {
    const std::lock_guard lock(mutex_);
    replies_[request_line].assign(replies.begin(), replies.end());
  }

  std::string url() const { return server_.url(); }
  int port() const { return server_.port(); }
  int connections() const { return connections_; }

  // Whole requests, in their order; those that begin so.
  std::vector<std::string> Asked(std::string_view begin = "") {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& request : asked_) {
      if (request.starts_with(begin)) found.push_back(request);
    }
    return found;
  }

 private:
  std::string Next(const std::string& request) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request);
    const auto found = replies_.find(request.substr(0, request.find(" HTTP/1.1")));
    if (found == replies_.end()) return HttpReply(404, "no script");
    std::string reply = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return reply;
  }

  void Serve(RawConnection& connection) {
    ++connections_;
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      const std::string reply = Next(request);
      if (reply == kCloses) return;
      if (reply == kSilent) return connection.ReadToEnd();
      connection.Write(reply);
      if (reply.find("Content-Length: ") == std::string::npos) return;  // its end is the connection's
    }
  }

  std::mutex mutex_;
  std::map<std::string, std::deque<std::string>> replies_;  // guarded by `mutex_`
  std::vector<std::string> asked_;                          // likewise
  std::atomic<int> connections_ = 0;
  RawServer server_{
      [this](RawConnection& connection, int) { Serve(connection); }};  // last: its threads use the rest
};

}  // namespace flux::fakes

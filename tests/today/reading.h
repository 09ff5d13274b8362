// Reading: what the gateway and the service of this project make of a body, from the request to what fal is
// sent, without a socket.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/today/sent.h"
#include "tests/today/worker.h"

namespace flux::today {

struct Answer {
  int status = 0;  // HTTP
  std::string body = {};
  Meaning meaning = {};  // of a 200; null otherwise
};

class Reading {
 public:
  Reading();
  ~Reading();

  Answer Read(const Sent& sent);

 private:
  struct Programs;
  const std::unique_ptr<Programs> programs_;
};

}  // namespace flux::today

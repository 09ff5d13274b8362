// LibraryLog: what gRPC and protobuf have to say goes through the program's log, as JSON lines like all
// others.
#pragma once

#include "base/log.h"

namespace flux::service {

// While one lives, lines of these libraries become {"event":"library",…}: which library, where in its source,
// and its words, from which whatever a peer has sent is left out. At most ten a second; a line tells how many
// were left out. One at a time: the libraries know only one place to write to.
class LibraryLog {
 public:
  explicit LibraryLog(Log& log);
  ~LibraryLog();
  LibraryLog(const LibraryLog&) = delete;
  LibraryLog& operator=(const LibraryLog&) = delete;
};

// What is written of a library's line: one line, without values that it quotes, at most 200 bytes. Pure.
std::string LibraryWords(std::string_view words);

}  // namespace flux::service

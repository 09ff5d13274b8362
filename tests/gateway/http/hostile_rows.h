// The tricks that clients play: what they send, what they are answered, and whether their connection lives
// on. Read by the listener's test and, as input, by the comparison with another parser.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace flux::gateway {

struct HostileRow {
  enum class Fate {
    kStays,  // another request on the connection is served
    kEnds,   // the listener closes it
    kWaits,  // nothing more is answered, since the bytes are the start of something
  };

  std::string name;
  std::string bytes;
  std::vector<int> statuses;  // of the replies, in order; all requests go to paths that answer 200
  Fate fate = Fate::kEnds;
};

void PrintTo(const HostileRow& row, std::ostream* out);

// Every row has a name of its own.
const std::vector<HostileRow>& HostileRows();

}  // namespace flux::gateway

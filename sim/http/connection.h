// The socket under a request. The HTTP library shows its handlers no socket, so it is found by its two
// addresses.
#pragma once

#include <string>

namespace flux::sim {

// The two ends of an accepted connection, as the library tells them.
struct Ends {
  std::string remote_host;
  int remote_port = 0;
  int local_port = 0;
};

// A descriptor that stays the library's, or -1. Valid while the request is served.
int FindSocket(const Ends& ends);

// Whether the peer has closed its side.
bool PeerLeft(int socket);

// Makes the connection end with a reset; whatever is written after is lost.
void ResetConnection(int socket);

// Closes both directions in good order; whatever is written after is lost.
void ShutConnection(int socket);

// Ends all connections accepted on `local_port`. The library takes them for dead and writes nothing more to
// them.
void EndConnections(int local_port);

}  // namespace flux::sim

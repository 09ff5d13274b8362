// grpc_sockets: where gRPC's sockets can be waited for. A room of this folder; nobody else includes it.
#pragma once

#include "base/queue_poller.h"

namespace flux::gateway {

// The epoll set that gRPC keeps for all its sockets, from its first use on and for as long as the process
// lives; none where gRPC has been used before, or waits in another way.
QueueSockets SocketsOfGrpc();

}  // namespace flux::gateway

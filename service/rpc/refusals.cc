// The words of the port's refusals.
#include "service/rpc/refusals.h"

#include <utility>

namespace flux::service {

Status Overloaded(std::string why) {
  Status status(Reason::kServiceOverloaded, std::move(why));
  status.retry_after = std::chrono::seconds(1);
  return status;
}

Status NoBytesLeft() {
  return Overloaded("flux-service holds as many bytes of requests and pictures as it may; try again soon");
}

Status Compressed() {
  return Status(Reason::kUnsupportedMediaType,
                "compressed messages are not taken here; send them as they are (grpc-encoding: identity)");
}

Status Stopping() {
  return Status(Reason::kServiceUnavailable, "flux-service is about to stop; nothing was started");
}

Status NotThatMessage() {
  return Status(Reason::kMalformedRequest, "the message cannot be read as this method's request");
}

}  // namespace flux::service

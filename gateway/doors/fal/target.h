// target: what a client of fal asks for: which of fal's hosts, which app, which request. Pure, total over any
// bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/http/message.h"

namespace flux::gateway {

// Names the address that a client would have asked without a proxy.
inline constexpr std::string_view kTargetHeader = "x-fal-target-url";

// fal's hosts, as far as they are served here.
enum class FalHost {
  kRun,    // fal.run: buys, and waits
  kQueue,  // queue.fal.run: buys, and tells about it
  kRest,   // rest.fal.ai: takes files
};

struct FalTarget {
  FalHost host = FalHost::kRun;
  std::string path;  // without slashes at its ends, e.g. "fal-ai/flux/dev"; may be anything
  HeaderList query;

  // The first value of this name; empty where there is none.
  std::string_view Query(std::string_view name) const;
};

// The address that a client would have asked without a proxy, as `x-fal-target-url` has it. INVALID_FIELD,
// with nothing of what was sent in it, for whatever is not one of:
//   https://fal.run/APP    https://queue.fal.run/APP[/requests/…][?logs=…&fal_webhook=…]
//   https://rest.fal.ai/storage/upload/initiate[-multipart]?storage_type=fal-cdn-v3
// to the letter: no user name, no port, no dot at the end of the host, no percent sign, backslash, white
// space or control byte, no empty and no dot segments, no fragment; at most 2,048 bytes. Capitals in the host
// are the same host.
Result<FalTarget> ReadTarget(std::string_view url);

// A path of the queue below an app: "fal-ai/flux/requests/ID/status" is app "fal-ai/flux", id "ID", verb
// "status". The verb of the result is empty. Nothing where there is no id.
struct QueueRequest {
  std::string_view app;
  std::string_view id;
  std::string_view verb;
};
std::optional<QueueRequest> RequestIn(std::string_view path);

// The owner and the alias of an app's path, "fal-ai/flux" of "fal-ai/flux/dev": where fal's queue has its
// requests.
std::string_view OwnerAndAlias(std::string_view app);

}  // namespace flux::gateway

// MaskWorker: turns masks round (mask.h) on a thread of its own, one after another, so that no loop waits for
// a large picture and no more than one is unpacked at a time.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/picture_decoder.h"
#include "base/result.h"

namespace flux::gateway {

// Thread-safe.
class MaskWorker {
 public:
  MaskWorker() : pool_(1) {}

  // MaskFromAlpha; DEADLINE_EXCEEDED where there was no time for it, CANCELLED where the caller has left.
  asio::awaitable<Result<std::string>> Turn(std::string png, std::optional<PictureSize> image,
                                            SteadyTime deadline);

 private:
  asio::thread_pool pool_;
};

}  // namespace flux::gateway

// SimulatorCheck: whether what stands for fal is flux-sim, so that callers can be told that nothing is spent.
// It is asked, never guessed from its address. Never buys, never sends a key.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "base/clock.h"
#include "service/wire/image_fetcher.h"

namespace flux::fal {

// Called on the event loop, resumes on it.
class SimulatorCheck {
 public:
  // `fal_url` is http(s)://HOST[:PORT], which `fetcher` may ask; fal itself is never asked. What is borrowed
  // outlives the check.
  SimulatorCheck(std::string fal_url, ImageFetcher& fetcher, const Clock& clock);

  // Asks again when the answer is older than half a minute. Where none comes within a second it is no, for
  // two seconds.
  asio::awaitable<bool> IsSimulator();

 private:
  const std::string question_;  // empty: it is fal
  ImageFetcher& fetcher_;
  const Clock& clock_;
  bool simulator_ = false;
  SteadyTime known_until_;
};

}  // namespace flux::fal

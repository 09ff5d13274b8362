// Delivery: fetches the pictures of a purchase for the caller and looks at each (`fetch_images`). What it
// cannot fetch or finds broken stays a URL with a warning: it is paid for and not to be lost.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>
#include <string>

#include "base/clock.h"
#include "base/options.h"
#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "service/wire/image_fetcher.h"

namespace flux::service {

// Lives on the event loop; pictures are decoded on a thread of its own. Destroyed after the loop has stopped.
class Delivery {
 public:
  // `most`: bytes of all pictures of one purchase together, so that the reply can still be sent.
  Delivery(fal::ImageFetcher& fetcher, Bytes most) : fetcher_(fetcher), most_(most) {}

  // Turns URLs into bytes, with the media type and size that the bytes themselves tell. Ends by the deadline.
  asio::awaitable<void> Fetch(v1::Generation& made, SteadyTime deadline);

 private:
  // Fetches one picture and checks it against what fal said; its bytes, type and size.
  asio::awaitable<Result<v1::GeneratedImage>> FetchOne(const v1::GeneratedImage& promised,
                                                       SteadyTime deadline, std::string& unchecked);

  fal::ImageFetcher& fetcher_;
  const Bytes most_;
  asio::thread_pool lookers_{1};
};

}  // namespace flux::service

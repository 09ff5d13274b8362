// Delivery: brings the pictures of a purchase to the caller as bytes and looks at each (`fetch_images`). What
// it cannot fetch or finds broken stays as fal gave it, with a warning: it is paid for and not to be lost.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/options.h"
#include "base/result.h"
#include "flux/v1/generation.pb.h"
#include "service/delivery/picture.h"
#include "service/wire/image_fetcher.h"

namespace flux::service {

struct DeliveryOptions {
  Bytes most{128ULL << 20};  // of all pictures of one purchase together, so that the reply can still be sent
  // Of one look, the wait for a free thread included; 0: no look is begun. 64 megapixels take 3 s of one core
  // (picture.h).
  std::chrono::milliseconds longest_look{10'000};
  unsigned lookers = 0;  // threads that look; 0: one per core
};

// Lives on the event loop; pictures are decoded on threads of its own. Destroyed after the loop has stopped.
class Delivery {
 public:
  // Borrows the fetcher.
  Delivery(fal::ImageFetcher& fetcher, DeliveryOptions options);

  // Turns URLs into bytes, with the media type and size that the bytes themselves tell, and looks at pictures
  // that came as bytes as well. Ends by the deadline; what could not be looked at by then is delivered with a
  // warning.
  asio::awaitable<void> Fetch(v1::Generation& made, SteadyTime deadline);

 private:
  struct Look;
  // A picture that was brought here, or why it was not.
  struct Brought {
    Result<v1::GeneratedImage> image;
    std::string unchecked = {};  // why nobody knows whether it is whole
  };

  // Fetches one picture and checks it against what fal said.
  asio::awaitable<Brought> FetchOne(const v1::GeneratedImage& promised, SteadyTime deadline);
  // The same for one that came as bytes; takes them out of `promised`. It is never refused: where it is
  // broken `unchecked` says so.
  asio::awaitable<Brought> LookAtOne(v1::GeneratedImage& promised, SteadyTime deadline);
  // Looks at `bytes` on another thread, and gives them back.
  asio::awaitable<Result<PictureInfo>> Inspect(std::string& bytes, PromisedPicture promised,
                                               SteadyTime deadline);

  fal::ImageFetcher& fetcher_;
  const DeliveryOptions options_;
  asio::thread_pool lookers_;
};

}  // namespace flux::service

// All pictures of a purchase at once: each is fetched if it is a URL, and looked at on one of a few threads.
#include "service/delivery/delivery.h"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/remote_event.h"
#include "base/when_all.h"

namespace flux::service {
namespace {

// What the pictures of a model's reply keep: everything but where they are.
void Fill(const PictureInfo& info, std::string bytes, v1::GeneratedImage& image) {
  image.set_data(std::move(bytes));
  if (!info.content_type.empty()) image.set_content_type(std::string(info.content_type));
  if (info.size.width == 0 || info.size.height == 0) return;
  image.set_width(info.size.width);
  image.set_height(info.size.height);
}

PromisedPicture Promise(const v1::GeneratedImage& image) {
  return {.size = {image.width(), image.height()}};
}

std::string Warning(int index, const std::string& sentence) {
  return "picture " + std::to_string(index + 1) + ": " + sentence;
}

unsigned Threads(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

// Shared by the coroutine and the thread that looks, since either may be done first.
struct Delivery::Look {
  explicit Look(asio::any_io_executor loop) : done(std::move(loop)) {}

  RemoteEvent done;
  std::string bytes;
  PromisedPicture promised;
  std::atomic<bool> abandoned{false};         // nobody waits any more
  std::optional<Result<PictureInfo>> result;  // written before `done`
};

Delivery::Delivery(fal::ImageFetcher& fetcher, DeliveryOptions options)
    : fetcher_(fetcher), options_(options), lookers_(Threads(options.lookers)) {}

asio::awaitable<Result<PictureInfo>> Delivery::Inspect(std::string& bytes, PromisedPicture promised,
                                                       SteadyTime deadline) {
  PictureInfo unknown;
  unknown.unchecked = "looking at it took too long";
  const SteadyTime begin = std::chrono::steady_clock::now();
  const SteadyTime latest = std::min(deadline, begin + options_.longest_look);
  if (latest <= begin) co_return unknown;
  const auto look = std::make_shared<Look>(co_await asio::this_coro::executor);
  look->bytes = std::move(bytes);
  look->promised = promised;
  RemoteEvent::Waiter waiter(look->done);
  asio::post(lookers_, [look] {
    if (look->abandoned) return;
    look->result = InspectPicture(look->bytes, look->promised);
    RemoteEvent::Set({look, &look->done});
  });
  if (co_await waiter.Wait(latest) == Event::Outcome::kHappened) {
    bytes = std::move(look->bytes);
    co_return *std::move(look->result);
  }
  look->abandoned = true;
  bytes = look->bytes;  // a copy: the thread may still read the original
  co_return unknown;
}

asio::awaitable<Delivery::Brought> Delivery::FetchOne(const v1::GeneratedImage& promised,
                                                      SteadyTime deadline) {
  Result<std::string> bytes = co_await fetcher_.Fetch(promised.url(), deadline);
  if (!bytes) co_return Brought{std::move(bytes).error()};
  const Result<PictureInfo> info = co_await Inspect(*bytes, Promise(promised), deadline);
  if (!info) co_return Brought{info.error()};
  v1::GeneratedImage image = promised;
  Fill(*info, *std::move(bytes), image);
  Brought brought{std::move(image), info->unchecked};
  co_return brought;
}

asio::awaitable<Delivery::Brought> Delivery::LookAtOne(v1::GeneratedImage& promised, SteadyTime deadline) {
  std::string bytes = std::move(*promised.mutable_data());
  const Result<PictureInfo> info = co_await Inspect(bytes, Promise(promised), deadline);
  v1::GeneratedImage image = std::move(promised);
  Fill(info ? *info : PictureInfo(), std::move(bytes), image);
  Brought brought{std::move(image), info ? info->unchecked : info.error().message};
  co_return brought;
}

asio::awaitable<void> Delivery::Fetch(v1::Generation& made, SteadyTime deadline) {
  std::function<asio::awaitable<Brought>(std::size_t)> each = [&](std::size_t i) {
    v1::GeneratedImage& image = *made.mutable_images(static_cast<int>(i));
    return image.has_url() ? FetchOne(image, deadline) : LookAtOne(image, deadline);
  };
  std::vector<Brought> all =
      co_await WhenAll<Brought>(static_cast<std::size_t>(made.images_size()), std::move(each));
  std::uint64_t total = 0;
  for (int i = 0; i < made.images_size(); ++i) {
    Brought& brought = all[static_cast<std::size_t>(i)];
    v1::GeneratedImage& image = *made.mutable_images(i);
    if (!brought.image) {
      made.add_warnings(Warning(i, "it was made but not fetched: " + brought.image.error().message));
      continue;
    }
    if (!brought.unchecked.empty()) {
      made.add_warnings(Warning(i, "it could not be checked: " + brought.unchecked));
    }
    total += brought.image->data().size();
    if (image.has_url() && total > options_.most.count) {
      made.add_warnings(Warning(i, "it was made but is too large for this reply beside the others"));
      continue;
    }
    image = *std::move(brought.image);
  }
}

}  // namespace flux::service

// All pictures at once; one thread looks at them, one after the other.
#include "service/delivery/delivery.h"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/when_all.h"
#include "service/delivery/picture.h"

namespace flux::service {
namespace {

// What the pictures of a model's reply keep: everything but where they are.
void Fill(const PictureInfo& info, std::string bytes, v1::GeneratedImage& image) {
  image.set_data(std::move(bytes));
  image.set_content_type(std::string(info.content_type));
  if (info.size.width == 0 || info.size.height == 0) return;
  image.set_width(info.size.width);
  image.set_height(info.size.height);
}

std::string Warning(int index, const std::string& sentence) {
  return "picture " + std::to_string(index + 1) + ": " + sentence;
}

}  // namespace

asio::awaitable<Result<v1::GeneratedImage>> Delivery::FetchOne(const v1::GeneratedImage& promised,
                                                               SteadyTime deadline, std::string& unchecked) {
  Result<std::string> bytes = co_await fetcher_.Fetch(promised.url(), deadline);
  if (!bytes) co_return std::move(bytes).error();
  const PromisedPicture told{.size = {promised.width(), promised.height()}};
  std::optional<Result<PictureInfo>> info;
  const auto look = [&]() -> asio::awaitable<void> {
    info = InspectPicture(*bytes, told);
    co_return;
  };
  // The empty slot: a look is short and is not to be torn from the bytes it reads.
  auto looked = asio::co_spawn(lookers_, look,
                               asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  co_await std::move(looked);
  if (!*info) co_return std::move(*info).error();
  unchecked = (*info)->unchecked;
  v1::GeneratedImage image = promised;
  Fill(**info, *std::move(bytes), image);
  co_return image;
}

asio::awaitable<void> Delivery::Fetch(v1::Generation& made, SteadyTime deadline) {
  using Fetched = Result<v1::GeneratedImage>;
  std::vector<int> wanted;
  for (int i = 0; i < made.images_size(); ++i) {
    if (made.images(i).has_url()) wanted.push_back(i);
  }
  std::vector<std::string> unchecked(wanted.size());
  std::function<asio::awaitable<Fetched>(std::size_t)> each = [&](std::size_t i) {
    return FetchOne(made.images(wanted[i]), deadline, unchecked[i]);
  };
  std::vector<Fetched> fetched = co_await WhenAll<Fetched>(wanted.size(), std::move(each));
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < fetched.size(); ++i) {
    if (!fetched[i]) {
      made.add_warnings(Warning(wanted[i], "it was made but not fetched: " + fetched[i].error().message));
      continue;
    }
    if (!unchecked[i].empty())
      made.add_warnings(Warning(wanted[i], "it could not be checked: " + unchecked[i]));
    total += fetched[i]->data().size();
    if (total > most_.count) {
      made.add_warnings(Warning(wanted[i], "it was made but is too large for this reply beside the others"));
      continue;
    }
    *made.mutable_images(wanted[i]) = *std::move(fetched[i]);
  }
}

}  // namespace flux::service

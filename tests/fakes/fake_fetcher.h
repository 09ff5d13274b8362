// FakeFetcher: an ImageFetcher with a picture per URL.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "service/wire/image_fetcher.h"

namespace flux::fakes {

class FakeFetcher final : public fal::ImageFetcher {
 public:
  void Answer(std::string url, Result<std::string> bytes) {
    answers_.insert_or_assign(std::move(url), std::move(bytes));
  }

  asio::awaitable<Result<std::string>> Fetch(std::string url, SteadyTime) override {
    const auto found = answers_.find(url);
    if (found == answers_.end())
      co_return Status(Reason::kUpstreamProtocol, "there is nothing at this address");
    co_return found->second;
  }

 private:
  std::map<std::string, Result<std::string>> answers_;
};

}  // namespace flux::fakes

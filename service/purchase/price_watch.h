// PriceWatch: asks fal what the models cost, at the start and every six hours, and lets what can be believed
// count. Whatever goes wrong, the last good prices stay, and no purchase waits for it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "service/catalogue/catalogue.h"
#include "service/order/prices.h"
#include "service/wire/pricing_client.h"

namespace prometheus {
class Registry;
}

namespace flux::service {

struct PriceWatchOptions {
  std::chrono::milliseconds period{6 * 3'600'000};
  std::chrono::milliseconds first_pause{60'000};  // after a failure; twice as long after each further one
  std::chrono::milliseconds longest_pause{3'600'000};
  std::chrono::milliseconds patience{60'000};  // with fal, in all
};

// Series:
//   flux_service_price_asks_total{outcome}, "answered", "refused" (the key) or "failed"
//   flux_service_price_models{source}   flux_service_price_differences
//   flux_service_prices_confirmed_timestamp_seconds: when fal was last asked with success, before that when
//   this program started
// Lives on the event loop; borrows everything, until the loop has stopped.
class PriceWatch {
 public:
  struct Parts {
    asio::any_io_executor loop;
    const Catalogue& catalogue;
    Prices& prices;
    fal::FalPricing& fal;
    prometheus::Registry& registry;
    Log& log;
    const Clock& clock;
  };
  explicit PriceWatch(Parts parts, PriceWatchOptions options = {});
  ~PriceWatch();

  // Begins to ask, and goes on until the loop stops. Called once, from any thread.
  void Start();

  // Asks once; how long to wait before the next time.
  asio::awaitable<std::chrono::milliseconds> Round();

 private:
  struct Series;

  asio::awaitable<void> Run();
  void Judge(const fal::PriceAnswer& answer);
  void Tell(const ModelRow& row, const fal::FalPrice& price, const PriceVerdict& verdict);

  const Parts parts_;
  const PriceWatchOptions options_;
  const std::unique_ptr<Series> series_;
  std::map<std::string, std::string> told_;  // by model: the difference that was logged last
  std::size_t unknown_ = 0;                  // endpoints that fal did not know the last time
  std::size_t failures_ = 0;                 // in a row
  bool refused_ = false;                     // told that the key may not
};

}  // namespace flux::service

// One coroutine: ask, judge each price, tell what is new, wait.
#include "service/purchase/price_watch.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/this_coro.hpp>
#include <utility>
#include <vector>

#include "base/event.h"

namespace flux::service {
namespace {

using Kind = PriceVerdict::Kind;

double Seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

double Dollars(std::uint64_t micro_usd) {
  return static_cast<double>(micro_usd) / 1e6;
}

}  // namespace

struct PriceWatch::Series {
  explicit Series(prometheus::Registry& registry) {
    auto& asks = prometheus::BuildCounter()
                     .Name("flux_service_price_asks_total")
                     .Help("How often fal was asked for its prices, by what came of it.")
                     .Register(registry);
    answered = &asks.Add({{"outcome", "answered"}});
    refused = &asks.Add({{"outcome", "refused"}});
    failed = &asks.Add({{"outcome", "failed"}});
    auto& models = prometheus::BuildGauge()
                       .Name("flux_service_price_models")
                       .Help("Models by who says what they cost.")
                       .Register(registry);
    from_fal = &models.Add({{"source", "fal"}});
    from_catalogue = &models.Add({{"source", "catalogue"}});
    const auto gauge = [&registry](const char* name, const char* help) {
      return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
    };
    differences = gauge("flux_service_price_differences",
                        "Models of which fal tells another price than the catalogue, taken or not.");
    confirmed = gauge("flux_service_prices_confirmed_timestamp_seconds",
                      "When fal last told its prices; before the first time, when this program started.");
  }

  prometheus::Counter* answered;
  prometheus::Counter* refused;
  prometheus::Counter* failed;
  prometheus::Gauge* from_fal;
  prometheus::Gauge* from_catalogue;
  prometheus::Gauge* differences;
  prometheus::Gauge* confirmed;
};

PriceWatch::PriceWatch(Parts parts, PriceWatchOptions options)
    : parts_(std::move(parts)), options_(options), series_(std::make_unique<Series>(parts_.registry)) {
  series_->from_catalogue->Set(static_cast<double>(parts_.catalogue.rows().size()));
  series_->confirmed->Set(Seconds(parts_.clock.WallNow()));
}

PriceWatch::~PriceWatch() = default;

void PriceWatch::Start() {
  asio::co_spawn(parts_.loop, Run(), asio::detached);
}

asio::awaitable<void> PriceWatch::Run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    const std::chrono::milliseconds pause = co_await Round();
    Event never(parts_.loop);
    co_await never.Wait(std::chrono::steady_clock::now() + pause);
  }
}

asio::awaitable<std::chrono::milliseconds> PriceWatch::Round() {
  std::vector<std::string> endpoints;
  for (const ModelRow& row : parts_.catalogue.rows()) endpoints.push_back(row.fal_endpoint);
  const Result<fal::PriceAnswer> answer =
      co_await parts_.fal.Ask(std::move(endpoints), parts_.clock.Now() + options_.patience);
  if (answer) {
    failures_ = 0;
    refused_ = false;
    series_->answered->Increment();
    series_->confirmed->Set(Seconds(parts_.clock.WallNow()));
    Judge(*answer);
    co_return options_.period;
  }
  const Status& why = answer.error();
  if (why.reason == Reason::kUpstreamAccount) {
    series_->refused->Increment();
    if (!refused_) parts_.log.Warn("prices_refused", {{"message", why.message}});
    refused_ = true;
    co_return options_.period;
  }
  series_->failed->Increment();
  if (failures_ == 0) {
    parts_.log.Warn("prices_not_told", {{"message", why.message}, {"reason", RowOf(why.reason).name}});
  }
  constexpr std::size_t kMostDoublings = 10;
  const auto doubled = options_.first_pause * (1 << std::min(failures_, kMostDoublings));
  ++failures_;
  const std::chrono::milliseconds pause = std::min(doubled, options_.longest_pause);
  co_return std::max(pause, why.retry_after.value_or(std::chrono::milliseconds(0)));
}

void PriceWatch::Judge(const fal::PriceAnswer& answer) {
  std::size_t differences = 0;
  for (const ModelRow& row : parts_.catalogue.rows()) {
    const auto price = std::ranges::find(answer.prices, row.fal_endpoint, &fal::FalPrice::endpoint);
    if (price == answer.prices.end()) continue;
    PriceVerdict verdict{.kind = Kind::kRefused, .why = "fal tells a price that is none: " + price->wrong};
    if (price->wrong.empty()) verdict = service::Judge(row.price, price->usd, price->unit);
    parts_.prices.Take(row, verdict);
    Tell(row, *price, verdict);
    if (verdict.kind != Kind::kSame) ++differences;
  }
  const auto rows = parts_.catalogue.rows();
  const auto from_fal = std::ranges::count_if(
      rows, [this](const ModelRow& row) { return parts_.prices.SourceOf(row) == v1::PRICE_SOURCE_FAL; });
  series_->from_fal->Set(static_cast<double>(from_fal));
  series_->from_catalogue->Set(static_cast<double>(rows.size()) - static_cast<double>(from_fal));
  series_->differences->Set(static_cast<double>(differences));
  if (answer.unknown.size() != unknown_) {
    unknown_ = answer.unknown.size();
    parts_.log.Warn("prices_unknown",
                    {{"endpoints", unknown_}, {"first", unknown_ == 0 ? "" : answer.unknown.front()}});
  }
}

void PriceWatch::Tell(const ModelRow& row, const fal::FalPrice& price, const PriceVerdict& verdict) {
  if (verdict.kind == Kind::kSame) {
    told_.erase(row.name);
    return;
  }
  const bool taken = verdict.kind == Kind::kTaken;
  const std::string difference = taken ? std::to_string(verdict.micro_usd) : verdict.why;
  std::string& told = told_[row.name];
  if (told == difference) return;
  told = difference;
  parts_.log.Warn("price_differs",
                  {{"model", row.name},
                   {"endpoint", row.fal_endpoint},
                   {"catalogue_usd", Dollars(row.price.first_micro_usd.value_or(row.price.micro_usd))},
                   {"fal_usd", price.usd},
                   {"unit", price.unit},
                   {"taken", taken},
                   {"message", taken ? "fal's price counts from now on" : verdict.why}});
}

}  // namespace flux::service

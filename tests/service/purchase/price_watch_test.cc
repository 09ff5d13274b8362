// Fal is asked now and then; whatever it answers, purchases go on with the last good prices.
#include "service/purchase/price_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <deque>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/series.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ScriptedPricing final : public fal::FalPricing {
 public:
  asio::awaitable<Result<fal::PriceAnswer>> Ask(std::vector<std::string> endpoints, SteadyTime) override {
    asked = std::move(endpoints);
    Result<fal::PriceAnswer> next = std::move(answers.front());
    answers.pop_front();
    co_return next;
  }
  std::vector<std::string> asked;
  std::deque<Result<fal::PriceAnswer>> answers;
};

class PriceWatchTest : public testing::Test {
 protected:
  ~PriceWatchTest() override { loop_.Stop(); }

  std::chrono::milliseconds Round(Result<fal::PriceAnswer> answer) {
    fal_.answers.push_back(std::move(answer));
    return fakes::Spawned<std::chrono::milliseconds>(loop_, watch_.Round()).Get();
  }
  std::chrono::milliseconds Price(double usd, std::string unit = "megapixels", std::string wrong = "") {
    fal::PriceAnswer answer;
    answer.prices.push_back({"fal-ai/flux/dev", usd, std::move(unit), std::move(wrong)});
    return Round(std::move(answer));
  }
  std::uint64_t Dev() const {
    return prices_.Of(*catalogue_.Find("text-to-image/dev", KindOf("text-to-image/dev"))).micro_usd;
  }
  double Series(const char* name, const std::map<std::string, std::string>& labels = {}) {
    return fakes::SeriesValue(registry_, name, labels).value_or(-1);
  }

  const Catalogue catalogue_ = Catalogue::BuiltIn();
  Prices prices_{catalogue_};
  ScriptedPricing fal_;
  prometheus::Registry registry_;
  prometheus::Registry registry_again_;
  fakes::FakeClock clock_;
  Log log_;
  EventLoop loop_{"test"};
  PriceWatch watch_{{loop_.executor(), catalogue_, prices_, fal_, registry_, log_, clock_}};
};

TEST_F(PriceWatchTest, AsksForEveryRow) {
  EXPECT_EQ(Round(fal::PriceAnswer{}), 6h);
  EXPECT_EQ(fal_.asked.size(), catalogue_.rows().size());
  EXPECT_EQ(Series("flux_service_price_asks_total", {{"outcome", "answered"}}), 1);
  EXPECT_EQ(Series("flux_service_price_models", {{"source", "fal"}}), 0);
}

TEST_F(PriceWatchTest, APriceOfFalCounts) {
  Price(0.03);
  EXPECT_EQ(Dev(), 30'000u);
  EXPECT_EQ(Series("flux_service_price_differences"),
            Series("flux_service_price_models", {{"source", "fal"}}));
  Price(0.025);
  EXPECT_EQ(Dev(), 25'000u);
  EXPECT_EQ(Series("flux_service_price_differences"), 0);
}

TEST_F(PriceWatchTest, NothingThatIsWrongChangesAnything) {
  Price(0.03);
  for (const double usd : {0.0, -1.0, 300.0, 1e300}) {
    Price(usd);
    EXPECT_EQ(Dev(), 30'000u) << usd;
  }
  Price(0.04, "seconds");
  Price(0, "megapixels", "its price is no number");
  Round(Status(Reason::kUpstreamTimeout));
  Round(Status(Reason::kUpstreamProtocol));
  Round(fal::PriceAnswer{.prices = {}, .unknown = {"fal-ai/flux/dev"}});
  EXPECT_EQ(Dev(), 30'000u);
}

TEST_F(PriceWatchTest, FailuresAreTriedAgainSoonerWithGrowingPauses) {
  EXPECT_EQ(Round(Status(Reason::kUpstreamTimeout)), 1min);
  EXPECT_EQ(Round(Status(Reason::kUpstreamUnreachable)), 2min);
  Status throttled(Reason::kUpstreamThrottled);
  throttled.retry_after = 10min;
  EXPECT_EQ(Round(throttled), 10min);
  for (int i = 0; i < 20; ++i) EXPECT_LE(Round(Status(Reason::kUpstreamError)), 1h);
  EXPECT_EQ(Price(0.025), 6h);
  EXPECT_EQ(Round(Status(Reason::kUpstreamTimeout)), 1min) << "from the beginning";
  EXPECT_EQ(Round(Status(Reason::kUpstreamAccount)), 6h) << "the key may not";
  EXPECT_EQ(Series("flux_service_price_asks_total", {{"outcome", "refused"}}), 1);
}

TEST_F(PriceWatchTest, ItsAgeIsThatOfTheLastAnswer) {
  const double start = Series("flux_service_prices_confirmed_timestamp_seconds");
  EXPECT_GT(start, 0);
  clock_.Advance(1h);
  Round(Status(Reason::kUpstreamTimeout));
  EXPECT_EQ(Series("flux_service_prices_confirmed_timestamp_seconds"), start);
  Price(0.025);
  EXPECT_EQ(Series("flux_service_prices_confirmed_timestamp_seconds"), start + 3600);
}

TEST_F(PriceWatchTest, ADifferenceIsLoggedOnce) {
  testing::internal::CaptureStderr();
  {
    Log log;
    PriceWatch watch({loop_.executor(), catalogue_, prices_, fal_, registry_again_, log, clock_});
    for (int i = 0; i < 3; ++i) {
      fal::PriceAnswer answer;
      answer.prices.push_back({"fal-ai/flux/dev", 0.03, "megapixels", ""});
      fal_.answers.emplace_back(std::move(answer));
      fakes::Spawned<std::chrono::milliseconds>(loop_, watch.Round()).Get();
    }
  }
  const std::string lines = testing::internal::GetCapturedStderr();
  const auto first = lines.find("\"model\":\"text-to-image/dev\"");
  ASSERT_NE(first, std::string::npos) << lines;
  EXPECT_EQ(lines.find("\"model\":\"text-to-image/dev\"", first + 1), std::string::npos) << lines;
  EXPECT_THAT(lines, HasSubstr("price_differs"));
}

}  // namespace
}  // namespace flux::service

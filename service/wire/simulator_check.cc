// Fetches the page on which flux-sim says its name.
#include "service/wire/simulator_check.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace flux::fal {
namespace {

// The simulator's own list of itself; fal has nothing at this path.
constexpr std::string_view kPath = "/_sim";
constexpr std::string_view kFal = "https://fal.run";

bool SaysSimulator(const std::string& body) {
  const nlohmann::json said = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  const auto program = said.is_object() ? said.find("program") : said.end();
  return program != said.end() && *program == "flux-sim";
}

}  // namespace

SimulatorCheck::SimulatorCheck(std::string fal_url, ImageFetcher& fetcher, const Clock& clock)
    : question_(fal_url == kFal ? std::string() : std::move(fal_url).append(kPath)),
      fetcher_(fetcher),
      clock_(clock) {}

asio::awaitable<bool> SimulatorCheck::IsSimulator() {
  constexpr std::chrono::seconds kFresh{30};
  constexpr std::chrono::seconds kPause{2};
  constexpr std::chrono::seconds kPatience{1};
  if (question_.empty()) co_return false;
  const SteadyTime now = clock_.Now();
  if (now < known_until_) co_return simulator_;
  known_until_ = now + kPatience;  // others are told what is known until this one knows better
  const Result<std::string> body = co_await fetcher_.Fetch(question_, now + kPatience);
  simulator_ = body && SaysSimulator(*body);
  known_until_ = now + (body ? kFresh : kPause);
  co_return simulator_;
}

}  // namespace flux::fal

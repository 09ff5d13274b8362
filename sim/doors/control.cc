// Serves the paths below /_sim: the list of faults, arming them, limits, the ledger and the requests that
// were received.
#include "sim/doors/control.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "sim/apps/body.h"
#include "sim/apps/models.h"

namespace flux::sim {
namespace {

constexpr std::uint64_t kMostArmed = 1'000'000;
constexpr std::uint64_t kMostConcurrency = 1'000'000;
constexpr std::uint64_t kMostLatencyMs = 600'000;
constexpr std::size_t kMostWords = 1'000;
constexpr std::uint64_t kMostBillingMs = 86'400'000;
constexpr double kMostCredits = 1'000'000;
constexpr double kNanoPerDollar = 1e9;

Reply Done() {
  return JsonReply(200, {{"ok", true}});
}

// The members of a body, read one by one. The first mistake is kept.
class Members {
 public:
  Members(const std::string& body, std::initializer_list<std::string_view> known) {
    ParsedJson parsed = ParseJson(body);
    if (!parsed.value || !parsed.value->is_object()) {
      mistake_ = "wanted a JSON object";
      return;
    }
    members_ = std::move(*parsed.value);
    for (const auto& [name, value] : members_.items()) {
      if (std::ranges::find(known, name) == known.end()) mistake_ = fmt::format("{}: no such member", name);
    }
  }

  const std::string& mistake() const { return mistake_; }

  bool Has(const char* name) const { return members_.contains(name); }

  std::string TextOf(const char* name, std::string_view wanted) {
    const Given value = members_.value(name, Given(""));
    if (value.is_string()) return value.get<std::string>();
    Refuse(name, wanted);
    return {};
  }

  template <typename Number = std::uint32_t>
  Number Whole(const char* name, std::uint64_t least, std::uint64_t most, Number fallback) {
    const Given value = members_.value(name, Given(fallback));
    if (value.is_number_unsigned() && value >= least && value <= most) return value.get<Number>();
    Refuse(name, fmt::format("wanted a whole number from {} to {}", least, most));
    return fallback;
  }

  double Share(const char* name) {
    const Given value = members_.value(name, Given());
    if (value.is_number() && value >= 0 && value <= 1) return value.get<double>();
    Refuse(name, "wanted a number from 0 to 1");
    return 0;
  }

  // A number in this range.
  double Number(const char* name, double least, double most, double fallback) {
    const Given value = members_.value(name, Given(fallback));
    if (value.is_number() && value >= least && value <= most) return value.get<double>();
    Refuse(name, fmt::format("wanted a number from {} to {}", least, most));
    return fallback;
  }

  bool Flag(const char* name, bool fallback) {
    const Given value = members_.value(name, Given(fallback));
    if (value.is_boolean()) return value.get<bool>();
    Refuse(name, "wanted true or false");
    return fallback;
  }

  // A list of strings that is not empty.
  std::vector<std::string> Words(const char* name) {
    const Given value = members_.value(name, Given());
    const auto is_word = [](const Given& item) { return item.is_string(); };
    if (value.is_array() && !value.empty() && value.size() <= kMostWords &&
        std::ranges::all_of(value, is_word)) {
      return value.get<std::vector<std::string>>();
    }
    Refuse(name, "wanted a list of 1 to 1000 words; GET /_sim lists them");
    return {};
  }

  void Refuse(std::string_view name, std::string_view why) {
    if (mistake_.empty()) mistake_ = fmt::format("{}: {}", name, why);
  }

 private:
  Given members_ = Given::object();
  std::string mistake_;
};

Json Faults() {
  Json faults = Json::array();
  for (const FaultRow& row : FaultRows()) {
    // Only those of a generation may stand in a prompt.
    const std::string_view prefix = row.step == FaultStep::kGeneration ? "sim:" : "";
    faults.push_back({{"word", fmt::format("{}{}", prefix, row.word)},
                      {"step", StepName(row.step)},
                      {"billed", row.billed},
                      {"meaning", row.meaning}});
  }
  return faults;
}

Json Types() {
  Json types = Json::array();
  for (const ErrorType& row : ErrorTypes()) {
    Json statuses = Json::array();
    for (const int status : row.statuses) {
      if (status != 0) statuses.push_back(status);
    }
    Json type = {{"word", fmt::format("sim:type={}", row.type)},
                 {"form", row.form == ErrorForm::kList ? "list" : "flat"},
                 {"statuses", std::move(statuses)}};
    if (row.form == ErrorForm::kList) type["retryable"] = row.retryable;
    types.push_back(std::move(type));
  }
  return types;
}

}  // namespace

const Control::Route Control::kRoutes[] = {
    {"GET", "/_sim", &Control::Index},
    {"GET", "/_sim/ledger", &Control::Bills},
    {"DELETE", "/_sim/ledger", &Control::Forget},
    {"GET", "/_sim/requests", &Control::Requests},
    {"GET", "/_sim/limits", &Control::Limits},
    {"PUT", "/_sim/limits", &Control::SetLimits},
    {"GET", "/_sim/billing", &Control::ShowBilling},
    {"PUT", "/_sim/billing", &Control::SetBilling},
    {"POST", "/_sim/faults", &Control::Arm},
    {"DELETE", "/_sim/faults", &Control::Disarm},
    {"GET", "/_sim/chaos", &Control::ShowChaos},
    {"PUT", "/_sim/chaos", &Control::SetChaos},
    {"DELETE", "/_sim/chaos", &Control::EndChaos},
};

Reply Control::Answer(const Request& request) {
  for (const Route& route : kRoutes) {
    if (route.method == request.method && route.path == request.path) return (this->*route.handler)(request);
  }
  return DetailReply(404, "Not Found");
}

Reply Control::Index(const Request&) {
  Json models = Json::array();
  for (const Model& model : Models()) models.push_back(model.endpoint);
  Json routes = {"POST /<model>",
                 "GET /files/<animal>/<name>",
                 "queue: POST /<model>",
                 "queue: GET /<model>/requests/<id>/status",
                 "queue: GET /<model>/requests/<id>/status/stream",
                 "queue: GET /<model>/requests/<id>",
                 "queue: PUT /<model>/requests/<id>/cancel",
                 "platform: GET /v1/models/requests/by-endpoint",
                 "platform: GET /v1/models/billing-events",
                 "platform: GET /v1/account/billing",
                 "platform: GET /v1/models/pricing",
                 "GET /api/openapi/queue/openapi.json",
                 "GET /_sim/prices",
                 "PUT /_sim/prices",
                 "DELETE /_sim/prices"};
  for (const Route& route : kRoutes) routes.push_back(fmt::format("{} {}", route.method, route.path));
  return JsonReply(200, {{"program", "flux-sim"},
                         {"version", Version()},
                         {"models", std::move(models)},
                         {"faults", Faults()},
                         {"error_types", Types()},
                         {"routes", std::move(routes)}});
}

Reply Control::Bills(const Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name == "prompt" || name == "request_id" || name == "endpoint" || name == "door") continue;
    return DetailReply(422, fmt::format("{}: no such parameter", name));
  }
  Json bills = ledger_.Bills({.prompt = request.Query("prompt"),
                              .request_id = request.Query("request_id"),
                              .endpoint = request.Query("endpoint"),
                              .door = request.Query("door")});
  const Admission::Counts counts = admission_.Now();
  bills["in_flight"] = counts.in_flight;
  bills["peak_in_flight"] = counts.peak;
  bills["refused"] = counts.refused;
  return JsonReply(200, bills);
}

Reply Control::Forget(const Request&) {
  ledger_.Reset();
  history_.Reset();
  charges_.Reset();
  admission_.Reset();
  return Done();
}

Reply Control::Requests(const Request&) {
  return JsonReply(200, ledger_.Requests());
}

Reply Control::Limits(const Request&) {
  return JsonReply(200, {{"max_concurrency", admission_.limit()}, {"latency_ms", pause_.latency().count()}});
}

Reply Control::SetLimits(const Request& request) {
  Members members(request.body, {"max_concurrency", "latency_ms"});
  const std::uint32_t concurrency = members.Whole("max_concurrency", 0, kMostConcurrency, 0U);
  const std::uint32_t latency_ms = members.Whole("latency_ms", 0, kMostLatencyMs, 0U);
  if (!members.mistake().empty()) return DetailReply(422, members.mistake());
  if (members.Has("max_concurrency")) admission_.set_limit(concurrency);
  if (members.Has("latency_ms")) pause_.set_latency(std::chrono::milliseconds(latency_ms));
  return Limits(request);
}

Reply Control::ShowBilling(const Request&) {
  const BillingHabits habits = charges_.habits();
  return JsonReply(200, {{"percent_discount", habits.percent_discount},
                         {"lag_ms", habits.lag.count()},
                         {"provisional_ms", habits.provisional.count()},
                         {"short_ids", habits.short_ids},
                         {"credits_usd", static_cast<double>(habits.credits_nano_usd) / kNanoPerDollar}});
}

Reply Control::SetBilling(const Request& request) {
  Members members(request.body, {"percent_discount", "lag_ms", "provisional_ms", "short_ids", "credits_usd"});
  BillingHabits habits = charges_.habits();
  habits.percent_discount = members.Number("percent_discount", 0, 100, habits.percent_discount);
  const auto ms = [&members](const char* name, std::chrono::milliseconds now) {
    const auto fallback = static_cast<std::uint64_t>(now.count());
    return std::chrono::milliseconds(members.Whole<std::uint64_t>(name, 0, kMostBillingMs, fallback));
  };
  habits.lag = ms("lag_ms", habits.lag);
  habits.provisional = ms("provisional_ms", habits.provisional);
  habits.short_ids = members.Flag("short_ids", habits.short_ids);
  habits.credits_nano_usd =
      std::llround(members.Number("credits_usd", -kMostCredits, kMostCredits,
                                  static_cast<double>(habits.credits_nano_usd) / kNanoPerDollar) *
                   kNanoPerDollar);
  if (!members.mistake().empty()) return DetailReply(422, members.mistake());
  charges_.set_habits(habits);
  return ShowBilling(request);
}

Reply Control::Arm(const Request& request) {
  Members members(request.body, {"fault", "count", "after", "model"});
  Result<Fault> fault = ParseFault(members.TextOf("fault", "wanted a word; GET /_sim lists them"));
  if (!fault) members.Refuse("fault", fault.error().message + "; GET /_sim lists the words");
  const std::uint32_t count = members.Whole("count", 1, kMostArmed, 1U);
  const std::uint32_t after = members.Whole("after", 0, kMostArmed, 0U);
  const std::string model = members.TextOf("model", "wanted an endpoint, e.g. fal-ai/flux/dev");
  if (members.Has("model") && FindModel(model) == nullptr) {
    members.Refuse("model", fmt::format("there is no {}; GET /_sim lists the models", model));
  }
  if (!members.mistake().empty()) return DetailReply(422, members.mistake());
  armed_.Arm({*fault, count, after, model});
  return Done();
}

Reply Control::Disarm(const Request&) {
  armed_.Clear();
  return Done();
}

Reply Control::ShowChaos(const Request&) {
  const Chaos chaos = armed_.chaos();
  Json drawn = Json::object();
  for (const auto& [word, count] : chaos.drawn()) drawn[word] = count;
  return JsonReply(200, {{"seed", chaos.plan().seed},
                         {"rate", chaos.plan().rate},
                         {"faults", chaos.plan().words},
                         {"drawn", std::move(drawn)}});
}

Reply Control::SetChaos(const Request& request) {
  Members members(request.body, {"seed", "rate", "faults"});
  Chaos::Plan plan;
  plan.seed = members.Whole("seed", 0, std::numeric_limits<std::uint64_t>::max(), std::uint64_t{0});
  plan.rate = members.Share("rate");
  plan.words = members.Words("faults");
  for (const std::string& word : plan.words) {
    if (const Result<Fault> fault = ParseFault(word); !fault) {
      members.Refuse("faults", fault.error().message + "; GET /_sim lists the words");
    }
  }
  if (!members.mistake().empty()) return DetailReply(422, members.mistake());
  armed_.SetChaos(Chaos(std::move(plan)));
  return ShowChaos(request);
}

Reply Control::EndChaos(const Request&) {
  armed_.SetChaos(Chaos());
  return Done();
}

}  // namespace flux::sim

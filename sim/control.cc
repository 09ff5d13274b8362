// A handful of routes.
#include "sim/control.h"

#include <spdlog/fmt/fmt.h>

#include <optional>

#include "base/options.h"
#include "sim/body.h"
#include "sim/models.h"

namespace flux::sim {
namespace {

constexpr std::uint32_t kMostArmed = 1'000'000;

Reply Index() {
  Json models = Json::array();
  for (const Model& model : Models()) models.push_back(model.endpoint);
  Json faults = Json::array();
  for (const FaultRow& row : FaultRows()) {
    faults.push_back(
        {{"word", fmt::format("sim:{}", row.word)}, {"billed", row.billed}, {"meaning", row.meaning}});
  }
  return JsonReply(
      200, {{"program", "flux-sim"},
            {"version", Version()},
            {"models", std::move(models)},
            {"faults", std::move(faults)},
            {"routes",
             {"POST /<model>", "GET /files/<animal>/<name>", "GET /_sim", "GET /_sim/ledger",
              "DELETE /_sim/ledger", "GET /_sim/requests", "POST /_sim/faults", "DELETE /_sim/faults"}}});
}

Reply Done() {
  return JsonReply(200, {{"ok", true}});
}

}  // namespace

Reply Control::Bills() const {
  Json bills = ledger_.Bills();
  const Admission::Counts counts = admission_.Now();
  bills["in_flight"] = counts.in_flight;
  bills["peak_in_flight"] = counts.peak;
  return JsonReply(200, bills);
}

Reply Control::Arm(const std::string& body) {
  constexpr std::string_view kWanted =
      R"(wanted {"fault": "<word>", "count": <1 to 1000000>}; GET /_sim lists the words)";
  const ParsedJson parsed = ParseJson(body);
  if (!parsed.value || !parsed.value->is_object()) return DetailReply(422, kWanted);
  const Given word = parsed.value->value("fault", Given());
  const Given count = parsed.value->value("count", Given(1U));
  if (!word.is_string() || !count.is_number_unsigned()) return DetailReply(422, kWanted);
  const auto times = count.get<std::uint64_t>();
  const std::optional<Fault> fault = FaultNamed(word.get<std::string>());
  if (!fault || times < 1 || times > kMostArmed) return DetailReply(422, kWanted);
  armed_.Arm(*fault, static_cast<std::uint32_t>(times));
  return Done();
}

Reply Control::Answer(std::string_view method, std::string_view path, const std::string& body) {
  if (path == "/_sim" && method == "GET") return Index();
  if (path == "/_sim/ledger" && method == "GET") return Bills();
  if (path == "/_sim/requests" && method == "GET") return JsonReply(200, ledger_.Requests());
  if (path == "/_sim/faults" && method == "POST") return Arm(body);
  if (path == "/_sim/faults" && method == "DELETE") {
    armed_.Clear();
    return Done();
  }
  if (path == "/_sim/ledger" && method == "DELETE") {
    ledger_.Reset();
    admission_.ResetPeak();
    return Done();
  }
  return DetailReply(404, "Not Found");
}

}  // namespace flux::sim

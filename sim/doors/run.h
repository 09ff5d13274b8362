// Run: fal.run. One call, one answer, made while the caller waits (fal-api §2).
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "sim/doors/generator.h"
#include "sim/http/request.h"
#include "sim/ledger/history.h"

namespace flux::sim {

// Borrowed; all of them outlive the door.
struct RunParts {
  const Clock& clock;
  Generator& generator;
  Admission& admission;
  Pause& pause;
  ArmedFaults& armed;
  Ledger& ledger;
  History& history;
  Log& log;
};

// A request as the generator sees it; `base_url` is what the URLs of its pictures start with.
Call CallOf(std::string_view door, Request& request, std::string base_url);

// What the ledger keeps of a request.
Received ReceivedFrom(const Request& request, const Call& call);

// Whether fal keeps the payloads of a request (fal-api §15, X-Fal-Store-IO).
bool KeepsPayloads(const Request& request);

// Thread-safe; a call blocks until its picture is ready.
class Run {
 public:
  using BaseUrl = std::function<std::string(const Request&)>;

  // `runner_id` is told as x-fal-served-from.
  Run(RunParts parts, BaseUrl base_url, std::string runner_id);

  Reply Answer(Request& request);

  // What happens to a request before its body is read.
  std::optional<Reply> Unread(const Request& head);

 private:
  Reply Generate(const Request& request, const Call& call);

  const RunParts parts_;
  const BaseUrl base_url_;
  const std::string runner_id_;
};

}  // namespace flux::sim

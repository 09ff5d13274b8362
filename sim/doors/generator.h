// Generator: answers one call as fal.run does. The order is fal's as far as it is known (fal-api §10.2): key,
// app, concurrency, path, body. It knows no sockets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sim/apps/problems.h"
#include "sim/doors/admission.h"
#include "sim/faults/armed_faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/ledger/ledger.h"
#include "sim/pictures/files.h"
#include "sim/pictures/gallery.h"
#include "sim/pictures/inputs.h"
#include "sim/random.h"

namespace flux::sim {

struct GeneratorSettings {
  std::string key;
  Dialect dialect = Dialect::kPydantic2;
};

// Borrowed; all of them outlive the generator.
struct GeneratorParts {
  const Clock& clock;
  Random& random;
  Gallery& gallery;
  Files& files;
  Ledger& ledger;
  Admission& admission;
  ArmedFaults& armed;
  Pause& pause;  // its latency is added to every generation that is billed
};

// One call as it came in.
struct Call {
  std::string method;
  std::string endpoint;  // the path without its first "/"
  std::string authorization;
  std::string content_type;
  std::string body;
  std::string request_id;
  std::string base_url;        // of the files that it makes
  std::function<bool()> left;  // whether the caller is gone
};

// Thread-safe; a call blocks until its picture is ready.
class Generator {
 public:
  // A picture with more pixels is answered as an app out of memory is: 503 (fal-api §3.1).
  static constexpr std::int64_t kMostPixels = std::int64_t{4096} * 4096;

  Generator(GeneratorSettings settings, GeneratorParts parts);

  Reply Answer(const Call& call);

 private:
  struct Order;

  Reply Generate(const Call& call, FaultScene scene, const Order& order);
  Reply Pictures(const Call& call, const Order& order, const std::optional<Fault>& fault, SteadyTime started);
  Json OnePicture(const Call& call, const Order& order, std::int64_t index, bool black);

  const GeneratorSettings settings_;
  const GeneratorParts parts_;
};

}  // namespace flux::sim

// Generator: makes pictures as fal's apps do, in steps that the doors put together: refuse the key or the
// app, prepare (path and body), wait, make. The order is fal's as far as it is known (fal-api §10.2), with
// the concurrency limit between the first two. It knows no sockets and does not wait.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "sim/apps/models.h"
#include "sim/apps/problems.h"
#include "sim/apps/size.h"
#include "sim/doors/admission.h"
#include "sim/faults/armed_faults.h"
#include "sim/http/pause.h"
#include "sim/http/reply.h"
#include "sim/ledger/ledger.h"
#include "sim/pictures/codec.h"
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
  std::string_view door;  // "run" or "queue"
  std::string method;
  std::string endpoint;  // the path without its first "/"
  std::string authorization;
  std::string content_type;
  std::string body;
  std::string request_id;
  std::string base_url;  // of the files that it makes
  std::string webhook;   // who is told of the result; empty: nobody
  // How long it may take until it starts; absent: for ever.
  std::optional<std::chrono::milliseconds> start_limit = {};
  bool low_priority = false;  // in the queue, after what is not
};

// A generation that passed every check: from here on fal bills, whether or not anybody hears of it (fal-api
// §2).
struct Making {
  const Model* model = nullptr;
  Given values;
  Pixels size;
  Json seed;
  std::int64_t images = 1;
  double units = 0;
  Format format = Format::kJpeg;
  std::string input_sha256;  // of the body as JSON with sorted keys, compact; lower-case hex
  std::optional<Fault> fault;
  std::optional<Reply> answer;        // of the fault, in place of pictures
  std::chrono::milliseconds time{0};  // to wait before it is made
  SteadyTime started;

  std::string prompt() const { return values.value("prompt", ""); }
  // Whether it stops early when nobody wants it any more.
  bool stops() const { return fault && fault->kind() == FaultKind::kHang; }
};

// The part of `reply` that fal's history keeps: not the pictures of sync_mode (fal-api §1.1).
std::string_view KeptOutput(const Making& making, const Reply& reply);

// Thread-safe.
class Generator {
 public:
  // A picture with more pixels is answered as an app out of memory is: 503 (fal-api §3.1).
  static constexpr std::int64_t kMostPixels = std::int64_t{4096} * 4096;

  Generator(GeneratorSettings settings, GeneratorParts parts);

  // What fal's edge refuses before it looks further: no app, a bad key.
  std::optional<Reply> Refuse(const Call& call) const;

  // Checks the rest. A reply when that is the end of it, billed or not.
  std::variant<Reply, Making> Prepare(const Call& call);

  // Paints, once the time is over, and writes the bill. `unwanted`: the caller left or cancelled, and a
  // generation that stops was stopped. The reply is whole; Damaged() does to it what the fault says.
  Reply Make(const Call& call, const Making& making, bool unwanted);

 private:
  Reply Pictures(const Call& call, const Making& making);
  Json OnePicture(const Call& call, const Making& making, std::int64_t index, bool black);

  const GeneratorSettings settings_;
  const GeneratorParts parts_;
};

}  // namespace flux::sim

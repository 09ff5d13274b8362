// Refuse, or wait and paint; then write the bill before anything is sent.
#include "sim/generator.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "sim/auth.h"
#include "sim/base64.h"
#include "sim/body.h"
#include "sim/validate.h"

namespace flux::sim {

// What is to be made: a body that has passed every check.
struct Generator::Order {
  Given values;
  Pixels size;
  Json seed;
  std::int64_t images = 1;
  bool png = false;

  std::string content_type() const { return png ? "image/png" : "image/jpeg"; }
  std::int64_t units() const { return BillableUnits(size, images); }
  std::string prompt() const { return values.value("prompt", ""); }
};

Generator::Generator(GeneratorSettings settings, GeneratorParts parts)
    : settings_(std::move(settings)), parts_(parts) {}

Reply Generator::Answer(const Call& call) {
  std::string_view app, path;
  if (!SplitEndpoint(call.endpoint, app, path)) return DetailReply(404, "Not Found");
  if (auto refusal = RefuseKey(call.authorization, settings_.key, app)) return *std::move(refusal);
  if (!AppExists(app)) {
    return DetailReply(404, fmt::format("Application '{}' not found", app.substr(app.find('/') + 1)));
  }
  const Admission::Slot slot = parts_.admission.Enter();
  if (slot == nullptr) return ConcurrencyReply(429, parts_.admission.limit());
  const Model* const model = FindModel(call.endpoint);
  if (model == nullptr) return DetailReply(404, fmt::format("Path /{} not found", path));
  if (call.method != "POST") {
    Reply reply = DetailReply(405, "Method Not Allowed");
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }

  Problems problems(settings_.dialect);
  const std::optional<Given> body = ReadBody(call.content_type, call.body, problems);
  Order order;
  if (body) order.values = Validate(*model, *body, problems);
  if (!problems.empty()) return ValidationReply(problems.items());
  Inputs inputs = LoadInputs(*model, order.values, parts_.files, call.base_url);
  if (inputs.refusal) return *std::move(inputs.refusal);

  order.size = SizeOf(order.values, inputs.size);
  if (order.size.Area() > kMostPixels) return DetailReply(503, "CUDA error: out of memory");
  order.images = order.values.value("num_images", std::int64_t{1});
  order.png = order.values.value("output_format", "") == "png";
  order.seed = order.values.contains("seed") ? Json(order.values["seed"]) : Json(parts_.random.Seed());
  return Generate(call, path, order);
}

Reply Generator::Generate(const Call& call, std::string_view path, const Order& order) {
  std::optional<Fault> fault = parts_.armed.Take();
  if (!fault) fault = FaultIn(order.prompt());
  const auto is = [&fault](FaultKind kind) { return fault && fault->kind == kind; };
  std::optional<Reply> canned;
  if (fault) canned = CannedReply(fault->kind, {std::string(path), order.prompt(), parts_.admission.limit()});
  if (canned && !RowOf(fault->kind).billed) return *std::move(canned);

  // From here on fal bills, whether or not the caller hears of it (fal-api §2).
  const SteadyTime started = parts_.clock.Now();
  const auto time = settings_.latency + (fault ? fault->delay : std::chrono::milliseconds(0));
  const auto outcome = parts_.pause.For(time, is(FaultKind::kHang) ? call.left : nullptr);
  if (outcome == Pause::Outcome::kStopped) {
    return RequestErrorReply(503, "runner_disconnected", "The simulator is stopping");
  }
  Reply reply;
  if (outcome == Pause::Outcome::kLeft) {
    reply = DetailReply(499, "Request cancelled by the client.");
  } else if (canned) {
    reply = *std::move(canned);
  } else {
    const bool checked = order.values.value("enable_safety_checker", true);
    reply = Pictures(call, order, is(FaultKind::kNsfw) && checked, started);
  }
  if (is(FaultKind::kHuge)) reply.announced_bytes = kHugeBytes;
  if (is(FaultKind::kCut)) {
    reply.announced_bytes = reply.body.size();
    reply.body.resize(reply.body.size() / 2);
    reply.ending = Reply::Ending::kCut;
  }
  if (is(FaultKind::kReset)) reply.ending = Reply::Ending::kReset;
  reply.headers.emplace_back("x-fal-billable-units", std::to_string(order.units()));
  parts_.ledger.Bill({call.request_id, call.endpoint, order.units(), order.images, order.seed,
                      reply.ending == Reply::Ending::kReset ? 0 : reply.status,
                      Iso8601(parts_.clock.WallNow())});
  return reply;
}

Reply Generator::Pictures(const Call& call, const Order& order, bool black, SteadyTime started) {
  const std::string prompt = order.prompt();
  Json images = Json::array();
  Json flags = Json::array();
  for (std::int64_t i = 0; i < order.images; ++i) {
    const Picture picture = black ? Black(order.size) : Paint(prompt, Text(order.seed), i, order.size);
    images.push_back({{"url", Publish(call, order, picture)},
                      {"width", order.size.width},
                      {"height", order.size.height},
                      {"content_type", order.content_type()}});
    flags.push_back(black);
  }
  const std::chrono::duration<double> took = parts_.clock.Now() - started;
  return JsonReply(200, {{"images", std::move(images)},
                         {"timings", {{"inference", took.count()}}},
                         {"seed", order.seed},
                         {"has_nsfw_concepts", std::move(flags)},
                         {"prompt", prompt}});
}

std::string Generator::Publish(const Call& call, const Order& order, const Picture& picture) {
  std::string bytes = order.png ? EncodePng(picture) : EncodeJpeg(picture);
  if (order.values.value("sync_mode", false)) {
    return fmt::format("data:{};base64,{}", order.content_type(), Base64(bytes));
  }
  return call.base_url + parts_.files.Put(parts_.random.Name(), {std::move(bytes), order.content_type()});
}

}  // namespace flux::sim

// Answers one generation: refuses it, or waits and paints the picture. The bill is written before anything is
// sent.
#include "sim/doors/generator.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "base/base64.h"
#include "sim/apps/body.h"
#include "sim/apps/validate.h"
#include "sim/doors/auth.h"

namespace flux::sim {

// What is to be made: a body that has passed every check.
struct Generator::Order {
  const Model* model = nullptr;
  Given values;
  Pixels size;
  Json seed;
  std::int64_t images = 1;
  std::int64_t units = 0;
  Format format = Format::kJpeg;

  std::string prompt() const { return values.value("prompt", ""); }
  // What the reply says it was: fal's apps may enhance it (fal-api §1.6).
  std::string told_prompt() const {
    const bool enhanced =
        values.value("enhance_prompt", false) || values.value("enable_prompt_expansion", false);
    return enhanced ? prompt() + ", highly detailed" : prompt();
  }
};

namespace {

Format FormatOf(const Given& values) {
  const std::string name = values.value("output_format", "");
  if (name == "png") return Format::kPng;
  return name == "webp" ? Format::kWebp : Format::kJpeg;
}

}  // namespace

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

  const std::optional<Pixels> size = SizeOf(order.values, inputs.size, model->ratio_megapixels);
  if (!size) return FieldReply({"body", "aspect_ratio"}, "Aspect ratio must be between 21:9 and 9:21");
  if (size->Area() > kMostPixels) return DetailReply(503, "CUDA error: out of memory");
  order.model = model;
  order.size = *size;
  order.images = order.values.value("num_images", std::int64_t{1});
  order.units = BillableUnits(model->unit, order.size, order.images, inputs.sizes);
  order.format = FormatOf(order.values);
  order.seed = order.values.contains("seed") ? Json(order.values["seed"]) : Json(parts_.random.Seed());
  return Generate(call, {std::string(app), std::string(path), order.prompt(), parts_.admission.limit()},
                  order);
}

Reply Generator::Generate(const Call& call, FaultScene scene, const Order& order) {
  std::optional<Fault> fault = parts_.armed.Take(call.endpoint);
  if (!fault) fault = FaultIn(scene.prompt);
  const auto is = [&fault](FaultKind kind) { return fault && fault->kind() == kind; };
  std::optional<Reply> answer;
  if (fault) answer = FaultAnswer(*fault, scene);
  if (answer && !fault->billed) return *std::move(answer);

  // From here on fal bills, whether or not the caller hears of it (fal-api §2).
  const SteadyTime started = parts_.clock.Now();
  const bool waits = is(FaultKind::kSlow) || is(FaultKind::kHang);
  const auto time = parts_.pause.latency() + (waits ? fault->time : std::chrono::milliseconds(0));
  const auto outcome = parts_.pause.For(time, is(FaultKind::kHang) ? call.left : nullptr);
  if (outcome == Pause::Outcome::kStopped) {
    return RequestErrorReply(503, "runner_disconnected", "The simulator is stopping");
  }
  Reply reply;
  if (outcome == Pause::Outcome::kLeft) {
    reply = DetailReply(499, "Request cancelled by the client.");
  } else if (answer) {
    reply = *std::move(answer);
  } else {
    reply = Pictures(call, order, fault, started);
  }
  if (is(FaultKind::kHuge)) reply.announced_bytes = kHugeBytes;
  if (is(FaultKind::kCut)) {
    reply.announced_bytes = reply.body.size();
    reply.body.resize(reply.body.size() / 2);
    reply.ending = Reply::Ending::kCut;
  }
  if (is(FaultKind::kReset)) reply.ending = Reply::Ending::kReset;
  if (is(FaultKind::kShut)) reply.ending = Reply::Ending::kShut;
  if (is(FaultKind::kDrip)) reply.spread = fault->time;
  const bool silent = is(FaultKind::kReset) || is(FaultKind::kShut);
  reply.headers.emplace_back("x-fal-billable-units", std::to_string(order.units));
  parts_.ledger.Bill({call.request_id, call.endpoint, order.units, order.images, order.seed,
                      silent ? 0 : reply.status, Iso8601(parts_.clock.WallNow())});
  return reply;
}

Reply Generator::Pictures(const Call& call, const Order& order, const std::optional<Fault>& fault,
                          SteadyTime started) {
  const bool black =
      fault && fault->kind() == FaultKind::kNsfw && order.values.value("enable_safety_checker", true);
  const bool bare = fault && fault->kind() == FaultKind::kBare;
  Json images = Json::array();
  Json flags = Json::array();
  for (std::int64_t i = 0; i < order.images; ++i) {
    Json image = OnePicture(call, order, i, black);
    images.push_back(bare ? Json{{"url", std::move(image["url"])}} : std::move(image));
    flags.push_back(black);
  }
  if (order.model->reply == ReplyForm::kImagesAndSeed) {
    return JsonReply(200, {{"images", std::move(images)}, {"seed", order.seed}});
  }
  const std::chrono::duration<double> took = parts_.clock.Now() - started;
  return JsonReply(200, {{"images", std::move(images)},
                         {"timings", {{"inference", took.count()}}},
                         {"seed", order.seed},
                         {"has_nsfw_concepts", std::move(flags)},
                         {"prompt", order.told_prompt()}});
}

Json Generator::OnePicture(const Call& call, const Order& order, std::int64_t index, bool black) {
  const std::string prompt = order.prompt();
  const std::string seed = Text(order.seed);
  const auto bytes = parts_.gallery.Get({prompt, seed, index, order.size, order.format, black});
  const std::string type(ContentType(order.format));
  std::string url, file_name;
  if (order.values.value("sync_mode", false)) {
    url = fmt::format("data:{};base64,", type);
    AppendBase64(*bytes, url);
  } else {
    const std::string path = parts_.files.Put(parts_.random.Name(), {*bytes, type});
    file_name = path.substr(path.rfind('/') + 1);
    url = call.base_url + path;
  }
  if (order.model->picture == PictureForm::kSized) {
    return {{"url", std::move(url)},
            {"width", order.size.width},
            {"height", order.size.height},
            {"content_type", type}};
  }
  return {{"url", std::move(url)},
          {"content_type", type},
          {"file_name", file_name.empty() ? Json() : Json(file_name)},
          {"file_size", bytes->size()},
          {"width", order.size.width},
          {"height", order.size.height}};
}

}  // namespace flux::sim

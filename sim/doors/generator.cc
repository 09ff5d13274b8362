// Makes one generation: refuses it, or paints the picture. The bill is written before anything is sent.
#include "sim/doors/generator.h"

#include <absl/strings/escaping.h>
#include <openssl/sha.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64.h"
#include "sim/apps/body.h"
#include "sim/apps/validate.h"
#include "sim/doors/auth.h"

namespace flux::sim {
namespace {

constexpr int kMostOutpainted = 2560;  // of a side (fal-api §13, seen elsewhere)

Format FormatOf(const Given& values) {
  const std::string name = values.value("output_format", "");
  if (name == "png") return Format::kPng;
  return name == "webp" ? Format::kWebp : Format::kJpeg;
}

// What the reply says the prompt was: fal's apps may enhance it (fal-api §1.6).
std::string ToldPrompt(const Making& making) {
  const bool enhanced =
      making.values.value("enhance_prompt", false) || making.values.value("enable_prompt_expansion", false);
  return enhanced ? making.prompt() + ", highly detailed" : making.prompt();
}

std::string Sha256(const Given& value) {
  const std::string text = value.dump();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace

std::string_view KeptOutput(const Making& making, const Reply& reply) {
  return making.values.value("sync_mode", false) ? std::string_view() : std::string_view(reply.body);
}

Generator::Generator(GeneratorSettings settings, GeneratorParts parts)
    : settings_(std::move(settings)), parts_(parts) {}

std::optional<Reply> Generator::Refuse(const Call& call) const {
  std::string_view app, path;
  if (!SplitEndpoint(call.endpoint, app, path)) return DetailReply(404, "Not Found");
  if (auto refusal = RefuseKey(call.authorization, settings_.key, app)) return refusal;
  if (AppExists(app)) return std::nullopt;
  return DetailReply(404, fmt::format("Application '{}' not found", app.substr(app.find('/') + 1)));
}

std::variant<Reply, Making> Generator::Prepare(const Call& call) {
  std::string_view app, path;
  SplitEndpoint(call.endpoint, app, path);
  const Model* const model = FindModel(call.endpoint);
  if (model == nullptr) return DetailReply(404, fmt::format("Path /{} not found", path));
  if (call.method != "POST") {
    Reply reply = DetailReply(405, "Method Not Allowed");
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }

  Problems problems(settings_.dialect);
  const std::optional<Given> body = ReadBody(call.content_type, call.body, problems);
  Making making;
  if (body) making.values = Validate(*model, *body, problems);
  if (!problems.empty()) return ValidationReply(problems.items());
  Inputs inputs = LoadInputs(*model, making.values, parts_.files, call.base_url);
  if (inputs.refusal) return *std::move(inputs.refusal);

  const std::optional<Pixels> size = ResultSize(*model, making.values, inputs.size);
  if (!size) return FieldReply({"body", "aspect_ratio"}, "Aspect ratio must be between 21:9 and 9:21");
  if (model->free_input > 0 && std::max(size->width, size->height) > kMostOutpainted) {
    return FieldReply({"body"}, "The expanded image must not be larger than 2560 pixels per side.");
  }
  if (size->Area() > kMostPixels) return DetailReply(503, "CUDA error: out of memory");
  making.model = model;
  making.size = *size;
  making.images = making.values.value("num_images", std::int64_t{1});
  making.units = BillableUnits(*model, making.values, making.size, making.images, inputs.sizes);
  making.format = FormatOf(making.values);
  making.seed = making.values.contains("seed") ? Json(making.values["seed"]) : Json(parts_.random.Seed());
  making.input_sha256 = Sha256(*body);

  making.fault = parts_.armed.Take(FaultStep::kGeneration, call.endpoint);
  if (!making.fault) making.fault = FaultIn(making.prompt());
  if (making.fault) {
    making.answer = FaultAnswer(
        *making.fault, {std::string(app), std::string(path), making.prompt(), parts_.admission.limit()});
    if (making.answer && !making.fault->billed) return *std::move(making.answer);
  }
  if (making.fault && making.fault->kind() == FaultKind::kCold) {
    if (call.start_limit && *call.start_limit < making.fault->time) return StartTimeoutReply();
    making.time += making.fault->time;
  }
  making.started = parts_.clock.Now();
  making.time += parts_.pause.latency();
  if (making.fault && (making.fault->kind() == FaultKind::kSlow || making.stops())) {
    making.time += making.fault->time;
  }
  return making;
}

Reply Generator::Make(const Call& call, const Making& making, bool unwanted) {
  Reply reply;
  if (unwanted) {
    reply = DetailReply(499, "Request cancelled by the client.");
  } else {
    reply = making.answer ? *making.answer : Pictures(call, making);
  }
  // A caller of fal.run whose connection breaks is told nothing; the queue keeps what it would have been
  // told.
  const bool silent = call.door == "run" && making.fault &&
                      (making.fault->kind() == FaultKind::kReset || making.fault->kind() == FaultKind::kShut);
  const bool untold = making.fault && making.fault->untold;
  reply.headers.emplace_back("x-fal-billable-units", fmt::format("{}", untold ? 0 : making.units));
  parts_.ledger.Bill({.request_id = call.request_id,
                      .endpoint = call.endpoint,
                      .door = call.door,
                      .billable_units = making.units,
                      .images = making.images,
                      .seed = making.seed,
                      .status = silent ? 0 : reply.status,
                      .time = Iso8601(parts_.clock.WallNow()),
                      .input_sha256 = making.input_sha256,
                      .prompt = making.prompt(),
                      .charged = !making.fault || making.fault->kind() != FaultKind::kUncharged});
  return reply;
}

Reply Generator::Pictures(const Call& call, const Making& making) {
  const auto is = [&making](FaultKind kind) { return making.fault && making.fault->kind() == kind; };
  const bool black = is(FaultKind::kNsfw) && making.values.value("enable_safety_checker", true);
  const bool bare = is(FaultKind::kBare);
  Json images = Json::array();
  Json flags = Json::array();
  for (std::int64_t i = 0; i < making.images; ++i) {
    Json image = OnePicture(call, making, i, black);
    images.push_back(bare ? Json{{"url", std::move(image["url"])}} : std::move(image));
    flags.push_back(black);
  }
  if (making.model->reply == ReplyForm::kImages) return JsonReply(200, {{"images", std::move(images)}});
  if (making.model->reply == ReplyForm::kOneImage) {
    return JsonReply(200, {{"image", std::move(images[0])},
                           {"seed", making.seed},
                           {"timings", Json::object()},
                           {"caption", "a picture"}});
  }
  if (making.model->reply == ReplyForm::kImagesAndSeed) {
    return JsonReply(200, {{"images", std::move(images)}, {"seed", making.seed}});
  }
  const std::chrono::duration<double> took = parts_.clock.Now() - making.started;
  return JsonReply(200, {{"images", std::move(images)},
                         {"timings", {{"inference", took.count()}}},
                         {"seed", making.seed},
                         {"has_nsfw_concepts", std::move(flags)},
                         {"prompt", ToldPrompt(making)}});
}

Json Generator::OnePicture(const Call& call, const Making& making, std::int64_t index, bool black) {
  const std::string prompt = making.prompt();
  const std::string seed = Text(making.seed);
  const auto bytes = parts_.gallery.Get({prompt, seed, index, making.size, making.format, black});
  const std::string type(ContentType(making.format));
  std::string url, file_name;
  if (making.values.value("sync_mode", false)) {
    url = fmt::format("data:{};base64,", type);
    AppendBase64(*bytes, url);
  } else {
    const std::string path = parts_.files.Put(parts_.random.Name(), {*bytes, type});
    file_name = path.substr(path.rfind('/') + 1);
    url = call.base_url + path;
  }
  if (making.model->picture == PictureForm::kSized) {
    return {{"url", std::move(url)},
            {"width", making.size.width},
            {"height", making.size.height},
            {"content_type", type}};
  }
  return {{"url", std::move(url)},
          {"content_type", type},
          {"file_name", file_name.empty() ? Json() : Json(file_name)},
          {"file_size", bytes->size()},
          {"width", making.size.width},
          {"height", making.size.height}};
}

}  // namespace flux::sim

// Reads, finds the model, buys, renders.
#include "gateway/doors/openai/door.h"

#include <algorithm>
#include <asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "gateway/doors/openai/images_render.h"
#include "gateway/doors/openai/images_stream.h"
#include "gateway/doors/openai/mask.h"
#include "gateway/doors/openai/running_purchase.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

// A stream's head is only sent once the purchase has gone on for this long: what is refused at once is a
// failure with a status, which SDKs understand better than an event. The service judges in milliseconds.
constexpr std::chrono::milliseconds kBeforeStream{500};

// Whether clients of OpenAI expect base64 of a model of this name without asking for it.
bool AlwaysBase64(std::string_view model) {
  return model.starts_with("gpt-image-") || model.starts_with("chatgpt-image-");
}

v1::ModelKind KindFor(std::string_view model) {
  const std::string_view kind = model.substr(0, model.find('/'));
  if (kind == "text-to-image") return v1::MODEL_KIND_TEXT_TO_IMAGE;
  if (kind == "image-to-image") return v1::MODEL_KIND_IMAGE_TO_IMAGE;
  return kind == "edit" ? v1::MODEL_KIND_EDIT : v1::MODEL_KIND_INPAINTING;
}

Purpose PurposeOf(ImagesPath path, const ImagesRequest& wanted) {
  if (path == ImagesPath::kGenerations) return Purpose::kGenerate;
  return wanted.mask || wanted.fields.contains("mask_url") ? Purpose::kInpaint : Purpose::kEdit;
}

Status BadModel(std::string what) {
  return InvalidFields({{"model", std::move(what)}});
}

Status NoModel(const std::string& model) {
  return Status(Reason::kUnknownModel,
                "There is no model \"" + model + "\"; GET /v1/models lists those there are");
}

// A whole name at the wrong place.
std::optional<Status> RefusePlace(const std::string& model, Purpose purpose) {
  if (Serves(model, purpose)) return std::nullopt;
  const bool generates = Serves(model, Purpose::kGenerate);
  const bool edits = Serves(model, Purpose::kEdit);
  if (!generates && !edits && !Serves(model, Purpose::kInpaint)) return NoModel(model);
  if (purpose == Purpose::kGenerate) {
    return BadModel("\"" + model + "\" makes a picture from a picture; POST it to /v1/images/edits");
  }
  if (generates) {
    return BadModel("\"" + model + "\" makes pictures from text alone; POST it to /v1/images/generations");
  }
  if (!edits) return std::nullopt;  // what it lacks is the mask; the service says so by its name
  return InvalidFields({{"mask", "is not taken by \"" + model + "\"; models of inpainting take one"}});
}

// What was meant by an alias whose model does not exist.
void BlameRow(Status& status, const AliasFile& aliases, const std::string& asked, const std::string& model) {
  if (status.reason != Reason::kUnknownModel) return;
  const AliasRow* row = aliases.Current()->Find(asked.empty() ? ModelAliases::kDefault : asked);
  if (row != nullptr) {
    status.message = "The model alias \"" + row->name + "\" stands for \"" + model +
                     "\", which is not in the catalogue; the operator has to mend its row";
  } else {
    status.message = NoModel(asked).message;
  }
}

}  // namespace

asio::awaitable<Result<Served>> ImagesDoor::Serve(Exchange& exchange) {
  Request& request = exchange.request;
  std::string body = std::exchange(request.body, std::string());
  Result<ImagesRequest> wanted =
      ReadImagesRequest(path_, request.Header("content-type"), std::move(body), parts_.unknown_fields);
  if (!wanted) co_return std::move(wanted).error();
  Result<std::string> model = co_await ModelFor(*wanted, exchange.context);
  if (!model) co_return std::move(model).error();
  if (wanted->mask) {
    const std::optional<PictureSize> image =
        wanted->images.empty() ? std::nullopt : ExtentOf(wanted->images.front());
    Result<std::string> turned =
        co_await parts_.masks.Turn(*std::move(wanted->mask), image, exchange.context.deadline);
    if (!turned) co_return std::move(turned).error();
    wanted->mask = *std::move(turned);
  }
  if (!wanted->base64) wanted->base64 = wanted->stream || AlwaysBase64(wanted->model);
  Result<GenerationRequest> order = OrderOf(*wanted, KindFor(*model), *model, parts_.unknown_fields);
  if (!order) co_return std::move(order).error();
  const auto answer = wanted->stream ? &ImagesDoor::Stream : &ImagesDoor::Buy;
  Result<Served> served = co_await (this->*answer)(*wanted, *order, exchange);
  if (!served) {
    RenameForOpenAi(served.error());
    BlameRow(served.error(), parts_.aliases, wanted->model, *model);
  }
  co_return served;
}

asio::awaitable<Result<Served>> ImagesDoor::Buy(ImagesRequest& wanted, GenerationRequest& order,
                                                Exchange& exchange) {
  Result<v1::Generation> made = co_await parts_.generator.Buy(order, exchange);
  if (!made) co_return std::move(made).error();
  const Outcome outcome = OutcomeOf(*made);
  Served served{.reply = JsonReply(200, RenderImages(*made, ReplyTo(wanted))),
                .billed = outcome.billed,
                .upstream = outcome.upstream};
  AddParticulars(*made, served.reply.headers);
  co_return served;
}

asio::awaitable<Result<Served>> ImagesDoor::Stream(ImagesRequest& wanted, GenerationRequest& order,
                                                   Exchange& exchange) {
  std::optional<Status> refused = co_await parts_.generator.Prepare(order, exchange);
  if (refused) co_return *std::move(refused);
  const auto purchase = RunningPurchase::Start(co_await asio::this_coro::executor, parts_.generator,
                                               std::move(order), exchange.context);
  const SteadyTime until = std::chrono::steady_clock::now() + kBeforeStream;
  if (co_await purchase->Wait(until) == Event::Outcome::kCancelled) {
    purchase->Leave();
    Status left(Reason::kCancelled);
    left.billed = Billed::kMaybe;  // how far it had come is known to the service, not here
    co_return left;
  }
  Result<v1::Generation>* made = purchase->result();
  if (made != nullptr && !*made) co_return std::move(made->error());
  const auto told = std::make_shared<Outcome>();
  const std::string_view type =
      path_ == ImagesPath::kEdits ? "image_edit.completed" : "image_generation.completed";
  Served served{.reply = {}, .later = told};
  HeaderList& headers = served.reply.headers;
  headers.emplace_back("Content-Type", "text/event-stream; charset=utf-8");
  headers.emplace_back("X-Accel-Buffering", "no");  // nginx would keep the comments to itself
  if (made != nullptr) AddParticulars(**made, headers);
  served.reply.stream = std::make_shared<ImagesStream>(purchase, type, ReplyTo(wanted), told);
  co_return served;
}

asio::awaitable<Result<std::string>> ImagesDoor::ModelFor(const ImagesRequest& wanted,
                                                          const CallContext& context) {
  const Purpose purpose = PurposeOf(path_, wanted);
  const std::string asked = wanted.model.empty() ? std::string(ModelAliases::kDefault) : wanted.model;
  const std::shared_ptr<const ModelAliases> aliases = parts_.aliases.Current();
  if (const AliasRow* row = aliases->Find(asked)) {
    if (!row->For(purpose).empty()) co_return row->For(purpose);
    co_return BadModel("\"" + asked + "\" stands for no model here that could " + std::string(Name(purpose)));
  }
  if (wanted.model.empty()) co_return BadModel("is required; GET /v1/models lists those there are");
  if (asked.find('/') != std::string::npos) {
    if (std::optional<Status> refused = RefusePlace(asked, purpose)) co_return *std::move(refused);
    co_return asked;
  }
  if (purpose == Purpose::kGenerate) co_return "text-to-image/" + asked;
  if (purpose == Purpose::kInpaint) co_return "inpainting/" + asked;
  co_return co_await EditorNamed(asked, context);
}

// Two kinds of models edit, so the catalogue is asked which has the name.
asio::awaitable<Result<std::string>> ImagesDoor::EditorNamed(std::string name, const CallContext& context) {
  const Result<v1::ListModelsResponse> models = co_await parts_.backend.ListModels(context);
  if (!models) co_return models.error();
  for (const std::string_view kind : {"edit/", "image-to-image/"}) {
    const std::string whole = std::string(kind) + name;
    if (std::ranges::any_of(models->models(),
                            [&whole](const v1::Model& model) { return model.name() == whole; })) {
      co_return whole;
    }
  }
  co_return Status(Reason::kUnknownModel,
                   "There is no model \"" + name + "\" that edits; GET /v1/models lists those there are");
}

ImagesReply ImagesDoor::ReplyTo(ImagesRequest& wanted) const {
  const auto since = parts_.clock.WallNow().time_since_epoch();
  return {.created = std::chrono::duration_cast<std::chrono::seconds>(since).count(),
          .base64 = wanted.base64 == true,
          .warnings = std::move(wanted.warnings)};
}

}  // namespace flux::gateway

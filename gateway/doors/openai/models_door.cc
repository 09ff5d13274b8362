// The catalogue and the aliases as OpenAI lists models.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/doors/openai/door.h"
#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBeforeModel = "/v1/models";

// `root` is the model that an alias stands for, as some of OpenAI's own servers tell.
Json ModelOf(std::string_view id, std::string_view root) {
  Json model{{"id", id}, {"object", "model"}, {"created", 0}, {"owned_by", "black-forest-labs"}};
  if (root != id) model["root"] = root;
  return model;
}

// What an alias stands for first.
std::string_view RootOf(const AliasRow& row) {
  return !row.generate.empty() ? row.generate : !row.edit.empty() ? row.edit : row.inpaint;
}

// Whether a name without its kind is this model's.
bool IsShortFor(std::string_view name, std::string_view model) {
  return name.find('/') == std::string_view::npos && model.size() > name.size() && model.ends_with(name) &&
         model[model.size() - name.size() - 1] == '/';
}

Json ListOf(const v1::ListModelsResponse& models, const ModelAliases& aliases, const Buyer& buyer) {
  Json list{{"object", "list"}, {"data", Json::array()}};
  for (const AliasRow& row : aliases.rows()) {
    if (row.name.ends_with('*') || row.name == ModelAliases::kDefault || !buyer.MayBuy(RootOf(row))) continue;
    list["data"].push_back(ModelOf(row.name, RootOf(row)));
  }
  for (const v1::Model& model : models.models()) {
    if (buyer.MayBuy(model.name())) list["data"].push_back(ModelOf(model.name(), model.name()));
  }
  return list;
}

Result<Json> OneOf(const v1::ListModelsResponse& models, const ModelAliases& aliases, const Buyer& buyer,
                   std::string_view id) {
  if (const AliasRow* row = aliases.Find(id); row != nullptr && buyer.MayBuy(RootOf(*row))) {
    return ModelOf(id, RootOf(*row));
  }
  for (const v1::Model& model : models.models()) {
    if ((model.name() == id || IsShortFor(id, model.name())) && buyer.MayBuy(model.name())) {
      return ModelOf(id, model.name());
    }
  }
  return Status(Reason::kUnknownModel,
                "There is no model of this name; GET /v1/models lists those there are");
}

std::string Text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

asio::awaitable<Result<Served>> OpenAiModelsDoor::Serve(Exchange& exchange) {
  const Result<v1::ListModelsResponse> models = co_await backend_.ListModels(exchange.context);
  if (!models) co_return models.error();
  const std::shared_ptr<const ModelAliases> aliases = aliases_.Current();
  const std::string id = exchange.request.path.substr(kBeforeModel.size());
  if (id.empty()) {
    Served served{.reply = JsonReply(200, Text(ListOf(*models, *aliases, exchange.buyer)))};
    co_return served;
  }
  Result<Json> model = OneOf(*models, *aliases, exchange.buyer, std::string_view(id).substr(1));
  if (!model) co_return std::move(model).error();
  Served served{.reply = JsonReply(200, Text(*model))};
  co_return served;
}

}  // namespace flux::gateway

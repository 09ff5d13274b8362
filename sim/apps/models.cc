// Puts the models of all families into one list and finds a model in it.
#include "sim/apps/models.h"

#include <algorithm>
#include <vector>

#include "sim/apps/fields.h"

namespace flux::sim {

std::span<const Model> Models() {
  static const std::vector<Model> all = [] {
    std::vector<Model> models;
    for (const auto family : {Flux1Models(), LoraModels(), ProModels(), KontextModels(), InpaintingModels(),
                              Flux2Models(), Flux2LoraModels(), Flux3Models(), TransformModels()}) {
      models.insert(models.end(), family.begin(), family.end());
    }
    return models;
  }();
  return all;
}

const Model* FindModel(std::string_view endpoint) {
  const auto found = std::ranges::find(Models(), endpoint, &Model::endpoint);
  return found == Models().end() ? nullptr : &*found;
}

bool AppExists(std::string_view app) {
  return std::ranges::any_of(Models(), [app](const Model& model) {
    std::string_view owner_alias, path;
    return SplitEndpoint(model.endpoint, owner_alias, path) && owner_alias == app;
  });
}

bool SplitEndpoint(std::string_view endpoint, std::string_view& app, std::string_view& path) {
  const auto owner = endpoint.find('/');
  if (owner == 0 || owner == std::string_view::npos || owner + 1 == endpoint.size()) return false;
  const auto alias = endpoint.find('/', owner + 1);
  if (alias == owner + 1) return false;
  app = endpoint.substr(0, alias);
  path = alias == std::string_view::npos ? std::string_view() : endpoint.substr(alias + 1);
  return true;
}

}  // namespace flux::sim

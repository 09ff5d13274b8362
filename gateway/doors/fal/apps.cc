// One caller asks for all while the others go on with what there is.
#include "gateway/doors/fal/apps.h"

#include <chrono>
#include <utility>

#include "gateway/doors/fal/target.h"

namespace flux::gateway {

AppTable::AppTable(const v1::ListModelsResponse& models) {
  for (const v1::Model& model : models.models()) {
    by_app_[model.fal_endpoint()].push_back(model);
    by_model_.emplace(model.name(), model.fal_endpoint());
  }
}

std::span<const v1::Model> AppTable::Find(std::string_view app) const {
  const auto found = by_app_.find(app);
  if (found == by_app_.end()) return {};
  return found->second;
}

std::string_view AppTable::AppOf(std::string_view model) const {
  const auto found = by_model_.find(model);
  return found == by_model_.end() ? std::string_view() : std::string_view(found->second);
}

bool AppTable::HasAlias(std::string_view owner_and_alias) const {
  if (by_app_.contains(owner_and_alias)) return true;
  const auto next = by_app_.lower_bound(std::string(owner_and_alias) + '/');
  return next != by_app_.end() && OwnerAndAlias(next->first) == owner_and_alias;
}

asio::awaitable<Result<std::shared_ptr<const AppTable>>> Apps::Now(const CallContext& context) {
  constexpr std::chrono::seconds kFresh{30};
  const SteadyTime now = clock_.Now();
  std::shared_ptr<const AppTable> table;
  {
    const std::lock_guard lock(mutex_);
    table = table_;
    if (table != nullptr && now < next_) co_return table;
    next_ = now + kFresh;
  }
  const Result<v1::ListModelsResponse> models = co_await backend_.ListModels(context);
  if (models) table = std::make_shared<const AppTable>(*models);
  const std::lock_guard lock(mutex_);
  if (models) table_ = table;
  if (table == nullptr) co_return models.error();
  co_return table;
}

}  // namespace flux::gateway

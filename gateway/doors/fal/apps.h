// Apps: which of fal's apps the catalogue has, and the model behind each. Asked of the service now and then,
// since the catalogue may change when that is replaced.
#pragma once

#include <asio/awaitable.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "flux/v1/models.pb.h"
#include "gateway/backend/flux_backend.h"

namespace flux::gateway {

// Immutable.
class AppTable {
 public:
  explicit AppTable(const v1::ListModelsResponse& models);

  // The models behind an app, "fal-ai/flux/dev", as the catalogue has them: none where there is no such app,
  // several where it takes a picture or none ("fal-ai/flux-pro/v1.1-ultra").
  std::span<const v1::Model> Find(std::string_view app) const;
  // The app behind a model of this public name; empty where there is none.
  std::string_view AppOf(std::string_view model) const;
  // Whether any app has this owner and alias.
  bool HasAlias(std::string_view owner_and_alias) const;

 private:
  std::map<std::string, std::vector<v1::Model>, std::less<>> by_app_;
  std::map<std::string, std::string, std::less<>> by_model_;
};

// Thread-safe.
class Apps {
 public:
  // Borrowed.
  Apps(FluxBackend& backend, const Clock& clock) : backend_(backend), clock_(clock) {}

  // The table, at most half a minute old unless the service is away; then why, where there never was one.
  asio::awaitable<Result<std::shared_ptr<const AppTable>>> Now(const CallContext& context);

 private:
  FluxBackend& backend_;
  const Clock& clock_;
  std::mutex mutex_;
  std::shared_ptr<const AppTable> table_;  // guarded by mutex_
  SteadyTime next_{};                      // likewise: when it is asked for again
};

}  // namespace flux::gateway

// StoreFixture: one suite for every kind of store. Each test has a store of its own, empty.
#pragma once

#include "tests/service/store/store_fixture.h"

namespace flux::service {

// Which kinds of store this test program is for.
std::vector<std::string> StoreKinds();

inline std::string KindName(const testing::TestParamInfo<std::string>& kind) {
  return kind.param;
}

// What a test program keeps for all its tests, where a kind of store needs it: where an empty one is.
StoreOptions EmptyStore(const std::string& kind, const std::string& folder);

class StoreFixture : public testing::TestWithParam<std::string>, public OnALoop {
 protected:
  StoreFixture() : options_(EmptyStore(GetParam(), folder_.path())) {
    options_.instance = "one";
    auto store = OpenStore(loop_.context(), options_, clock_);
    if (!store) Die(store.error().message);
    store_ = *std::move(store);
  }

  Begun::Kind BeginKind(const NewJob& job) { return Must(store_->Begin(job)).kind; }
  StoredJob Job(const std::string& id) { return Must(store_->Get(id)).value(); }
  PurchaseState State(const std::string& id, std::size_t purchase = 0) {
    return Job(id).purchases.at(purchase).state;
  }

  TemporaryFolder folder_;
  StoreOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace flux::service

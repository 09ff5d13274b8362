// StoreFixture: one suite for every kind of store. Each test has a store of its own, empty.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/event_loop.h"
#include "service/store/open_store.h"
#include "service/store/store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/on_loop.h"

namespace flux::service {

// A folder that is gone with this.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A loop on which verbs are called, and a test thread that waits for them.
class OnALoop {
 public:
  template <typename T>
  T Do(asio::awaitable<T> verb) {
    return fakes::Spawned<T>(loop_, std::move(verb)).Get();
  }
  // The value; a failure ends the test program, with its message.
  template <typename T>
  T Must(asio::awaitable<Result<T>> verb) {
    Result<T> result = Do(std::move(verb));
    if (!result) Die(result.error().message);
    return *std::move(result);
  }

  EventLoop loop_{"test"};
  fakes::FakeClock clock_;

  [[noreturn]] static void Die(const std::string& message);
};

// A job with `purchases` purchases of 40 milli-dollars each.
NewJob MakeJob(const std::string& id, const std::string& caller, const std::string& key,
               std::size_t purchases = 1);
inline constexpr std::int64_t kPrice = 40'000'000;

Outcome Succeeded(const std::string& result = "picture", std::int64_t charged = kPrice);
Outcome Failed(Billed billed = Billed::kNo, std::int64_t charged = 0);
Outcome Unknown(std::chrono::milliseconds due_in = std::chrono::hours(1));

// Which kinds of store this test program is for.
std::vector<std::string> StoreKinds();

inline std::string KindName(const testing::TestParamInfo<std::string>& kind) {
  return kind.param;
}

// What a test program keeps for all its tests, where a kind of store needs it: where an empty one is.
StoreOptions EmptyStore(const std::string& kind, const std::string& folder);

class StoreFixture : public testing::TestWithParam<std::string>, public OnALoop {
 protected:
  StoreFixture();
  ~StoreFixture() override;

  // Another process with the same records; only stores that can be shared have one.
  std::unique_ptr<Store> Open(const std::string& instance);

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

// What tests of stores share: a loop, a folder, a job.
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

}  // namespace flux::service

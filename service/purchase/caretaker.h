// Caretaker: looks after what nobody waits for: jobs that a process left open when it ended, purchases whose
// outcome is unknown, records whose time is up.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "service/purchase/budget.h"
#include "service/purchase/kept.h"
#include "service/purchase/kept_metrics.h"
#include "service/store/store.h"

namespace flux::service {

struct CaretakerOptions {
  std::chrono::milliseconds lease{15'000};  // how long a job stays with a process that tells nothing
  std::size_t most_driven = 20'000;  // jobs that are driven at a time: those that others begin come on top
};

// Lives on the event loop; borrows everything, until the loop has stopped.
class Caretaker {
 public:
  Caretaker(asio::any_io_executor loop, Store& store, KeptPurchases& kept, const BudgetBook& budgets,
            KeptMetrics& metrics, Log& log, const Clock& clock, CaretakerOptions options);

  // Begins to look, and goes on until the loop stops. Called once, from any thread.
  void Start();

 private:
  asio::awaitable<void> Run();
  // Whether there may be more.
  asio::awaitable<bool> Claim();
  asio::awaitable<void> ShowBudgets();
  void TellStore();

  const asio::any_io_executor loop_;
  Store& store_;
  KeptPurchases& kept_;
  const BudgetBook& budgets_;
  KeptMetrics& metrics_;
  Log& log_;
  const Clock& clock_;
  const CaretakerOptions options_;
  bool away_ = false;
};

}  // namespace flux::service

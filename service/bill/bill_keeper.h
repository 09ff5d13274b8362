// BillKeeper: asks fal what it charged, has it kept beside what was bought, and tells where the two do not
// agree. Nothing that goes wrong here concerns a purchase.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>

#include "base/clock.h"
#include "base/log.h"
#include "service/bill/bill_metrics.h"
#include "service/bill/bought_notes.h"
#include "service/store/bill_records.h"
#include "service/wire/billing_client.h"

namespace flux::service {

struct BillOptions {
  std::chrono::milliseconds every{300'000};  // how often fal is asked, by one of all replicas
  // How long a charge may take to be told or to become final. For so long every charge is asked for again,
  // and no finding is told.
  std::chrono::milliseconds lag{3'600'000};
};

struct BillParts {
  asio::any_io_executor loop;
  BillRecords& records;
  fal::FalBilling& billing;
  BoughtNotes& notes;
  BillMetrics& metrics;
  Log& log;
  const Clock& clock;
};

// Lives on the event loop; borrows its parts, until the loop has stopped.
class BillKeeper {
 public:
  BillKeeper(BillParts parts, BillOptions options) : parts_(parts), options_(options) {}

  // Begins to look, and goes on until the loop stops. Called once, from any thread.
  void Start();

  // Writes down what was bought and is not written down yet; as far as the store takes it. On the loop.
  asio::awaitable<void> WriteNotes();

 private:
  asio::awaitable<void> Run();
  // Takes a turn, where one is due; whether there was one.
  asio::awaitable<bool> TakeTurn();
  // Asks for what was charged from one time to another. Nothing: it went well.
  asio::awaitable<std::optional<Status>> Fetch(const BillTurn& turn, WallTime start, WallTime end);
  asio::awaitable<void> AskCredits();
  asio::awaitable<void> Show();
  void TellFailure(const Status& failed);
  void Tell(const Finding& finding);
  std::chrono::milliseconds BackOff(const Status& failed);

  const BillParts parts_;
  const BillOptions options_;
  bool refused_ = false;  // by fal, and told
  bool away_ = false;     // fal's bill, and told
  bool credits_away_ = false;
  std::chrono::milliseconds back_off_{0};
};

}  // namespace flux::service

// PostgresLink: keeps a connection to PostgreSQL, makes it again when it is lost, and catches up with what
// was missed meanwhile. Understands no verb.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "service/store/postgres_connection.h"
#include "service/store/postgres_dial.h"

namespace flux::service {

// Lives on its loop; Stop and problem() are for any thread.
class PostgresLink : public std::enable_shared_from_this<PostgresLink> {
 public:
  // `driver` is the name of this process in records.
  PostgresLink(asio::io_context& loop, PostgresTarget target, std::string driver, const Clock& clock);
  ~PostgresLink();
  PostgresLink(const PostgresLink&) = delete;
  PostgresLink& operator=(const PostgresLink&) = delete;

  // Once, before anything else: takes the first connection, or begins to try again. Any thread.
  void Start(Dialled dialled);
  // No connection is made any more; waits until none is being made.
  void Stop();
  // After Stop: ends the connection.
  void Close();

  void OnChange(std::function<void(const std::string& id)> told) { told_ = std::move(told); }

  // Sends it, or fails it at once where there is no connection.
  void Send(const std::shared_ptr<PostgresCall>& call);
  // What the server said to a verb that was heard.
  void Note(const PostgresCall& call);
  // Lets go of what was claimed in answers that got lost. Again and again for a while: a server that has
  // stalled may take a claim long after the connection was given up.
  void ReleaseUnheard();

  // As Store::Problem and Store::Commits.
  std::string problem() const;
  std::uint64_t commits() const { return commits_; }

  asio::io_context& loop() { return loop_; }
  const std::string& driver() const { return driver_; }

 private:
  void Adopt(Dialled dialled);
  void CatchUp();
  void RedialLater();
  void Redial();
  void Notified(std::string_view said);
  void SetProblem(std::string problem);

  asio::io_context& loop_;
  const PostgresTarget target_;
  const std::string driver_;
  const Clock& clock_;
  std::function<void(const std::string& id)> told_;
  std::shared_ptr<PostgresConnection> connection_;  // nullptr while there is none
  asio::steady_timer pause_;
  std::chrono::milliseconds back_off_;
  SteadyTime last_contact_;
  struct Unheard {
    std::string claim;
    SteadyTime until;
  };
  std::vector<Unheard> unheard_;  // claims whose answer was lost: what they have claimed is driven by nobody

  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;  // guards what follows
  std::string problem_;
  std::thread dialler_;
};

}  // namespace flux::service
